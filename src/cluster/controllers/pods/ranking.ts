import { timeToMs } from '../../../kube/time.ts';
import { isPodReady, type Pod, podCondition } from './pod-state.ts';

const phaseOrder: ReadonlyMap<string | undefined, number> = new Map([
  ['Pending', 0],
  ['Unknown', 1],
  ['Running', 2],
]);
/** What a Pod without the annotation costs is 0; what does not look like this is not one. */
const costPattern = /^(0|-?[1-9]\d{0,9})$/;

/**
 * The Pods in the order in which they should go: not assigned, pending, not ready, cheap, crowded on their node, young.
 * `rankOf`: how many related Pods share its node. Mirrors ActivePodsWithRanks of pkg/controller.
 */
export function rankedForDeletion(
  pods: readonly Pod[],
  rankOf: (pod: Pod) => number,
  nowMs: number,
): readonly Pod[] {
  return [...pods].sort((a, b) => compare(a, b, rankOf, nowMs));
}

function compare(a: Pod, b: Pod, rankOf: (pod: Pod) => number, nowMs: number): number {
  const assigned = Number((a.spec?.nodeName ?? '') !== '') - Number((b.spec?.nodeName ?? '') !== '');
  if (assigned !== 0) return assigned;
  const phase = (phaseOrder.get(a.status?.phase) ?? 0) - (phaseOrder.get(b.status?.phase) ?? 0);
  if (phase !== 0) return phase;
  const ready = Number(isPodReady(a)) - Number(isPodReady(b));
  if (ready !== 0) return ready;
  const cost = costOf(a) - costOf(b);
  if (cost !== 0) return cost;
  const rank = rankOf(b) - rankOf(a);
  if (rank !== 0) return rank;
  if (isPodReady(a)) {
    const since = readySince(a);
    const otherSince = readySince(b);
    if (since !== otherSince) return compareAges(since, otherSince, a, b, nowMs);
  }
  const restarts = mostRestarts(b) - mostRestarts(a);
  if (restarts !== 0) return restarts;
  const sidecars = mostSidecarRestarts(b) - mostSidecarRestarts(a);
  if (sidecars !== 0) return sidecars;
  const created = timeToMs(a.metadata.creationTimestamp);
  const otherCreated = timeToMs(b.metadata.creationTimestamp);
  return created === otherCreated ? 0 : compareAges(created, otherCreated, a, b, nowMs);
}

/** On a logarithmic scale, so that among old Pods chance decides. A time that is not there counts as the youngest. */
function compareAges(aMs: number, bMs: number, a: Pod, b: Pod, nowMs: number): number {
  if (Number.isNaN(aMs) || Number.isNaN(bMs)) return Number(Number.isNaN(bMs)) - Number(Number.isNaN(aMs));
  const difference = logarithm(nowMs - aMs) - logarithm(nowMs - bMs);
  if (difference !== 0) return difference;
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
}

const logarithm = (ageMs: number): number => (ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1);

const readySince = (pod: Pod): number => timeToMs(podCondition(pod, 'Ready')?.lastTransitionTime);

function costOf(pod: Pod): number {
  const text = pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '';
  return costPattern.test(text) ? Number(text) : 0;
}

function mostRestarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function mostSidecarRestarts(pod: Pod): number {
  const sidecars = new Set(
    (pod.spec?.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  const statuses = (pod.status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  return Math.max(0, ...statuses.map(({ restartCount }) => restartCount));
}
