import type { ContainerStatus, Pod, PodStatus } from '../../../kube/api/core-v1.ts';
import { qosClassOf } from '../../../kube/qos.ts';
import {
  containersOf,
  ephemeralContainersOf,
  initContainersOf,
  isSidecar,
  isTerminalPhase,
  specOf,
} from '../pods/pod.ts';
import type { PodRuntime } from '../runtime/pod-runtime.ts';
import { isKubeletCondition, podConditions } from './conditions.ts';
import { containerStatuses, type StartFailure } from './container-statuses.ts';
import { phaseOf } from './phase.ts';

/** What is known of a container's probes. */
export interface ProbeState {
  /** `Started`: undefined when no startup probe says anything. */
  started(containerId: string, name: string): boolean;
  /** Whether it counts as ready while it runs. May ask for a probe at once. */
  ready(containerId: string, name: string): boolean;
}

export interface StatusView {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  /** The status last generated, or the API's. */
  readonly before: PodStatus;
  readonly failures: ReadonlyMap<string, StartFailure>;
  readonly probes: ProbeState;
  /** Nothing of it runs any more and nothing will be started. */
  readonly terminal: boolean;
  /** A part of the kubelet wants it gone: `DeadlineExceeded`, `Evicted`. */
  readonly evicted: { readonly reason: string; readonly message: string } | undefined;
  readonly hostIP: string;
  /** The end of a container's log. */
  readonly logTail: (containerId: string) => string;
}

/** The Pod's status by what the runtime and the probes say. Mirrors generateAPIPodStatus (pkg/kubelet/kubelet_pods.go). */
export function podStatus(view: StatusView): PodStatus {
  const { pod, runtime, before, failures, probes } = view;
  const api = pod.status ?? {};
  const of = (list: 'initContainerStatuses' | 'containerStatuses' | 'ephemeralContainerStatuses') => ({
    pod,
    runtime,
    before: before[list] ?? [],
    failures,
    init: list === 'initContainerStatuses',
    logTail: view.logTail,
  });
  const main = containerStatuses({ ...of('containerStatuses'), containers: containersOf(pod) });
  const init = containerStatuses({ ...of('initContainerStatuses'), containers: initContainersOf(pod) });
  const ephemeral = containerStatuses({
    ...of('ephemeralContainerStatuses'),
    containers: ephemeralContainersOf(pod),
  });
  let phase = phaseOf(pod, [...main, ...init], view.terminal);
  if (!isTerminalPhase(phase)) {
    if (isTerminalPhase(before.phase)) phase = before.phase ?? phase;
    else if (isTerminalPhase(api.phase)) phase = api.phase ?? phase;
  }
  let reason: string | undefined;
  let message: string | undefined;
  if (phase === before.phase) {
    reason = before.reason ?? api.reason;
    message = before.message ?? api.message;
  }
  if (view.evicted !== undefined) {
    phase = 'Failed';
    ({ reason, message } = view.evicted);
  }
  if (isTerminalPhase(api.phase)) phase = api.phase ?? phase;
  for (const status of main) applyProbes(status, probes);
  for (const [index, status] of init.entries()) applyInitProbes(pod, index, status, probes);
  const others = (api.conditions ?? []).filter(({ type }) => !isKubeletCondition(type));
  const disruption = before.conditions?.find(({ type }) => type === 'DisruptionTarget');
  if (disruption !== undefined && !others.some(({ type }) => type === 'DisruptionTarget'))
    others.push(disruption);
  const ip = specOf(pod).hostNetwork === true ? view.hostIP : runtime.ip || (before.podIP ?? '');
  return {
    phase,
    conditions: podConditions(pod, runtime, [...init, ...main], phase, others),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(api.nominatedNodeName === undefined ? {} : { nominatedNodeName: api.nominatedNodeName }),
    hostIP: view.hostIP,
    hostIPs: [{ ip: view.hostIP }],
    ...(ip !== '' ? { podIP: ip, podIPs: [{ ip }] } : {}),
    ...(before.startTime === undefined ? {} : { startTime: before.startTime }),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: main,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    qosClass: api.qosClass ?? qosClassOf(pod),
    ...(api.resize === undefined ? {} : { resize: api.resize }),
    ...(api.resourceClaimStatuses === undefined ? {} : { resourceClaimStatuses: api.resourceClaimStatuses }),
  };
}

const idOf = (status: ContainerStatus): string => (status.containerID ?? '').replace(/^.*:\/\//, '');

function applyProbes(status: ContainerStatus, probes: ProbeState): void {
  const running = status.state?.running !== undefined;
  status.started = running && probes.started(idOf(status), status.name);
  status.ready = status.started && probes.ready(idOf(status), status.name);
}

function applyInitProbes(pod: Pod, index: number, status: ContainerStatus, probes: ProbeState): void {
  const container = initContainersOf(pod)[index];
  applyProbes(status, probes);
  if (container === undefined || isSidecar(container)) return;
  status.ready = status.state?.terminated?.exitCode === 0;
}
