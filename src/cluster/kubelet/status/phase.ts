import type { ContainerStatus, Pod } from '../../../kube/api/core-v1.ts';
import { containersOf, initContainersOf, isSidecar, isStaticPod, specOf } from '../pods/pod.ts';

/** The Pod's phase by what its containers do. Mirrors getPhase (pkg/kubelet/kubelet_pods.go). */
export function phaseOf(pod: Pod, statuses: readonly ContainerStatus[], isTerminal: boolean): string {
  const policy = specOf(pod).restartPolicy;
  const byName = new Map(statuses.map((status) => [status.name, status]));
  const init = initPhase(pod, byName);
  const main = mainPhase(pod, byName);
  const running = main.running + init.runningSidecars;
  const unknown = main.unknown + init.unknownSidecars;
  const waiting = main.waiting + init.waitingSidecars;
  if (init.failed > 0 && policy === 'Never') return 'Failed';
  if (init.pending > 0 || (init.pendingSidecars > 0 && !main.anyStarted)) return 'Pending';
  if (waiting > 0) return 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (running > 0 || main.stopped === 0 || unknown > 0) return 'Pending';
  const ended = main.stopped === main.succeeded ? 'Succeeded' : 'Failed';
  if (isTerminal && !isStaticPod(pod)) return ended;
  if (policy === 'Always') return 'Running';
  return ended === 'Succeeded' || policy === 'Never' ? ended : 'Running';
}

function initPhase(pod: Pod, byName: ReadonlyMap<string, ContainerStatus>) {
  const counts = {
    pending: 0,
    failed: 0,
    pendingSidecars: 0,
    runningSidecars: 0,
    waitingSidecars: 0,
    unknownSidecars: 0,
  };
  for (const container of initContainersOf(pod)) {
    const status = byName.get(container.name);
    const { state, lastState } = status ?? {};
    if (isSidecar(container)) {
      if (state?.running !== undefined) {
        if (status?.started !== true) counts.pendingSidecars++;
        counts.runningSidecars++;
      } else if (state?.terminated !== undefined) continue;
      else if (state?.waiting !== undefined) {
        if (lastState?.terminated !== undefined) continue;
        counts.pendingSidecars++;
        counts.waitingSidecars++;
      } else {
        counts.pendingSidecars += status === undefined ? 0 : 1;
        counts.unknownSidecars++;
      }
      continue;
    }
    const ended = state?.terminated ?? (state?.waiting === undefined ? undefined : lastState?.terminated);
    if (ended === undefined) counts.pending++;
    else if (ended.exitCode !== 0) counts.failed++;
  }
  return counts;
}

function mainPhase(pod: Pod, byName: ReadonlyMap<string, ContainerStatus>) {
  const counts = { running: 0, waiting: 0, stopped: 0, succeeded: 0, unknown: 0, anyStarted: false };
  for (const { name } of containersOf(pod)) {
    const { state, lastState } = byName.get(name) ?? {};
    if (state?.running !== undefined) {
      counts.running++;
      counts.anyStarted = true;
    } else if (state?.terminated !== undefined) {
      counts.stopped++;
      counts.anyStarted = true;
      if (state.terminated.exitCode === 0) counts.succeeded++;
    } else if (state?.waiting !== undefined) {
      if (lastState?.terminated === undefined) counts.waiting++;
      else {
        counts.stopped++;
        counts.anyStarted = true;
      }
    } else counts.unknown++;
  }
  return counts;
}
