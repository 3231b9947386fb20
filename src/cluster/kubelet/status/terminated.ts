import type { ContainerStatus, Pod, PodStatus } from '../../../kube/api/core-v1.ts';
import { initContainersOf, isTerminalPhase } from '../pods/pod.ts';
import { containersReady, podReady } from './conditions.ts';

const lost = {
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
  },
};

/** The last status of a Pod of which nothing runs any more. Mirrors TerminatePod (pkg/kubelet/status). */
export function terminated(pod: Pod, status: PodStatus): PodStatus {
  const ended = (one: ContainerStatus): ContainerStatus =>
    one.state?.terminated === undefined ? { ...one, state: lost } : one;
  const main = status.containerStatuses ?? [];
  const init = status.initContainerStatuses;
  const initialised =
    initContainersOf(pod).length === 0 ||
    main.some(({ state, lastState }) => state?.waiting === undefined || lastState?.terminated !== undefined);
  const next: PodStatus = { ...status };
  if (status.containerStatuses !== undefined)
    next.containerStatuses = initialised ? main.map(ended) : [...main];
  if (init !== undefined) {
    const from = firstNotStarted(init);
    next.initContainerStatuses = init.map((one, index) => (index < from ? ended(one) : one));
  }
  if (!isTerminalPhase(next.phase)) next.phase = 'Failed';
  return next;
}

/** The suffix of init containers that never began is left as it is. */
function firstNotStarted(init: readonly ContainerStatus[]): number {
  for (let index = init.length - 1; index >= 0; index--) {
    const one = init[index];
    if (one === undefined) continue;
    if (one.lastState?.terminated !== undefined || one.state?.waiting === undefined) return index + 1;
  }
  return 0;
}

/** The status with one container's flag changed, and the conditions that follow from it; undefined when nothing changes. */
export function flagged(
  pod: Pod,
  status: PodStatus,
  containerId: string,
  flag: { readonly ready?: boolean; readonly started?: boolean },
): PodStatus | undefined {
  let changed = false;
  const change = (one: ContainerStatus): ContainerStatus => {
    if (one.containerID !== `containerd://${containerId}`) return one;
    if (flag.ready !== undefined && one.ready !== flag.ready) changed = true;
    else if (flag.started !== undefined && one.started !== flag.started) changed = true;
    else return one;
    return { ...one, ...flag };
  };
  const main = (status.containerStatuses ?? []).map(change);
  const init = status.initContainerStatuses?.map(change);
  if (!changed) return undefined;
  const all = [...(init ?? []), ...main];
  const phase = status.phase ?? 'Pending';
  const conditions = (status.conditions ?? []).map((condition) => {
    if (flag.ready === undefined) return condition;
    if (condition.type === 'Ready') return podReady(pod, all, phase, status.conditions ?? []);
    if (condition.type === 'ContainersReady') return containersReady('ContainersReady', pod, all, phase);
    return condition;
  });
  return {
    ...status,
    conditions,
    containerStatuses: main,
    ...(init === undefined ? {} : { initContainerStatuses: init }),
  };
}
