import type {
  ContainerStatus as ApiStatus,
  ContainerStateTerminated,
  Pod,
} from '../../../kube/api/core-v1.ts';
import { timeToMs } from '../../../kube/time.ts';
import type { NodeSettings } from '../node/spec.ts';
import { sandboxConfig } from '../runtime/sandbox-config.ts';
import type { ContainerConfig, ContainerStatus, SandboxStatus } from '../runtime.ts';
import { isTerminalPhase, specOf, uidOf } from './pod.ts';

/** A mirror says of which static Pod it is. */
const hashAnnotation = 'kubernetes.io/config.hash';

/** As its kubelet calls it. */
export const kubeletUid = (pod: Pod): string => pod.metadata?.annotations?.[hashAnnotation] ?? uidOf(pod);

/**
 * What containerd finds of a Pod on its disk after the machine started again, read from what the API was last told: a sandbox that
 * is not ready, and containers that have ended, those that ran with 255. Undefined: nothing of it had been made.
 */
export function remainsOf(pod: Pod, settings: NodeSettings, nowMs: number): SandboxStatus | undefined {
  const { status } = pod;
  if (isTerminalPhase(status?.phase)) return undefined;
  const images = new Map(
    [...(specOf(pod).initContainers ?? []), ...specOf(pod).containers].map(({ name, image }) => [
      name,
      image,
    ]),
  );
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].flatMap((one) => remainOf(one, images.get(one.name) ?? one.image, nowMs) ?? []);
  if (containers.length === 0 && (status?.podIP ?? '') === '') return undefined;
  const uid = kubeletUid(pod);
  return {
    id: `${uid.replaceAll('-', '')}`.padEnd(64, '0').slice(0, 64),
    config: { ...sandboxConfig(pod, 0, settings), uid },
    state: 'notready',
    createdAt: timeToMs(status?.startTime),
    ip: '',
    containers,
  };
}

function remainOf(
  { name, state, lastState, restartCount, containerID = '', image, imageID }: ApiStatus,
  asked: string,
  nowMs: number,
): ContainerStatus | undefined {
  const ended = state?.terminated ?? (state?.running === undefined ? lastState?.terminated : undefined);
  const id = (ended?.containerID ?? containerID).replace(/^containerd:\/\//, '');
  if (id === '' || (ended === undefined && state?.running === undefined)) return undefined;
  return {
    id,
    config: { ...nothingAsked, name, image: asked, attempt: restartCount },
    state: 'exited',
    image,
    imageId: imageID,
    terminationMessage: '',
    message: '',
    ...(ended === undefined ? lost(timeToMs(state?.running?.startedAt), nowMs) : known(ended)),
  };
}

type End = Pick<ContainerStatus, 'createdAt' | 'startedAt' | 'finishedAt' | 'exitCode' | 'reason'> & {
  readonly terminationMessage?: string;
};

/** As containerd has it, which finds the container without its process. */
const lost = (startedAt: number, nowMs: number): End => ({
  createdAt: startedAt,
  startedAt,
  finishedAt: nowMs,
  exitCode: 255,
  reason: 'Unknown',
});

const known = ({ startedAt, finishedAt, exitCode, reason = '', message }: ContainerStateTerminated): End => ({
  createdAt: timeToMs(startedAt),
  startedAt: timeToMs(startedAt),
  finishedAt: timeToMs(finishedAt),
  exitCode,
  reason,
  ...(message === undefined ? {} : { terminationMessage: message }),
});

/** Of a container that has ended nobody asks how it was to be run. */
const nothingAsked: Omit<ContainerConfig, 'name' | 'image' | 'attempt'> = {
  command: undefined,
  args: undefined,
  workingDir: undefined,
  env: [],
  mounts: [],
  stdin: false,
  stdinOnce: false,
  tty: false,
  runAsUser: undefined,
  runAsGroup: undefined,
  fsGroup: undefined,
  supplementalGroups: [],
  readOnlyRootFilesystem: false,
  privileged: false,
  capabilities: { add: [], drop: [] },
  memoryLimitBytes: 0,
  cpuLimitMilli: 0,
  cpuRequestMilli: 0,
  oomScoreAdj: 0,
  processNamespaceOf: undefined,
  terminationMessagePath: '',
};
