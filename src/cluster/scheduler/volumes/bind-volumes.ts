import type { Clock } from '../../../base/clock.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/api/core-v1.ts';
import type { KubeClient, ResourceRef } from '../../../kube/client.ts';
import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import type { Snapshot } from '../framework/snapshot.ts';
import {
  boundByControllerKey,
  isFullyBound,
  isMeantFor,
  reachableFrom,
  selectedNodeKey,
  selectedNodeOf,
} from './claims.ts';
import type { PodVolumes, VolumeCaches } from './pod-volumes.ts';

const volumesRef: ResourceRef = { group: '', version: 'v1', plural: 'persistentvolumes' };
const claimsRef: ResourceRef = { group: '', version: 'v1', plural: 'persistentvolumeclaims' };

/** How often upstream looks whether volumes are bound, and for how long (`bindTimeoutSeconds`). */
const lookEveryMs = 1000;
const patienceMs = 600_000;

/** The same with what is to be written already in the objects. Mirrors AssumePodVolumes. */
export function assumeVolumes(wanted: PodVolumes, node: string, caches: VolumeCaches): PodVolumes {
  const bindings = wanted.bindings.map(({ volume, claim }) => {
    const changed = meantFor(volume, claim);
    if (changed !== volume) caches.volumes.assume(changed);
    return { volume: changed, claim };
  });
  const provisions = wanted.provisions.map((claim) => {
    const changed = cloneJson(claim);
    changed.metadata = {
      ...changed.metadata,
      annotations: { ...changed.metadata?.annotations, [selectedNodeKey]: node },
    };
    caches.claims.assume(changed);
    return changed;
  });
  return { bindings, provisions };
}

export function revertVolumes({ bindings, provisions }: PodVolumes, caches: VolumeCaches): void {
  for (const { volume } of bindings) caches.volumes.restore(volume);
  for (const claim of provisions) caches.claims.restore(claim);
}

function meantFor(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const reference = volume.spec?.claimRef ?? undefined;
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = claim.metadata ?? {};
  const exact = reference?.name === name && reference.namespace === namespace && reference.uid === uid;
  const byUs = !isMeantFor(volume, claim);
  if (exact && !byUs) return volume;
  const changed = cloneJson(volume);
  changed.spec = {
    ...changed.spec,
    claimRef: {
      kind: 'PersistentVolumeClaim',
      namespace,
      name,
      uid,
      apiVersion: 'v1',
      resourceVersion,
    },
  };
  if (byUs)
    changed.metadata = {
      ...changed.metadata,
      annotations: { ...changed.metadata?.annotations, [boundByControllerKey]: 'yes' },
    };
  return changed;
}

export interface BindContext {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly caches: VolumeCaches;
  readonly snapshot: () => Snapshot;
  readonly podIsThere: (pod: PodInfo) => boolean;
}

/**
 * Writes what was assumed, and waits until the controller of volumes has bound all of it. Rejects when that cannot be any
 * more, or takes longer than ten minutes. Mirrors BindPodVolumes.
 */
export async function bindVolumes(
  context: BindContext,
  pod: PodInfo,
  node: string,
  wanted: PodVolumes,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, caches } = context;
  const written: { volumes: PersistentVolume[]; claims: PersistentVolumeClaim[] } = {
    volumes: [],
    claims: [],
  };
  for (const { volume } of wanted.bindings)
    written.volumes.push(await client.update(volumesRef, volume as PersistentVolume & KubeObject));
  for (const claim of wanted.provisions)
    written.claims.push(await client.update(claimsRef, claim as PersistentVolumeClaim & KubeObject));
  const untilMs = clock.now() + patienceMs;
  for (;;) {
    await clock.sleep(lookEveryMs, signal);
    if (!context.podIsThere(pod)) throw new Error('binding volumes: pod does not exist any more');
    if (allBound(context, caches, node, wanted, written)) return;
    if (clock.now() >= untilMs) throw new Error('binding volumes: context deadline exceeded');
  }
}

function allBound(
  { snapshot }: BindContext,
  { claims, volumes }: VolumeCaches,
  nodeName: string,
  wanted: PodVolumes,
  written: {
    readonly volumes: readonly PersistentVolume[];
    readonly claims: readonly PersistentVolumeClaim[];
  },
): boolean {
  const wrong = (text: string): never => {
    throw new Error(`binding volumes: ${text}`);
  };
  const node = snapshot().get(nodeName)?.node ?? wrong(`failed to get node "${nodeName}"`);
  const mustReach = (volume: PersistentVolume) => {
    if (!reachableFrom(volume, node))
      wrong(`pv "${volume.metadata?.name}" node affinity doesn't match node "${nodeName}"`);
  };
  for (const [at, { claim }] of wanted.bindings.entries()) {
    const ours = written.volumes[at];
    const volume = volumes.told('', ours?.metadata?.name ?? '') ?? wrong('failed to check binding');
    const told =
      claims.told(claim.metadata?.namespace ?? '', claim.metadata?.name ?? '') ??
      wrong('failed to check binding');
    if (isOlder(volume, ours)) return false;
    mustReach(volume);
    if ((volume.spec?.claimRef?.uid ?? '') === '')
      wrong(`ClaimRef got reset for pv "${volume.metadata?.name}"`);
    if (!isFullyBound(told)) return false;
  }
  for (const ours of written.claims) {
    const { namespace = '', name = '' } = ours.metadata ?? {};
    const told = claims.told(namespace, name) ?? wrong('failed to check provisioning pvc');
    if (isOlder(told, ours)) return false;
    const selected = selectedNodeOf(told);
    if (selected === undefined) wrong(`selectedNode annotation reset for PVC "${name}"`);
    if (selected !== nodeName) wrong(`provisioning failed for PVC "${name}"`);
    const volumeName = told.spec?.volumeName ?? '';
    if (volumeName !== '') {
      const volume = volumes.told('', volumeName);
      if (volume === undefined) return false;
      mustReach(volume);
    }
    if (!isFullyBound(told)) return false;
  }
  return true;
}

type Versioned = PersistentVolume | PersistentVolumeClaim;
const isOlder = (told: Versioned, ours: Versioned | undefined): boolean =>
  Number(told.metadata?.resourceVersion ?? 0) < Number(ours?.metadata?.resourceVersion ?? 0);
