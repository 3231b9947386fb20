import { formatTime } from '../../../kube/time.ts';
import { isNotFound } from '../controller.ts';
import { isPodReady, isTerminating } from '../pods/pod-state.ts';
import { has, union } from './intervals.ts';
import { completionsOf, hasLimitPerIndex, isIndexed, isSuspended } from './job-pods.ts';
import { managePods } from './manage.ts';
import { podsToReplace, type SyncState } from './sync-state.ts';
import { type TrackParts, trackStatus } from './track.ts';
import {
  deadlineMs,
  failureVerdict,
  indexVerdict,
  newCondition,
  reachedCompletions,
  successVerdict,
  withCondition,
} from './verdict.ts';

/**
 * Brings the Pods of a Job that is not over to what they should be, and its status to what they are. `satisfied`: everything
 * it did before has been seen. Resolves with the milliseconds after which to look again. Mirrors syncJob.
 */
export async function syncJob(
  parts: TrackParts,
  key: string,
  state: SyncState,
  satisfied: boolean,
): Promise<number | undefined> {
  const { job } = state;
  const nowMs = parts.now();
  const status = job.status ?? {};
  const before = { active: status.active ?? 0, ready: status.ready, terminating: status.terminating };
  if (status.startTime === undefined && !isSuspended(job)) status.startTime = formatTime(nowMs);
  state.finished = failureVerdict(job, state.pods, state.failed, nowMs);
  let againMs = state.finished === undefined ? deadlineMs(job, nowMs) : Number.POSITIVE_INFINITY;
  if (isIndexed(job)) judgeIndexes(state, nowMs);
  let failure: unknown;
  let suspensionChanged = false;
  if (state.finished !== undefined) {
    failure = await stopPods(parts, state, satisfied);
  } else {
    const manages = satisfied && !isTerminating(job);
    if (manages) {
      const managed = await managePods(parts, key, state);
      state.activeCount = managed.active;
      failure = managed.failure;
      if (managed.waitMs !== undefined) againMs = Math.min(againMs, Math.max(1000, managed.waitMs));
    }
    const completions = job.spec?.completions;
    const complete =
      state.activeCount === 0 &&
      (completions === undefined ? state.succeeded > 0 : state.succeeded >= completions);
    if (complete) state.finished = reachedCompletions(nowMs);
    else if (manages) suspensionChanged = tellSuspension(parts, state, nowMs);
  }
  const { activeCount, ready, terminating } = state;
  const changed =
    suspensionChanged ||
    activeCount !== before.active ||
    ready !== before.ready ||
    terminating !== before.terminating;
  if (activeCount === 0) delete status.active;
  else status.active = activeCount;
  status.ready = ready;
  status.terminating = terminating;
  await trackStatus(parts, key, state, changed);
  if (failure !== undefined) throw failure;
  return Number.isFinite(againMs) ? Math.max(0, againMs) : undefined;
}

function judgeIndexes(state: SyncState, nowMs: number): void {
  const { job, succeededIndexes, failedIndexes } = state;
  if (failedIndexes !== undefined && hasLimitPerIndex(job)) {
    state.finished ??= indexVerdict(job, failedIndexes, succeededIndexes, nowMs);
    const over = union(succeededIndexes, failedIndexes);
    state.replaced = podsToReplace(state, (index) => has(over, index));
  }
  state.finished ??= successVerdict(job.spec?.successPolicy, completionsOf(job), succeededIndexes, nowMs);
}

/** The Job is decided: what still runs is deleted, and counted later. Mirrors deleteActivePods. */
async function stopPods(parts: TrackParts, state: SyncState, satisfied: boolean): Promise<unknown> {
  let deleted = 0;
  let failure: unknown;
  await Promise.all(
    state.active.map(async (pod) => {
      if (isPodReady(pod)) state.ready -= 1;
      try {
        await parts.control.delete(pod, state.job);
      } catch (error) {
        if (!isNotFound(error)) {
          failure ??= error;
          return;
        }
      }
      deleted += 1;
    }),
  );
  // There may be others that are not seen yet.
  if (deleted !== state.active.length || !satisfied) state.finished = undefined;
  state.activeCount -= deleted;
  state.terminating += deleted;
  return failure;
}

function tellSuspension({ recorder }: TrackParts, { job }: SyncState, nowMs: number): boolean {
  const status = job.status ?? {};
  const suspended = isSuspended(job);
  const wanted = suspended
    ? newCondition('Suspended', 'JobSuspended', 'Job suspended', nowMs)
    : newCondition('Suspended', 'JobResumed', 'Job resumed', nowMs, 'False');
  const conditions = withCondition(status.conditions ?? [], wanted);
  if (conditions === undefined) return false;
  status.conditions = conditions;
  recorder.event(job, 'Normal', suspended ? 'Suspended' : 'Resumed', wanted.message ?? '');
  // The deadline counts the time that it is active.
  if (!suspended) status.startTime = formatTime(nowMs);
  return true;
}
