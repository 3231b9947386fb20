import type {
  Container,
  EphemeralContainer,
  ObjectReference,
  Pod,
  PodSpec,
} from '../../../kube/api/core-v1.ts';

/** What the kubelet asks of a Pod again and again. */

export type AnyContainer = Container | EphemeralContainer;
export type ContainerRole = 'init' | 'regular' | 'ephemeral';

const noSpec: PodSpec = { containers: [] };

export const uidOf = (pod: Pod): string => pod.metadata?.uid ?? '';
export const nameOf = (pod: Pod): string => pod.metadata?.name ?? '';
export const namespaceOf = (pod: Pod): string => pod.metadata?.namespace ?? '';
export const specOf = (pod: Pod): PodSpec => pod.spec ?? noSpec;

/** `web_default(1234-…)`, as messages name a Pod (pkg/kubelet/util/format). */
export const formatPod = (pod: Pod): string => `${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`;

/** A native sidecar: an init container that is kept running. */
export const isSidecar = (container: AnyContainer): boolean => container.restartPolicy === 'Always';

export const initContainersOf = (pod: Pod): readonly Container[] => specOf(pod).initContainers ?? [];
export const containersOf = (pod: Pod): readonly Container[] => specOf(pod).containers;
export const ephemeralContainersOf = (pod: Pod): readonly EphemeralContainer[] =>
  specOf(pod).ephemeralContainers ?? [];

export function findContainer(
  pod: Pod,
  name: string,
): { readonly container: AnyContainer; readonly role: ContainerRole } | undefined {
  for (const container of initContainersOf(pod))
    if (container.name === name) return { container, role: 'init' };
  for (const container of containersOf(pod))
    if (container.name === name) return { container, role: 'regular' };
  for (const container of ephemeralContainersOf(pod))
    if (container.name === name) return { container, role: 'ephemeral' };
  return undefined;
}

const fieldOf: { readonly [role in ContainerRole]: string } = {
  init: 'initContainers',
  regular: 'containers',
  ephemeral: 'ephemeralContainers',
};

/** What an Event of the Pod, or of one of its containers, is about. */
export function podReference(pod: Pod, container?: string): ObjectReference {
  const found = container === undefined ? undefined : findContainer(pod, container);
  return {
    kind: 'Pod',
    namespace: namespaceOf(pod),
    name: nameOf(pod),
    uid: uidOf(pod),
    apiVersion: 'v1',
    ...(pod.metadata?.resourceVersion === undefined ? {} : { resourceVersion: pod.metadata.resourceVersion }),
    ...(found === undefined ? {} : { fieldPath: `spec.${fieldOf[found.role]}{${found.container.name}}` }),
  };
}

export const isTerminalPhase = (phase: string | undefined): boolean =>
  phase === 'Succeeded' || phase === 'Failed';

export const sourceAnnotation = 'kubernetes.io/config.source';
export const mirrorAnnotation = 'kubernetes.io/config.mirror';
export const hashAnnotation = 'kubernetes.io/config.hash';
export const seenAnnotation = 'kubernetes.io/config.seen';

export const isStaticPod = (pod: Pod): boolean => {
  const source = pod.metadata?.annotations?.[sourceAnnotation];
  return source !== undefined && source !== 'api';
};
export const isMirrorPod = (pod: Pod): boolean => pod.metadata?.annotations?.[mirrorAnnotation] !== undefined;
