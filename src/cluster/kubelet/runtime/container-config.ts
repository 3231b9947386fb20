import type { Container, Pod } from '../../../kube/api/core-v1.ts';
import { qosClassOf } from '../../../kube/qos.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../../../kube/quantity.ts';
import type { KubeletContext } from '../context.ts';
import { type AnyContainer, specOf } from '../pods/pod.ts';
import type { ContainerConfig, Mount } from '../runtime.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import type { PodAddresses } from './downward.ts';
import { environmentOf } from './env.ts';
import { expand } from './expansion.ts';
import { runAsGroup, runAsUser } from './security.ts';

/** What the runtime is told of a container. Rejects in upstream's words: `CreateContainerConfigError`. */
export async function containerConfig(
  context: KubeletContext,
  pod: Pod,
  container: AnyContainer,
  attempt: number,
  volumes: PodVolumes,
  addresses: PodAddresses,
  processNamespaceOf: string | undefined,
): Promise<ContainerConfig> {
  const env = await environmentOf(context, pod, container as Container, addresses);
  const lookup = (name: string) => env.get(name);
  const security = container.securityContext;
  const limits = container.resources?.limits;
  const requests = container.resources?.requests;
  const cpuLimitMilli = milli(limits?.['cpu']);
  return {
    name: container.name,
    attempt,
    image: container.image ?? '',
    command: container.command?.map((word) => expand(word, lookup)),
    args: container.args?.map((word) => expand(word, lookup)),
    workingDir: (container.workingDir ?? '') === '' ? undefined : container.workingDir,
    env: [...env].map(([name, value]) => ({ name, value })),
    mounts: mountsOf(container, volumes, lookup),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    runAsUser: runAsUser(pod, container),
    runAsGroup: runAsGroup(pod, container),
    fsGroup: specOf(pod).securityContext?.fsGroup,
    supplementalGroups: specOf(pod).securityContext?.supplementalGroups ?? [],
    readOnlyRootFilesystem: security?.readOnlyRootFilesystem === true,
    privileged: security?.privileged === true,
    capabilities: { add: security?.capabilities?.add ?? [], drop: security?.capabilities?.drop ?? [] },
    memoryLimitBytes: bytes(limits?.['memory']),
    cpuLimitMilli,
    cpuRequestMilli: requests?.['cpu'] === undefined ? cpuLimitMilli : milli(requests['cpu']),
    oomScoreAdj: oomScore(pod, bytes(requests?.['memory']), context.settings.memoryBytes),
    processNamespaceOf,
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
  };
}

const milli = (text: string | undefined): number =>
  text === undefined ? 0 : Number(quantityMilliValue(parseQuantity(text)));
const bytes = (text: string | undefined): number =>
  text === undefined ? 0 : Number(quantityValue(parseQuantity(text)));

/** Mirrors pkg/kubelet/qos/policy.go. */
function oomScore(pod: Pod, requestBytes: number, capacityBytes: number): number {
  if ((specOf(pod).priority ?? 0) >= 2_000_001_000) return -997;
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const score = 1000 - Math.trunc((1000 * requestBytes) / capacityBytes);
  if (score < 3) return 3;
  return score === 1000 ? 999 : score;
}

function mountsOf(
  container: AnyContainer,
  volumes: PodVolumes,
  lookup: (name: string) => string | undefined,
): readonly Mount[] {
  return (container.volumeMounts ?? []).map((mount) => {
    const mounted = volumes.get(mount.name);
    if (mounted === undefined)
      throw new Error(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const expression = mount.subPathExpr ?? '';
    const subPath = expression === '' ? (mount.subPath ?? '') : expandKnown(expression, lookup);
    if (subPath.startsWith('/')) throw new Error(`subPath must not be an absolute path: ${subPath}`);
    if (subPath.split('/').includes('..')) throw new Error(`subPath must not contain '..': ${subPath}`);
    return {
      containerPath: mount.mountPath,
      volume: mounted.volume,
      subPath: [mounted.basePath, subPath].filter((part) => part !== '').join('/'),
      readOnly: mount.readOnly === true || mounted.readOnly,
    };
  });
}

function expandKnown(expression: string, lookup: (name: string) => string | undefined): string {
  const missing: string[] = [];
  const text = expand(expression, (name) => {
    const value = lookup(name);
    if (value === undefined || value === '') missing.push(name);
    return value;
  });
  if (missing.length > 0) throw new Error(`missing value for "${missing[0]}"`);
  return text;
}
