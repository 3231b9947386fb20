import type { ContainerStatus, Pod, PodCondition } from '../../../kube/api/core-v1.ts';
import { containersOf, initContainersOf, isSidecar, specOf } from '../pods/pod.ts';
import { type PodRuntime, sandboxNeeded } from '../runtime/pod-runtime.ts';

/** The conditions that are the kubelet's. Mirrors pkg/kubelet/status/generate.go; times are set by the status manager. */

const owned = new Set([
  'PodScheduled',
  'Ready',
  'Initialized',
  'ContainersReady',
  'PodReadyToStartContainers',
]);

export const isKubeletCondition = (type: string): boolean => owned.has(type);

const condition = (type: string, status: boolean, reason?: string, message?: string): PodCondition => ({
  type,
  status: status ? 'True' : 'False',
  ...(reason === undefined ? {} : { reason }),
  ...(message === undefined ? {} : { message }),
});

/** As Go prints a slice of strings. */
const listed = (names: readonly string[]): string => `[${names.join(' ')}]`;

/** In upstream's order; `others` are those that are not the kubelet's. */
export function podConditions(
  pod: Pod,
  runtime: PodRuntime,
  statuses: readonly ContainerStatus[],
  phase: string,
  others: readonly PodCondition[],
): PodCondition[] {
  return [
    ...others,
    condition('PodReadyToStartContainers', !sandboxNeeded(pod, runtime).needed),
    initialized(pod, statuses, phase),
    podReady(pod, statuses, phase, others),
    containersReady('ContainersReady', pod, statuses, phase),
    condition('PodScheduled', true),
  ];
}

function unready(pod: Pod, statuses: readonly ContainerStatus[]) {
  const byName = new Map(statuses.map((status) => [status.name, status]));
  const counted = [...initContainersOf(pod).filter(isSidecar), ...containersOf(pod)];
  return {
    unknown: counted.filter(({ name }) => !byName.has(name)).map(({ name }) => name),
    unready: counted.filter(({ name }) => byName.get(name)?.ready === false).map(({ name }) => name),
  };
}

export function containersReady(
  type: 'Ready' | 'ContainersReady',
  pod: Pod,
  statuses: readonly ContainerStatus[],
  phase: string,
): PodCondition {
  const names = unready(pod, statuses);
  if (phase === 'Succeeded' && names.unknown.length === 0) return condition(type, false, 'PodCompleted');
  if (phase === 'Failed') return condition(type, false, 'PodFailed');
  const messages = [
    ...(names.unknown.length > 0 ? [`containers with unknown status: ${listed(names.unknown)}`] : []),
    ...(names.unready.length > 0 ? [`containers with unready status: ${listed(names.unready)}`] : []),
  ];
  if (messages.length > 0) return condition(type, false, 'ContainersNotReady', messages.join(', '));
  return condition(type, true);
}

export function podReady(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  phase: string,
  conditions: readonly PodCondition[],
): PodCondition {
  const ready = containersReady('Ready', pod, statuses, phase);
  if (ready.status !== 'True') return ready;
  const messages = (specOf(pod).readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = conditions.find(({ type }) => type === conditionType);
    if (found === undefined)
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (found.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`];
  });
  if (messages.length > 0) return condition('Ready', false, 'ReadinessGatesNotReady', messages.join(', '));
  return ready;
}

function initialized(pod: Pod, statuses: readonly ContainerStatus[], phase: string): PodCondition {
  const byName = new Map(statuses.map((status) => [status.name, status]));
  const init = initContainersOf(pod);
  const unknown = init.filter(({ name }) => !byName.has(name)).map(({ name }) => name);
  if (phase === 'Succeeded' && unknown.length === 0) return condition('Initialized', true, 'PodCompleted');
  const started = containersOf(pod).some(({ name }) => {
    const status = byName.get(name);
    return (
      status?.state?.running !== undefined ||
      status?.state?.terminated !== undefined ||
      status?.lastState?.terminated !== undefined
    );
  });
  if (started) return condition('Initialized', true);
  const incomplete = init.filter((container) => {
    const status = byName.get(container.name);
    if (status === undefined) return false;
    return isSidecar(container) ? status.started !== true : !status.ready;
  });
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${listed(unknown)}`] : []),
    ...(incomplete.length > 0
      ? [`containers with incomplete status: ${listed(incomplete.map(({ name }) => name))}`]
      : []),
  ];
  if (messages.length > 0)
    return condition('Initialized', false, 'ContainersNotInitialized', messages.join(', '));
  return condition('Initialized', true);
}
