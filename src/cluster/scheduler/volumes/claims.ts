import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Volume,
} from '../../../kube/api/core-v1.ts';
import { nodeSelectorMatcher } from '../framework/node-selector.ts';

export const selectedNodeKey = 'volume.kubernetes.io/selected-node';
const boundKey = 'pv.kubernetes.io/bind-completed';
export const boundByControllerKey = 'pv.kubernetes.io/bound-by-controller';
const classKey = 'volume.beta.kubernetes.io/storage-class';

/** The claim that a volume of the Pod is, if it is one; `ephemeral`: one that is made for the Pod. */
export function claimOf(
  pod: Pod,
  volume: Volume,
): { readonly name: string; readonly ephemeral: boolean } | undefined {
  const claim = volume.persistentVolumeClaim?.claimName;
  if (claim !== undefined) return { name: claim, ephemeral: false };
  if ((volume.ephemeral ?? undefined) === undefined) return undefined;
  return { name: `${pod.metadata?.name ?? ''}-${volume.name}`, ephemeral: true };
}

export function usesClaim(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (pod.metadata?.namespace !== claim.metadata?.namespace) return false;
  return (pod.spec?.volumes ?? []).some((volume) => claimOf(pod, volume)?.name === claim.metadata?.name);
}

/** An ephemeral claim must have been made for this very Pod. Mirrors ephemeral.VolumeIsForPod. */
export function notMadeFor(pod: Pod, claim: PersistentVolumeClaim): string | undefined {
  const owner = (claim.metadata?.ownerReferences ?? []).find(({ controller }) => controller === true);
  if (owner?.uid === pod.metadata?.uid) return undefined;
  const { namespace = '', name = '' } = claim.metadata ?? {};
  return `PVC ${namespace}/${name} was not created for pod ${pod.metadata?.namespace}/${pod.metadata?.name} (pod is not owner)`;
}

const annotation = (object: PersistentVolume | PersistentVolumeClaim, key: string): string | undefined => {
  const annotations = object.metadata?.annotations ?? {};
  return Object.hasOwn(annotations, key) ? annotations[key] : undefined;
};

export function classOf(object: PersistentVolume | PersistentVolumeClaim): string {
  return annotation(object, classKey) ?? object.spec?.storageClassName ?? '';
}

export const selectedNodeOf = (claim: PersistentVolumeClaim): string | undefined =>
  annotation(claim, selectedNodeKey);

export const isFullyBound = (claim: PersistentVolumeClaim): boolean =>
  (claim.spec?.volumeName ?? '') !== '' && annotation(claim, boundKey) !== undefined;

/** Mirrors IsVolumeBoundToClaim: the volume is meant for the claim. */
export function isMeantFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef ?? undefined;
  if (reference === undefined) return false;
  const { name, namespace, uid } = claim.metadata ?? {};
  if (reference.name !== name || reference.namespace !== namespace) return false;
  return (reference.uid ?? '') === '' || reference.uid === uid;
}

/** Whether a Pod on that node can reach the volume. */
export function reachableFrom(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required ?? undefined;
  return required === undefined || nodeSelectorMatcher(required)(node);
}
