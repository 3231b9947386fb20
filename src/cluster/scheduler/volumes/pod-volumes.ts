import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../kube/api/core-v1.ts';
import type { StorageClass } from '../../../kube/api/storage-v1.ts';
import { compareQuantities } from '../../../kube/quantity.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import type { Listers } from '../framework/listers.ts';
import { amountOf } from '../framework/resources.ts';
import type { AssumeCache } from './assume-cache.ts';
import { claimOf, classOf, isFullyBound, notMadeFor, reachableFrom, selectedNodeOf } from './claims.ts';
import { findVolume, storageOf } from './find-volume.ts';

export type VolumeListers = Pick<Listers, 'classes' | 'csiDrivers' | 'capacities'>;

export interface VolumeCaches {
  readonly claims: AssumeCache<PersistentVolumeClaim>;
  readonly volumes: AssumeCache<PersistentVolume>;
}

/** A Pod's claims by what is still to be done for them. */
export interface PodClaims {
  readonly bound: readonly PersistentVolumeClaim[];
  /** Waiting for a Pod: to be bound on the node that it gets. */
  readonly delayed: readonly PersistentVolumeClaim[];
  /** Somebody else has to bind them first. */
  readonly immediate: readonly PersistentVolumeClaim[];
  /** By class, the volumes that delayed claims may take. */
  readonly candidates: ReadonlyMap<string, readonly PersistentVolume[]>;
}

/** What has to be written for the Pod to start on one node. */
export interface PodVolumes {
  readonly bindings: readonly { readonly volume: PersistentVolume; readonly claim: PersistentVolumeClaim }[];
  readonly provisions: readonly PersistentVolumeClaim[];
}

const noSuchVolume = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
const outOfReach = 'node(s) had volume node affinity conflict';
const noVolume = "node(s) didn't find available persistent volumes to bind";
const noSpace = 'node(s) did not have enough free storage';

/** Throws an Error when a class is not as it should be. Mirrors GetPodVolumeClaims. */
export function podClaims(pod: Pod, caches: VolumeCaches, listers: VolumeListers): PodClaims {
  const bound: PersistentVolumeClaim[] = [];
  const delayed: PersistentVolumeClaim[] = [];
  const immediate: PersistentVolumeClaim[] = [];
  const namespace = pod.metadata?.namespace ?? '';
  for (const volume of pod.spec?.volumes ?? []) {
    const wanted = claimOf(pod, volume);
    if (wanted === undefined) continue;
    const claim = caches.claims.get(namespace, wanted.name);
    if (claim === undefined) throw new Error(`error getting PVC "${namespace}/${wanted.name}"`);
    const foreign = wanted.ephemeral ? notMadeFor(pod, claim) : undefined;
    if (foreign !== undefined) throw new Error(foreign);
    if (isFullyBound(claim)) bound.push(claim);
    else if (waitsForConsumer(claim, listers) && (claim.spec?.volumeName ?? '') === '') delayed.push(claim);
    else immediate.push(claim);
  }
  const candidates = new Map<string, readonly PersistentVolume[]>();
  for (const claim of delayed) {
    const wanted = classOf(claim);
    if (!candidates.has(wanted))
      candidates.set(
        wanted,
        caches.volumes.list().filter((volume) => classOf(volume) === wanted),
      );
  }
  return { bound, delayed, immediate, candidates };
}

function waitsForConsumer(claim: PersistentVolumeClaim, { classes }: VolumeListers): boolean {
  const name = classOf(claim);
  const found = name === '' ? undefined : classes.get('', name);
  if (found === undefined) return false;
  if ((found.volumeBindingMode ?? '') === '')
    throw new Error(`VolumeBindingMode not set for StorageClass "${name}"`);
  return found.volumeBindingMode === 'WaitForFirstConsumer';
}

/** What it takes on this node, or upstream's reasons why it cannot be there. Mirrors FindPodVolumes. */
export function findPodVolumes(
  claims: PodClaims,
  node: Node,
  caches: VolumeCaches,
  listers: VolumeListers,
): { readonly volumes: PodVolumes; readonly reasons: readonly string[] } {
  const reasons: string[] = [];
  const bindings: { volume: PersistentVolume; claim: PersistentVolumeClaim }[] = [];
  const provisions: PersistentVolumeClaim[] = [];
  const result = { volumes: { bindings, provisions }, reasons };
  for (const claim of claims.bound) {
    const volume = caches.volumes.get('', claim.spec?.volumeName ?? '');
    if (volume !== undefined && reachableFrom(volume, node)) continue;
    reasons.push(volume === undefined ? noSuchVolume : outOfReach);
    break;
  }
  const toFind: PersistentVolumeClaim[] = [];
  const toProvision: PersistentVolumeClaim[] = [];
  for (const claim of claims.delayed) {
    const selected = selectedNodeOf(claim);
    if (selected === undefined) toFind.push(claim);
    else if (selected === node.metadata?.name) toProvision.push(claim);
    else {
      reasons.push(noVolume);
      return result;
    }
  }
  const taken = new Set<string>();
  for (const claim of [...toFind].sort(bySize)) {
    const volume = findVolume(claim, claims.candidates.get(classOf(claim)) ?? [], node, taken);
    if (volume === undefined) toProvision.push(claim);
    else {
      taken.add(volume.metadata?.name ?? '');
      bindings.push({ volume, claim });
    }
  }
  for (const claim of toProvision) {
    const storageClass = listers.classes.get('', classOf(claim));
    if (storageClass === undefined) throw new Error(`failed to find storage class "${classOf(claim)}"`);
    const reason = provisionProblem(claim, storageClass, node, listers);
    if (reason !== undefined) {
      reasons.push(reason);
      provisions.length = 0;
      return result;
    }
    provisions.push(claim);
  }
  return result;
}

const bySize = (a: PersistentVolumeClaim, b: PersistentVolumeClaim): number =>
  compareQuantities(storageOf(a.spec?.resources?.requests), storageOf(b.spec?.resources?.requests));

function provisionProblem(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  node: Node,
  listers: VolumeListers,
): string | undefined {
  const { provisioner, allowedTopologies = [] } = storageClass;
  if (provisioner === '' || provisioner === 'kubernetes.io/no-provisioner') return noVolume;
  const labels = node.metadata?.labels ?? {};
  const allowed = (allowedTopologies ?? []).some(({ matchLabelExpressions = [] }) =>
    (matchLabelExpressions ?? []).every(
      ({ key, values }) => Object.hasOwn(labels, key) && (values ?? []).includes(labels[key] ?? ''),
    ),
  );
  if ((allowedTopologies ?? []).length > 0 && !allowed) return noVolume;
  const size = claim.spec?.resources?.requests?.['storage'];
  if (size === undefined || listers.csiDrivers.get('', provisioner)?.spec?.storageCapacity !== true)
    return undefined;
  const enough = listers.capacities.list().some(({ storageClassName, nodeTopology, ...room }) => {
    const limit = room.maximumVolumeSize ?? room.capacity;
    if (storageClassName !== storageClass.metadata?.name || limit === undefined) return false;
    if (amountOf('storage', limit) < amountOf('storage', size)) return false;
    return labelSelectorFrom(nodeTopology).matches(labels);
  });
  return enough ? undefined : noSpace;
}
