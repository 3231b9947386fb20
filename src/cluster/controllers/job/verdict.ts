import type { JobCondition, SuccessPolicy } from '../../../kube/api/batch-v1.ts';
import { formatTime, timeToMs } from '../../../kube/time.ts';
import type { Pod } from '../pods/pod-state.ts';
import { matchFailurePolicy } from './failure-policy.ts';
import { countIn, type Intervals, parseIntervals, total } from './intervals.ts';
import { isFailedFor, isSuspended, type LiveJob } from './job-pods.ts';

export function newCondition(
  type: string,
  reason: string,
  message: string,
  nowMs: number,
  status = 'True',
): JobCondition {
  const now = formatTime(nowMs);
  return {
    type,
    status,
    lastProbeTime: now,
    lastTransitionTime: now,
    ...(reason === '' ? {} : { reason }),
    ...(message === '' ? {} : { message }),
  };
}

export function findTrue(job: LiveJob, type: string): JobCondition | undefined {
  return (job.status?.conditions ?? []).find((one) => one.type === type && one.status === 'True');
}

/**
 * Sets a condition, in its place or at the end. One that is False and was not there is not added: from nothing to False is no
 * news. Resolves to undefined when nothing changes. Mirrors ensureJobConditionStatus.
 */
export function withCondition(
  conditions: readonly JobCondition[],
  wanted: JobCondition,
): JobCondition[] | undefined {
  const at = conditions.findIndex(({ type }) => type === wanted.type);
  const found = conditions[at];
  if (found === undefined) return wanted.status === 'False' ? undefined : [...conditions, wanted];
  const same = (key: 'status' | 'reason' | 'message') => (found[key] ?? '') === (wanted[key] ?? '');
  if (same('status') && same('reason') && same('message')) return undefined;
  return conditions.map((one, i) => (i === at ? wanted : one));
}

/** The first part of the verdict over a Job: what was decided before, its policy, its limits. Mirrors syncJob. */
export function failureVerdict(
  job: LiveJob,
  pods: readonly Pod[],
  failed: number,
  nowMs: number,
): JobCondition | undefined {
  const decided = findTrue(job, 'SuccessCriteriaMet');
  if (decided !== undefined) return decided;
  const target = findTrue(job, 'FailureTarget');
  if (target !== undefined) return newCondition('Failed', target.reason ?? '', target.message ?? '', nowMs);
  const policy = job.spec?.podFailurePolicy;
  const failing = (reason: string, message: string) => newCondition('FailureTarget', reason, message, nowMs);
  if (policy !== undefined)
    for (const pod of pods) {
      if (!isFailedFor(job, pod)) continue;
      const { failsJob } = matchFailurePolicy(policy, pod);
      if (failsJob !== undefined) return failing('PodFailurePolicy', failsJob);
    }
  if (failed > (job.spec?.backoffLimit ?? 6) || isPastLimitOnFailure(job, pods))
    return failing('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (deadlineMs(job, nowMs) <= 0)
    return failing('DeadlineExceeded', 'Job was active longer than specified deadline');
  return undefined;
}

/** Milliseconds until the Job has been active for too long; Infinity: it may go on. */
export function deadlineMs(job: LiveJob, nowMs: number): number {
  const seconds = job.spec?.activeDeadlineSeconds;
  const startMs = timeToMs(job.status?.startTime);
  if (seconds === undefined || Number.isNaN(startMs) || isSuspended(job)) return Number.POSITIVE_INFINITY;
  return startMs + seconds * 1000 - nowMs;
}

/** Containers that restart in place count too. */
function isPastLimitOnFailure({ spec }: LiveJob, pods: readonly Pod[]): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods)
    if (status?.phase === 'Running' || status?.phase === 'Pending')
      for (const one of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
        restarts += one.restartCount;
  const limit = spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** `backoffLimitPerIndex`: too many failed indexes, or nothing left to try. */
export function indexVerdict(
  { spec }: LiveJob,
  failed: Intervals,
  succeeded: Intervals,
  nowMs: number,
): JobCondition | undefined {
  const failures = total(failed);
  if (spec?.maxFailedIndexes !== undefined && failures > spec.maxFailedIndexes)
    return newCondition(
      'FailureTarget',
      'MaxFailedIndexesExceeded',
      'Job has exceeded the specified maximal number of failed indexes',
      nowMs,
    );
  if (failures > 0 && failures + total(succeeded) >= (spec?.completions ?? 0))
    return newCondition('FailureTarget', 'FailedIndexes', 'Job has failed indexes', nowMs);
  return undefined;
}

/** Mirrors matchSuccessPolicy. */
export function successVerdict(
  policy: SuccessPolicy | undefined,
  completions: number,
  succeeded: Intervals,
  nowMs: number,
): JobCondition | undefined {
  if (policy === undefined || succeeded.length === 0) return undefined;
  const at = policy.rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined)
      return succeededCount !== undefined && total(succeeded) >= succeededCount;
    const wanted = parseIntervals(succeededIndexes, completions);
    return countIn(succeeded, wanted) >= (succeededCount ?? total(wanted));
  });
  if (at < 0) return undefined;
  return newCondition('SuccessCriteriaMet', 'SuccessPolicy', `Matched rules at index ${at}`, nowMs);
}

export const reachedCompletions = (nowMs: number): JobCondition =>
  newCondition(
    'SuccessCriteriaMet',
    'CompletionsReached',
    'Reached expected number of succeeded pods',
    nowMs,
  );
