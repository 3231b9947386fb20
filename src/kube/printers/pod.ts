import type { Container, ContainerStatus, Pod } from '../api/core-v1.ts';
import { asKind, type KubeObject } from '../object.ts';
import type { TableCell, TableDefinition } from '../resources/definition.ts';
import { timeToMs } from '../time.ts';
import { ageSince } from './age.ts';
import { podColumns } from './pod-columns.ts';

const none = '<none>';

/** Restarts so far and when the last ended: the later of two. */
class Restarts {
  count = 0;
  private last = '';
  private lastMs = Number.NEGATIVE_INFINITY;

  add({ restartCount = 0, lastState }: ContainerStatus): void {
    this.count += restartCount;
    const ended = lastState?.terminated?.finishedAt;
    const ms = timeToMs(ended);
    if (ended === undefined || Number.isNaN(ms) || ms <= this.lastMs) return;
    this.last = ended;
    this.lastMs = ms;
  }

  text(now: number): string {
    return this.count === 0 || this.last === ''
      ? String(this.count)
      : `${this.count} (${ageSince(this.last, now)} ago)`;
  }
}

const isSidecar = (container: Container | undefined) => container?.restartPolicy === 'Always';
const conditionIs = (pod: Pod, type: string) =>
  (pod.status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');

export interface PodSummary {
  readonly ready: string;
  readonly status: string;
  readonly restarts: string;
}

/** What `kubectl get pods` says of a Pod. Mirrors printPod of pkg/printers/internalversion. */
export function summarizePod(pod: Pod, now: number): PodSummary {
  const { spec, status } = pod;
  const phase = status?.phase ?? '';
  const gated = (status?.conditions ?? []).some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  let reason = gated ? 'SchedulingGated' : status?.reason || phase;
  const sidecars = new Set((spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const init = initProgress(pod, sidecars);
  let ready = init.ready;
  let restarts = init.restarts;
  if (init.reason !== undefined) reason = init.reason;
  if (init.reason === undefined || conditionIs(pod, 'Initialized')) {
    restarts = init.sidecarRestarts;
    const main = mainProgress(pod, restarts);
    ready += main.ready;
    if (main.reason !== undefined) reason = main.reason;
    if (reason === 'Completed' && main.ready > 0) reason = conditionIs(pod, 'Ready') ? 'Running' : 'NotReady';
  }
  if (pod.metadata?.deletionTimestamp !== undefined) {
    if (status?.reason === 'NodeLost') reason = 'Unknown';
    else if (phase !== 'Failed' && phase !== 'Succeeded') reason = 'Terminating';
  }
  const total = (spec?.containers?.length ?? 0) + sidecars.size;
  return { ready: `${ready}/${total}`, status: reason, restarts: restarts.text(now) };
}

interface Progress {
  readonly ready: number;
  /** Undefined: nothing to say beside what was known. */
  readonly reason: string | undefined;
}

/** Why something ended, when its runtime does not say. */
function endOf({
  signal = 0,
  exitCode = 0,
}: {
  signal?: number | undefined;
  exitCode?: number | undefined;
}): string {
  return signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}

function initProgress(
  pod: Pod,
  sidecars: ReadonlySet<string>,
): Progress & { readonly restarts: Restarts; readonly sidecarRestarts: Restarts } {
  const restarts = new Restarts();
  const sidecarRestarts = new Restarts();
  let ready = 0;
  const total = pod.spec?.initContainers?.length ?? 0;
  for (const [i, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    restarts.add(container);
    const sidecar = sidecars.has(container.name);
    if (sidecar) sidecarRestarts.add(container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) ready += 1;
      continue;
    }
    let reason = `Init:${i}/${total}`;
    if (terminated) reason = `Init:${terminated.reason || endOf(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') reason = `Init:${waiting.reason}`;
    return { ready, reason, restarts, sidecarRestarts };
  }
  return { ready, reason: undefined, restarts, sidecarRestarts };
}

/** From the last container to the first: the first one's reason is what is shown. */
function mainProgress(pod: Pod, restarts: Restarts): Progress {
  let ready = 0;
  let reason: string | undefined;
  for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    restarts.add(container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = terminated.reason || endOf(terminated);
    else if (container.ready && running) ready += 1;
  }
  return { ready, reason };
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return none;
  const open = gates.filter(
    ({ conditionType }) => status?.conditions?.find(({ type }) => type === conditionType)?.status === 'True',
  );
  return `${open.length}/${gates.length}`;
}

function cells(object: KubeObject, now: number): TableCell[] {
  const pod = asKind<Pod>(object);
  const { ready, status, restarts } = summarizePod(pod, now);
  return [
    pod.metadata?.name ?? '',
    ready,
    status,
    restarts,
    ageSince(pod.metadata?.creationTimestamp, now),
    pod.status?.podIPs?.[0]?.ip || none,
    pod.spec?.nodeName || none,
    pod.status?.nominatedNodeName || none,
    readinessGates(pod),
  ];
}

export const podTable: TableDefinition = {
  columns: podColumns,
  cells,
  conditions(object) {
    const phase = asKind<Pod>(object).status?.phase;
    const completed = { type: 'Completed', status: 'True' };
    if (phase === 'Succeeded')
      return [{ ...completed, reason: phase, message: 'The pod has completed successfully.' }];
    return phase === 'Failed' ? [{ ...completed, reason: phase, message: 'The pod failed.' }] : [];
  },
};
