import type { ContainerState, ContainerStatus, Pod } from '../../../kube/api/core-v1.ts';
import { formatTime } from '../../../kube/time.ts';
import type { AnyContainer } from '../pods/pod.ts';
import { anyRegularCreated, containerNamed, type PodRuntime, shouldRestart } from '../runtime/pod-runtime.ts';
import type { ContainerStatus as Seen } from '../runtime.ts';

/** Why a container could not be started last time: what its waiting state says. */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
}

export interface ContainersView {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly before: readonly ContainerStatus[];
  readonly containers: readonly AnyContainer[];
  readonly init: boolean;
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** The end of a container's log, for those whose message it is. */
  readonly logTail: (containerId: string) => string;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

const gone: ContainerState = {
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was deleted.  The container used to be Running',
  },
};

/** What the API shows of containers. Mirrors convertToAPIContainerStatuses (pkg/kubelet/kubelet_pods.go). */
export function containerStatuses(view: ContainersView): ContainerStatus[] {
  const { pod, runtime, before, containers, init, failures } = view;
  const hasInit = (pod.spec?.initContainers?.length ?? 0) > 0;
  const defaultReason = hasInit ? 'PodInitializing' : 'ContainerCreating';
  const old = new Map(before.map((status) => [status.name, status]));
  const statuses = new Map<string, Mutable<ContainerStatus>>();
  for (const container of containers) {
    const previous = old.get(container.name);
    statuses.set(
      container.name,
      previous?.state?.terminated === undefined
        ? {
            ...bare(container),
            state: { waiting: { reason: defaultReason } },
            lastState: previous?.lastState ?? {},
            restartCount: previous?.restartCount ?? 0,
          }
        : { ...previous },
    );
  }
  for (const container of containers) {
    const status = statuses.get(container.name);
    if (status === undefined || containerNamed(runtime, container.name) !== undefined) continue;
    const previous = old.get(container.name);
    if (previous?.state?.running === undefined || status.state?.waiting?.reason !== defaultReason) continue;
    if (status.lastState?.terminated !== undefined) continue;
    status.lastState = gone;
    if (pod.metadata?.deletionTimestamp === undefined) status.restartCount += 1;
  }
  const seen = new Map<string, number>();
  for (const container of runtime.containers) {
    const { name } = container.config;
    const times = seen.get(name) ?? 0;
    const known = statuses.get(name);
    if (known === undefined || times >= 2) continue;
    seen.set(name, times + 1);
    const spec = containers.find((one) => one.name === name);
    if (spec === undefined) continue;
    if (times === 0) {
      const status: Mutable<ContainerStatus> = { ...fromRuntime(container, spec, view) };
      const started = old.get(name)?.started;
      if (container.state === 'running' && started !== undefined) status.started = started;
      statuses.set(name, status);
    } else known.lastState = stateOf(container, spec, view);
  }
  for (const container of containers) {
    const status = statuses.get(container.name);
    if (status === undefined) continue;
    if (init && completed(view, container, status)) continue;
    if (!shouldRestart(container, pod, runtime)) continue;
    const failure = failures.get(container.name);
    if (failure === undefined) continue;
    if (status.state?.terminated !== undefined) status.lastState = status.state;
    status.state = {
      waiting: {
        reason: failure.reason,
        ...(failure.message === '' ? {} : { message: failure.message }),
      },
    };
  }
  const all = containers.flatMap(({ name }) => statuses.get(name) ?? []);
  return init ? all : all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** An init container that is over is not started again, whatever was said of it before. */
function completed(
  { pod, runtime }: ContainersView,
  container: AnyContainer,
  status: Mutable<ContainerStatus>,
): boolean {
  const seen = containerNamed(runtime, container.name);
  if (seen !== undefined) return seen.state === 'exited' && seen.exitCode === 0;
  if (container.restartPolicy === 'Always' || status.state?.waiting === undefined) return false;
  if (!anyRegularCreated(pod, runtime)) return false;
  status.state = {
    terminated: {
      exitCode: 0,
      reason: 'Completed',
      message:
        'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally',
    },
  };
  return true;
}

function bare(container: AnyContainer): ContainerStatus {
  const mounts = container.volumeMounts ?? [];
  return {
    name: container.name,
    state: {},
    lastState: {},
    ready: false,
    restartCount: 0,
    image: container.image ?? '',
    imageID: '',
    ...(mounts.length === 0
      ? {}
      : {
          volumeMounts: mounts.map((mount) => ({
            name: mount.name,
            mountPath: mount.mountPath,
            ...(mount.readOnly === true ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
          })),
        }),
  };
}

function fromRuntime(seen: Seen, container: AnyContainer, view: ContainersView): ContainerStatus {
  return {
    ...bare(container),
    state: stateOf(seen, container, view),
    restartCount: seen.config.attempt,
    image: seen.image,
    imageID: seen.imageId,
    containerID: `containerd://${seen.id}`,
  };
}

/** pkg/kubelet/container.MaxPodTerminationMessageLogLength, shared by the Pod's containers. */
const messagesMost = 12 * 1024;

function stateOf(seen: Seen, container: AnyContainer, view: ContainersView): ContainerState {
  if (seen.state === 'running') return { running: { startedAt: formatTime(seen.startedAt) } };
  if (seen.state === 'created') return { waiting: {} };
  const message = messageOf(seen, container, view);
  return {
    terminated: {
      exitCode: seen.exitCode,
      ...(seen.reason === '' ? {} : { reason: seen.reason }),
      ...(message === '' ? {} : { message }),
      startedAt: formatTime(seen.startedAt),
      finishedAt: formatTime(seen.finishedAt),
      containerID: `containerd://${seen.id}`,
    },
  };
}

function messageOf(seen: Seen, container: AnyContainer, { pod, logTail }: ContainersView): string {
  const wantsLog =
    seen.terminationMessage === '' &&
    seen.exitCode !== 0 &&
    container.terminationMessagePolicy === 'FallbackToLogsOnError';
  const own = wantsLog ? logTail(seen.id) : seen.terminationMessage;
  const message = own === '' || seen.message === '' ? `${seen.message}${own}` : `${seen.message}: ${own}`;
  const count = (pod.spec?.containers.length ?? 0) + (pod.spec?.initContainers?.length ?? 0);
  const most = Math.floor(messagesMost / Math.max(1, count));
  return message.length > most ? message.slice(0, most) : message;
}
