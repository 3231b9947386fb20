import type { PersistentVolume, Pod } from '../../../kube/api/core-v1.ts';
import type { StorageClass } from '../../../kube/api/storage-v1.ts';
import { equalJson } from '../../../kube/object.ts';
import { Action } from '../framework/cluster-event.ts';
import type { StateKey } from '../framework/cycle-state.ts';
import type { Listers } from '../framework/listers.ts';
import type { Plugin } from '../framework/plugin.ts';
import { type Status, unresolvable } from '../framework/status.ts';
import { classOf } from '../volumes/claims.ts';

const name = 'VolumeZone';
const refusal = unresolvable(name, 'node(s) had no available volume zone');

/** The old names and those that took their place. */
const modern: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
]);
const zoneKeys = [...modern.keys(), ...modern.values()];

interface Zone {
  readonly key: string;
  readonly values: readonly string[];
}

const zones: StateKey<readonly Zone[]> = { name };

/** Volumes that carry a zone or region as a label can only be used there. */
export function volumeZone(listers: Pick<Listers, 'claims' | 'volumes' | 'classes'>): Plugin {
  return {
    name,
    events: [
      {
        resource: 'StorageClass',
        action: Action.add,
        hint: (_pod, { after }) =>
          (after as StorageClass | undefined)?.volumeBindingMode === 'WaitForFirstConsumer',
      },
      { resource: 'Node', action: Action.add | Action.nodeLabel },
      {
        resource: 'PersistentVolumeClaim',
        action: Action.add | Action.update,
        hint: (pod, { after }) =>
          pod.metadata?.namespace === after?.metadata.namespace &&
          claimNames(pod).includes(after?.metadata.name ?? ''),
      },
      {
        resource: 'PersistentVolume',
        action: Action.add | Action.update,
        hint: (_pod, { before, after }) =>
          before === undefined || after === undefined || !equalJson(zonesOf(before), zonesOf(after)),
      },
    ],
    preFilter(state, { pod, namespace }) {
      const wanted: Zone[] = [];
      for (const claimName of claimNames(pod)) {
        const zonesOrStatus = zonesOfClaim(listers, namespace, claimName);
        if ('code' in zonesOrStatus) return { status: zonesOrStatus };
        wanted.push(...zonesOrStatus);
      }
      if (wanted.length === 0) return 'skip';
      state.write(zones, wanted);
      return undefined;
    },
    filter(state, _pod, { labels }) {
      if (!zoneKeys.some((key) => Object.hasOwn(labels, key))) return undefined;
      for (const { key, values } of state.read(zones) ?? []) {
        const known = Object.hasOwn(labels, key) ? key : (modern.get(key) ?? key);
        if (!Object.hasOwn(labels, known) || !values.includes(labels[known] ?? '')) return refusal;
      }
      return undefined;
    },
  };
}

const claimNames = (pod: Pod): readonly string[] =>
  (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

function zonesOfClaim(
  { claims, volumes, classes }: Pick<Listers, 'claims' | 'volumes' | 'classes'>,
  namespace: string,
  claimName: string,
): readonly Zone[] | Status {
  const claim = claims.get(namespace, claimName);
  if (claim === undefined) return unresolvable(name, `persistentvolumeclaim "${claimName}" not found`);
  const volumeName = claim.spec?.volumeName ?? '';
  if (volumeName !== '') {
    const volume = volumes.get('', volumeName);
    return volume === undefined
      ? unresolvable(name, `persistentvolume "${volumeName}" not found`)
      : zonesOf(volume);
  }
  const className = classOf(claim);
  if (className === '')
    return unresolvable(name, 'PersistentVolumeClaim had no pv name and storageClass name');
  const found = classes.get('', className);
  if (found === undefined) return unresolvable(name, `storageclass.storage.k8s.io "${className}" not found`);
  if (found.volumeBindingMode === 'WaitForFirstConsumer') return [];
  return unresolvable(
    name,
    (found.volumeBindingMode ?? '') === ''
      ? `VolumeBindingMode not set for StorageClass "${className}"`
      : 'PersistentVolume had no name',
  );
}

function zonesOf(volume: PersistentVolume): readonly Zone[] {
  const labels = volume.metadata?.labels ?? {};
  return zoneKeys
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ key, values: (labels[key] ?? '').split('__').map((zone) => zone.trim()) }))
    .filter(({ values }) => !values.includes(''));
}
