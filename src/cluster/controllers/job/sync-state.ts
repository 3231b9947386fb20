import type { JobCondition } from '../../../kube/api/batch-v1.ts';
import { isPodActive, isPodReady, type Pod } from '../pods/pod-state.ts';
import type { BackoffRecord } from './backoff.ts';
import { matchFailurePolicy } from './failure-policy.ts';
import { type Intervals, intervalsOf, parseIntervals, total, union } from './intervals.ts';
import {
  allFailuresBefore,
  completionsOf,
  failuresBefore,
  finishedMs,
  hasLimitPerIndex,
  isFailedFor,
  isIndexed,
  isOnItsWayOut,
  isTracked,
  type LiveJob,
  validIndex,
} from './job-pods.ts';

/** One look at a Job and its Pods, and what is decided on the way. Mirrors syncJobCtx of pkg/controller/job. */
export interface SyncState {
  /** A draft; its status is written at the end. */
  job: LiveJob;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  /** UIDs whose finalizer was removed, and the informer does not show it yet. */
  readonly released: ReadonlySet<string>;
  readonly uncountedSucceeded: ReadonlySet<string>;
  readonly uncountedFailed: ReadonlySet<string>;
  readonly newSucceeded: readonly Pod[];
  readonly newFailed: readonly Pod[];
  activeCount: number;
  ready: number;
  terminating: number;
  succeeded: number;
  readonly failed: number;
  readonly backoff: BackoffRecord;
  finished: JobCondition | undefined;
  readonly succeededBefore: Intervals;
  succeededIndexes: Intervals;
  /** Only with a limit per index. */
  readonly failedIndexes: Intervals | undefined;
  /** Failed Pods that stay until another takes over their count, by index. */
  replaced: ReadonlyMap<number, Pod>;
}

/** Counts what has changed since the status was written. */
export function lookAt(
  job: LiveJob,
  pods: readonly Pod[],
  released: ReadonlySet<string>,
  backoff: (succeeded: readonly Pod[], failed: readonly Pod[]) => BackoffRecord,
): SyncState {
  const uncountedSucceeded = new Set(job.status?.uncountedTerminatedPods?.succeeded ?? []);
  const uncountedFailed = new Set(job.status?.uncountedTerminatedPods?.failed ?? []);
  const active = pods.filter(isPodActive);
  const isNew = (pod: Pod, counted: ReadonlySet<string>) =>
    isTracked(pod) &&
    !counted.has(uidOf(pod)) &&
    !released.has(uidOf(pod)) &&
    (!isIndexed(job) || validIndex(job, pod) !== undefined);
  const newSucceeded = pods.filter(
    (pod) => pod.status?.phase === 'Succeeded' && isNew(pod, uncountedSucceeded),
  );
  const newFailed = pods.filter((pod) => isFailedFor(job, pod) && isNew(pod, uncountedFailed));
  const counted = newFailed.filter((pod) => matchFailurePolicy(job.spec?.podFailurePolicy, pod).counts);
  const indexes = isIndexed(job) ? succeededIndexes(job, pods) : { before: [], now: [] };
  return {
    job,
    pods,
    active,
    released,
    uncountedSucceeded,
    uncountedFailed,
    newSucceeded,
    newFailed,
    activeCount: active.length,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isOnItsWayOut).length,
    succeeded: isIndexed(job)
      ? total(indexes.now)
      : (job.status?.succeeded ?? 0) + newSucceeded.length + uncountedSucceeded.size,
    failed: (job.status?.failed ?? 0) + counted.length + uncountedFailed.size,
    backoff: backoff(newSucceeded, newFailed),
    finished: undefined,
    succeededBefore: indexes.before,
    succeededIndexes: indexes.now,
    failedIndexes: isIndexed(job) && hasLimitPerIndex(job) ? failedIndexes(job, pods) : undefined,
    replaced: new Map(),
  };
}

export const uidOf = ({ metadata }: Pod): string => metadata.uid ?? '';

function succeededIndexes(job: LiveJob, pods: readonly Pod[]): { before: Intervals; now: Intervals } {
  const before = parseIntervals(job.status?.completedIndexes, completionsOf(job));
  const fresh = pods.flatMap((pod) =>
    pod.status?.phase === 'Succeeded' && isTracked(pod) ? (validIndex(job, pod) ?? []) : [],
  );
  return { before, now: union(before, intervalsOf(fresh)) };
}

function failedIndexes(job: LiveJob, pods: readonly Pod[]): Intervals {
  const fresh = pods.flatMap((pod) =>
    isTracked(pod) && indexFails(job, pod) ? (validIndex(job, pod) ?? []) : [],
  );
  return union(parseIntervals(job.status?.failedIndexes, completionsOf(job)), intervalsOf(fresh));
}

function indexFails(job: LiveJob, pod: Pod): boolean {
  if (!isFailedFor(job, pod)) return false;
  const { counts, action } = matchFailurePolicy(job.spec?.podFailurePolicy, pod);
  if (action === 'FailIndex') return true;
  return counts && failuresBefore(pod) >= (job.spec?.backoffLimitPerIndex ?? 0);
}

/** Mirrors getPodsWithDelayedDeletionPerIndex. `isOver`: indexes that need no other Pod. */
export function podsToReplace(
  state: SyncState,
  isOver: (index: number) => boolean,
): ReadonlyMap<number, Pod> {
  const { job } = state;
  const running = new Set(state.active.map((pod) => validIndex(job, pod)));
  const found = new Map<number, Pod>();
  for (const pod of state.pods) {
    const index = validIndex(job, pod);
    if (index === undefined || !isFailedFor(job, pod) || !isTracked(pod)) continue;
    if (state.released.has(uidOf(pod)) || isOver(index) || running.has(index)) continue;
    const other = found.get(index);
    if (
      other === undefined ||
      (allFailuresBefore(other) <= allFailuresBefore(pod) && finishedMs(other) <= finishedMs(pod))
    )
      found.set(index, pod);
  }
  return found;
}
