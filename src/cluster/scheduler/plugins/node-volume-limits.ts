import type { Pod } from '../../../kube/api/core-v1.ts';
import { Action } from '../framework/cluster-event.ts';
import type { Listers } from '../framework/listers.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable, unschedulable } from '../framework/status.ts';
import { claimOf, classOf, usesClaim } from '../volumes/claims.ts';

const name = 'NodeVolumeLimits';
const refusal = unschedulable(name, 'node(s) exceed max volume count');

type LimitListers = Pick<Listers, 'claims' | 'volumes' | 'classes' | 'csiNodes' | 'attachments'>;

/** How many volumes of a CSI driver a node takes, by its CSINode. */
export function nodeVolumeLimits(listers: LimitListers): Plugin {
  return {
    name,
    events: [
      { resource: 'CSINode', action: Action.add },
      {
        resource: 'Pod',
        action: Action.delete,
        hint: (_pod, { before }) => {
          const gone = before as Pod | undefined;
          return (gone?.spec?.nodeName ?? '') !== '' && gone !== undefined && hasClaims(gone);
        },
      },
      {
        resource: 'PersistentVolumeClaim',
        action: Action.add,
        hint: (pod, { after }) => after !== undefined && usesClaim(pod, after),
      },
      { resource: 'VolumeAttachment', action: Action.delete },
    ],
    preFilter: (_state, { pod }) => (hasClaims(pod) ? undefined : 'skip'),
    filter(_state, { pod, namespace }, node) {
      const limits = new Map<string, number>();
      for (const { name: driver, allocatable } of listers.csiNodes.get('', node.name)?.spec.drivers ?? [])
        if ((allocatable?.count ?? undefined) !== undefined) limits.set(driver, allocatable?.count ?? 0);
      const { found: wanted, missing } = volumesOf(pod, listers);
      if (missing !== undefined)
        return unresolvable(
          name,
          `looking up PVC ${namespace}/${missing}: persistentvolumeclaim "${missing}" not found`,
        );
      if (wanted.size === 0 || limits.size === 0) return undefined;
      const attached = new Map<string, string>();
      for (const other of node.pods)
        for (const [volume, driver] of volumesOf(other.pod, listers).found) attached.set(volume, driver);
      for (const { spec } of listers.attachments.list()) {
        if (spec.nodeName !== node.name) continue;
        const volume = listers.volumes.get('', spec.source.persistentVolumeName ?? '');
        const csi = volume?.spec?.csi;
        if (csi) attached.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
      }
      for (const [driver, limit] of limits) {
        const fresh = [...wanted].filter(([volume, its]) => its === driver && !attached.has(volume)).length;
        const there = [...attached.values()].filter((its) => its === driver).length;
        if (fresh > 0 && there + fresh > limit) return refusal;
      }
      return undefined;
    },
  };
}

const hasClaims = (pod: Pod): boolean =>
  (pod.spec?.volumes ?? []).some((volume) => claimOf(pod, volume) !== undefined);

/** Drivers by volume, and the name of a claim that is not there. */
function volumesOf(
  pod: Pod,
  { claims, volumes, classes }: LimitListers,
): { readonly found: ReadonlyMap<string, string>; readonly missing: string | undefined } {
  let missing: string | undefined;
  const found = new Map<string, string>();
  const namespace = pod.metadata?.namespace ?? '';
  for (const volume of pod.spec?.volumes ?? []) {
    const wanted = claimOf(pod, volume);
    if (wanted === undefined) continue;
    const claim = claims.get(namespace, wanted.name);
    if (claim === undefined) {
      missing ??= wanted.name;
      continue;
    }
    const bound = volumes.get('', claim.spec?.volumeName ?? '');
    if (bound !== undefined) {
      const csi = bound.spec?.csi;
      if (csi) found.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
      continue;
    }
    const driver = classes.get('', classOf(claim))?.provisioner;
    // Not made yet: it counts under a name of its own.
    if (driver !== undefined) found.set(`claim ${namespace}/${wanted.name}`, driver);
  }
  return { found, missing };
}
