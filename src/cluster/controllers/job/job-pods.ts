import type { Job } from '../../../kube/api/batch-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { timeToMs } from '../../../kube/time.ts';
import { isPodFinished, isTerminating, type Pod, podCondition } from '../pods/pod-state.ts';
import { matchFailurePolicy } from './failure-policy.ts';

export type LiveJob = Job & KubeObject;

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const indexKey = 'batch.kubernetes.io/job-completion-index';
const failureCountKey = 'batch.kubernetes.io/job-index-failure-count';
const ignoredFailureCountKey = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const isTracked = ({ metadata }: Pod): boolean =>
  metadata.finalizers?.includes(trackingFinalizer) === true;

export const isIndexed = ({ spec }: LiveJob): boolean => spec?.completionMode === 'Indexed';
export const isSuspended = ({ spec }: LiveJob): boolean => spec?.suspend === true;
export const hasLimitPerIndex = ({ spec }: LiveJob): boolean => spec?.backoffLimitPerIndex !== undefined;
export const completionsOf = ({ spec }: LiveJob): number => spec?.completions ?? 0;

/** Somebody else keeps it (`spec.managedBy`). */
export function isManagedElsewhere({ spec }: LiveJob): boolean {
  return spec?.managedBy !== undefined && spec.managedBy !== 'kubernetes.io/job-controller';
}

export function isJobFinished({ status }: LiveJob): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True',
  );
}

/** A Pod that goes is replaced only when it has failed. Mirrors onlyReplaceFailedPods. */
export function replacesFailedOnly({ spec }: LiveJob): boolean {
  return spec?.podReplacementPolicy === 'Failed' || spec?.podFailurePolicy !== undefined;
}

/** Deleted Pods count as failed: they may never say so. Mirrors isPodFailed. */
export function isFailedFor(job: LiveJob, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (replacesFailedOnly(job)) return false;
  return isTerminating(pod) && pod.status?.phase !== 'Succeeded';
}

/** Which of the Job's indexes a Pod works on; undefined: none that the Job has. */
export function validIndex(job: LiveJob, pod: Pod): number | undefined {
  const index = completionIndex(pod);
  return index !== undefined && index < completionsOf(job) ? index : undefined;
}

export function completionIndex({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[indexKey] ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

export const isOnItsWayOut = (pod: Pod): boolean => isTerminating(pod) && !isPodFinished(pod);

function countIn(pod: Pod | undefined, key: string): number {
  const text = pod?.metadata.annotations?.[key] ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) : 0;
}

/** How often the index of this Pod had failed before it. */
export const failuresBefore = (pod: Pod): number => countIn(pod, failureCountKey);
/** The ignored ones included. */
export const allFailuresBefore = (pod: Pod): number =>
  countIn(pod, failureCountKey) + countIn(pod, ignoredFailureCountKey);

/** The annotations of the Pod that comes after `replaced`. Mirrors getNewIndexFailureCounts. */
export function failureCounts(job: LiveJob, replaced: Pod | undefined): { [key: string]: string } {
  const counted =
    replaced !== undefined && matchFailurePolicy(job.spec?.podFailurePolicy, replaced).counts ? 1 : 0;
  const ignored = replaced === undefined ? 0 : 1 - counted;
  const allIgnored = countIn(replaced, ignoredFailureCountKey) + ignored;
  return {
    [failureCountKey]: String(countIn(replaced, failureCountKey) + counted),
    ...(allIgnored > 0 ? { [ignoredFailureCountKey]: String(allIgnored) } : {}),
  };
}

/** When it ended, by what is known of it. Milliseconds. Mirrors getFinishedTime. */
export function finishedMs(pod: Pod): number {
  const { metadata, status } = pod;
  const ends = (status?.containerStatuses ?? []).map(({ state }) => timeToMs(state?.terminated?.finishedAt));
  if (ends.length > 0 && ends.every((end) => !Number.isNaN(end))) return Math.max(...ends);
  const ready = podCondition(pod, 'Ready');
  const unreadyMs = ready?.status === 'False' ? timeToMs(ready.lastTransitionTime) : Number.NaN;
  if (!Number.isNaN(unreadyMs)) return unreadyMs;
  const deletedMs = timeToMs(metadata.deletionTimestamp);
  if (!Number.isNaN(deletedMs)) return deletedMs - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return timeToMs(metadata.creationTimestamp);
}
