import type { JobStatus } from '../../../kube/api/batch-v1.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import { isNotFound } from '../controller.ts';
import { isTerminating, type Pod } from '../pods/pod-state.ts';
import { jobs as jobsRef } from '../refs.ts';
import { matchFailurePolicy } from './failure-policy.ts';
import { formatIntervals, has, intervalsOf, total, union } from './intervals.ts';
import {
  completionIndex,
  hasLimitPerIndex,
  isFailedFor,
  isIndexed,
  isTracked,
  type LiveJob,
  validIndex,
} from './job-pods.ts';
import { type JobParts, releasePod } from './manage.ts';
import { type SyncState, uidOf } from './sync-state.ts';
import { findTrue, newCondition, withCondition } from './verdict.ts';

/** No more than this many are counted in one go: their UIDs are in the status meanwhile. */
const maxUncounted = 500;

export interface TrackParts extends JobParts {
  readonly recorder: EventRecorder;
  /** UIDs whose finalizer is about to go, and those for which it did not. */
  expectReleased(key: string, uids: readonly string[]): void;
  stillTracked(key: string, uid: string): void;
  /** What the server made of a write: nothing older is to be acted on. */
  wrote(key: string, job: LiveJob): void;
  /** The status has been written: failures are counted for the next pause. */
  counted(key: string, state: SyncState): void;
}

/**
 * Writes the status in two steps, so that no Pod is counted twice or never, wherever it is cut: first which Pods are about to
 * be counted, then, when these have lost their finalizer, the counters. Mirrors trackJobStatusAndRemoveFinalizers.
 */
export async function trackStatus(
  parts: TrackParts,
  key: string,
  state: SyncState,
  changed: boolean,
): Promise<void> {
  const tracked = new Set(
    state.pods.filter((pod) => isTracked(pod) && !state.released.has(uidOf(pod))).map(uidOf),
  );
  let flush = countReleased(statusOf(state), tracked) || changed;
  const { toRelease, full, grown } = gather(state);
  flush = announce(state, parts.now()) || grown || flush;
  if (flush) {
    state.job = await write(parts, key, state.job);
    parts.counted(key, state);
    flush = false;
  }
  const failure = await release(parts, key, toRelease, tracked);
  // What is written back is not to be changed: the copy is.
  state.job = { ...state.job, status: cloneStatus(state.job.status) };
  flush = countReleased(statusOf(state), tracked);
  if (failure !== undefined) {
    if (flush) await write(parts, key, state.job);
    throw failure;
  }
  const over = !full && finish(state, parts.now());
  if (!flush && !over) return;
  state.job = await write(parts, key, state.job);
  if (over) tellFinished(parts.recorder, state);
}

const statusOf = ({ job }: SyncState): JobStatus => job.status ?? {};

export function cloneStatus(status: JobStatus = {}): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  return {
    ...status,
    uncountedTerminatedPods: {
      ...(succeeded.length === 0 ? {} : { succeeded: [...succeeded] }),
      ...(failed.length === 0 ? {} : { failed: [...failed] }),
    },
  };
}

async function write(parts: TrackParts, key: string, job: LiveJob): Promise<LiveJob> {
  const written = await parts.client.update(jobsRef, job, { subresource: 'status' });
  parts.wrote(key, written);
  return written;
}

/** Moves UIDs without finalizer into the counters. Mirrors cleanUncountedPodsWithoutFinalizers. */
function countReleased(status: JobStatus, tracked: ReadonlySet<string>): boolean {
  const uncounted = status.uncountedTerminatedPods ?? {};
  let changed = false;
  for (const key of ['succeeded', 'failed'] as const) {
    const before = uncounted[key] ?? [];
    const after = before.filter((uid) => tracked.has(uid));
    if (after.length === before.length) continue;
    changed = true;
    status[key] = (status[key] ?? 0) + before.length - after.length;
    if (after.length === 0) delete uncounted[key];
    else uncounted[key] = after;
  }
  return changed;
}

/** Puts Pods that are over into the status, to be counted. */
function gather(state: SyncState): { toRelease: readonly Pod[]; full: boolean; grown: boolean } {
  const { job } = state;
  const indexed = isIndexed(job);
  const status = statusOf(state);
  const uncounted = status.uncountedTerminatedPods ?? {};
  const succeeded = [...(uncounted.succeeded ?? [])];
  const failed = [...(uncounted.failed ?? [])];
  const newIndexes: number[] = [];
  const toRelease: Pod[] = [];
  let grown = false;
  let full = false;
  for (const pod of indexed ? byIndex(state.pods) : state.pods) {
    const uid = uidOf(pod);
    if (!isTracked(pod) || state.released.has(uid)) continue;
    const isFailure = isFailedFor(job, pod);
    if (!mayRelease(state, pod, isFailure)) continue;
    toRelease.push(pod);
    const index = validIndex(job, pod);
    if (pod.status?.phase === 'Succeeded' && !state.uncountedFailed.has(uid)) {
      if (indexed) {
        if (index !== undefined && !has(state.succeededBefore, index)) {
          newIndexes.push(index);
          grown = true;
        }
      } else if (!state.uncountedSucceeded.has(uid)) {
        succeeded.push(uid);
        grown = true;
      }
    } else if (isFailure || (state.finished !== undefined && !isSuccess(state))) {
      const belongs = !indexed || index !== undefined;
      const counts = matchFailurePolicy(job.spec?.podFailurePolicy, pod).counts;
      if (belongs && counts && !state.uncountedFailed.has(uid)) {
        failed.push(uid);
        grown = true;
      }
    }
    if (newIndexes.length + succeeded.length + failed.length >= maxUncounted) {
      full = true;
      break;
    }
  }
  status.uncountedTerminatedPods = {
    ...(succeeded.length === 0 ? {} : { succeeded }),
    ...(failed.length === 0 ? {} : { failed }),
  };
  if (indexed) {
    state.succeededIndexes = union(state.succeededIndexes, intervalsOf(newIndexes));
    const completed = formatIntervals(state.succeededIndexes);
    grown ||= completed !== (status.completedIndexes ?? '');
    const count = total(state.succeededIndexes);
    if (count > 0 || status.succeeded !== undefined) status.succeeded = count;
    if (completed !== '' || status.completedIndexes !== undefined) status.completedIndexes = completed;
    if (state.failedIndexes !== undefined) {
      const told = formatIntervals(state.failedIndexes);
      grown ||= told !== status.failedIndexes;
      status.failedIndexes = told;
    }
  }
  return { toRelease, full, grown };
}

const byIndex = (pods: readonly Pod[]): readonly Pod[] =>
  [...pods].sort((a, b) => (completionIndex(a) ?? -1) - (completionIndex(b) ?? -1));

const isSuccess = ({ finished }: SyncState) => finished?.type === 'SuccessCriteriaMet';

/** Mirrors canRemoveFinalizer. */
function mayRelease(state: SyncState, pod: Pod, isFailure: boolean): boolean {
  const { job } = state;
  if (isTerminating(job) || state.finished !== undefined || pod.status?.phase === 'Succeeded') return true;
  if (!isFailure) return false;
  if (!hasLimitPerIndex(job)) return true;
  const index = completionIndex(pod);
  return index === undefined || state.replaced.get(index)?.metadata.uid !== pod.metadata.uid;
}

/** Says what will become of the Job before its Pods are let go; the last word comes after. */
function announce(state: SyncState, nowMs: number): boolean {
  const { finished } = state;
  const status = statusOf(state);
  if (finished?.type === 'FailureTarget') {
    status.conditions = [...(status.conditions ?? []), finished];
    state.finished = newCondition('Failed', finished.reason ?? '', finished.message ?? '', nowMs);
    return true;
  }
  if (finished?.type !== 'SuccessCriteriaMet') return false;
  const isNew = findTrue(state.job, 'SuccessCriteriaMet') === undefined;
  if (isNew) status.conditions = [...(status.conditions ?? []), finished];
  state.finished = newCondition('Complete', finished.reason ?? '', finished.message ?? '', nowMs);
  return isNew;
}

/** Takes the finalizers away. `tracked` loses those that are gone; resolves with the first failure. */
async function release(
  parts: TrackParts,
  key: string,
  pods: readonly Pod[],
  tracked: Set<string>,
): Promise<unknown> {
  let failure: unknown;
  parts.expectReleased(key, pods.map(uidOf));
  await Promise.all(
    pods.map(async (pod) => {
      try {
        await releasePod(parts.client, pod);
      } catch (error) {
        parts.stillTracked(key, uidOf(pod));
        if (!isNotFound(error)) {
          failure ??= error;
          return;
        }
      }
      tracked.delete(uidOf(pod));
    }),
  );
  return failure;
}

/** Mirrors enactJobFinished. */
function finish(state: SyncState, nowMs: number): boolean {
  const { finished } = state;
  const status = statusOf(state);
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (finished === undefined || succeeded.length + failed.length > 0 || state.terminating > 0) return false;
  const last = newCondition(finished.type, finished.reason ?? '', finished.message ?? '', nowMs);
  status.conditions = withCondition(status.conditions ?? [], last) ?? status.conditions;
  if (finished.type === 'Complete') status.completionTime = finished.lastTransitionTime;
  return true;
}

function tellFinished(recorder: EventRecorder, { job, finished }: SyncState): void {
  if (finished?.type !== 'Complete') {
    recorder.event(job, 'Warning', finished?.reason ?? '', finished?.message ?? '');
    return;
  }
  const completions = job.spec?.completions;
  if (completions !== undefined && (job.status?.succeeded ?? 0) > completions)
    recorder.event(
      job,
      'Warning',
      'TooManySucceededPods',
      'Too many succeeded pods running after completion count reached',
    );
  recorder.event(job, 'Normal', 'Completed', 'Job completed');
}
