import type { PersistentVolumeClaim, Pod } from '../../../kube/api/core-v1.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass } from '../../../kube/api/storage-v1.ts';
import { equalJson } from '../../../kube/object.ts';
import { Action, type EventInterest } from '../framework/cluster-event.ts';
import type { CycleState, StateKey } from '../framework/cycle-state.ts';
import type { Plugin } from '../framework/plugin.ts';
import { amountOf } from '../framework/resources.ts';
import { failed, unresolvable } from '../framework/status.ts';
import { assumeVolumes, type BindContext, bindVolumes, revertVolumes } from '../volumes/bind-volumes.ts';
import { claimOf, isFullyBound, notMadeFor, usesClaim } from '../volumes/claims.ts';
import {
  findPodVolumes,
  type PodClaims,
  type PodVolumes,
  podClaims,
  type VolumeListers,
} from '../volumes/pod-volumes.ts';

const name = 'VolumeBinding';

interface Found {
  readonly claims: PodClaims;
  /** By node, what there is to do for the Pod to be there. */
  readonly byNode: Map<string, PodVolumes>;
  /** Set when the node is chosen: what was assumed. */
  assumed: PodVolumes | undefined;
}

const found: StateKey<Found> = { name };

/** A Pod's claims must be bound, or be bindable on its node, which this does before the Pod is. */
export function volumeBinding(context: BindContext, listers: VolumeListers): Plugin {
  const { caches } = context;
  return {
    name,
    events: interests,
    preFilter(state, { pod }) {
      const problem = claimProblem(pod, (claim) => caches.claims.told(pod.metadata?.namespace ?? '', claim));
      if (problem === 'none') return 'skip';
      if (problem !== undefined) return { status: unresolvable(name, problem) };
      const claims = podClaims(pod, caches, listers);
      if (claims.immediate.length > 0)
        return { status: unresolvable(name, 'pod has unbound immediate PersistentVolumeClaims') };
      state.write(found, { claims, byNode: new Map(), assumed: undefined });
      return undefined;
    },
    filter(state, _pod, { node, name: nodeName }) {
      const known = state.read(found);
      if (known === undefined) return undefined;
      try {
        const { volumes, reasons } = findPodVolumes(known.claims, node, caches, listers);
        if (reasons.length > 0) return unresolvable(name, ...reasons);
        known.byNode.set(nodeName, volumes);
        return undefined;
      } catch (error) {
        return failed(name, error);
      }
    },
    reserve(state, { pod }, node) {
      const known = state.read(found);
      const volumes = known?.byNode.get(node);
      if (known === undefined || volumes === undefined || areBound(pod)) return undefined;
      known.assumed = assumeVolumes(volumes, node, caches);
      return undefined;
    },
    unreserve(state: CycleState) {
      const assumed = state.read(found)?.assumed;
      if (assumed !== undefined) revertVolumes(assumed, caches);
    },
    async preBind(state, pod, node, signal) {
      const assumed = state.read(found)?.assumed;
      if (assumed !== undefined) await bindVolumes(context, pod, node, assumed, signal);
    },
  };

  function areBound(pod: Pod): boolean {
    return (pod.spec?.volumes ?? []).every((volume) => {
      const wanted = claimOf(pod, volume);
      const claim =
        wanted === undefined ? undefined : caches.claims.get(pod.metadata?.namespace ?? '', wanted.name);
      return wanted === undefined || (claim !== undefined && isFullyBound(claim));
    });
  }
}

/** `none`: it has no claims. undefined: all of them are there and fit for use. Mirrors podHasPVCs. */
function claimProblem(
  pod: Pod,
  claimNamed: (claim: string) => PersistentVolumeClaim | undefined,
): string | 'none' | undefined {
  let any = false;
  for (const volume of pod.spec?.volumes ?? []) {
    const wanted = claimOf(pod, volume);
    if (wanted === undefined) continue;
    any = true;
    const claim = claimNamed(wanted.name);
    if (claim === undefined)
      return wanted.ephemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${wanted.name}"`
        : `persistentvolumeclaim "${wanted.name}" not found`;
    if (claim.status?.phase === 'Lost')
      return `persistentvolumeclaim "${wanted.name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
    if ((claim.metadata?.deletionTimestamp ?? '') !== '')
      return `persistentvolumeclaim "${wanted.name}" is being deleted`;
    const foreign = wanted.ephemeral ? notMadeFor(pod, claim) : undefined;
    if (foreign !== undefined) return foreign;
  }
  return any ? undefined : 'none';
}

const migratedKey = 'storage.alpha.kubernetes.io/migrated-plugins';
const created = Action.add | Action.update;

const interests: readonly EventInterest[] = [
  {
    resource: 'StorageClass',
    action: created,
    hint: (_pod, { before, after }) => {
      const [old, now] = [before as StorageClass | undefined, after as StorageClass | undefined];
      return old === undefined || !equalJson(old.allowedTopologies ?? [], now?.allowedTopologies ?? []);
    },
  },
  {
    resource: 'PersistentVolumeClaim',
    action: created,
    hint: (pod, { after }) => after !== undefined && usesClaim(pod, after),
  },
  { resource: 'PersistentVolume', action: created },
  { resource: 'Node', action: Action.add | Action.nodeLabel },
  {
    resource: 'CSINode',
    action: created,
    hint: (_pod, { before, after }) => {
      const migrated = (node: CSINode | undefined) => node?.metadata?.annotations?.[migratedKey];
      return before === undefined || migrated(before as CSINode) !== migrated(after as CSINode);
    },
  },
  {
    resource: 'CSIDriver',
    action: Action.update,
    hint: (pod, { before, after }) => {
      const [old, now] = [before as CSIDriver | undefined, after as CSIDriver | undefined];
      if (old?.spec.storageCapacity !== true || now?.spec.storageCapacity === true) return false;
      return (pod.spec?.volumes ?? []).some(({ csi }) => csi?.driver === now?.metadata?.name);
    },
  },
  {
    resource: 'CSIStorageCapacity',
    action: created,
    hint: (_pod, { before, after }) => {
      const limit = (capacity: CSIStorageCapacity | undefined) => {
        const text = capacity?.maximumVolumeSize ?? capacity?.capacity;
        return text === undefined ? -1 : amountOf('storage', text);
      };
      const old = before as unknown as CSIStorageCapacity | undefined;
      return old === undefined || limit(after as unknown as CSIStorageCapacity | undefined) > limit(old);
    },
  },
];
