import type { PersistentVolumeClaim, Pod, Volume } from '../../../kube/api/core-v1.ts';
import { Action } from '../framework/cluster-event.ts';
import type { CycleState, StateKey } from '../framework/cycle-state.ts';
import type { Lister } from '../framework/listers.ts';
import type { Plugin } from '../framework/plugin.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import { unresolvable, unschedulable } from '../framework/status.ts';

const name = 'VolumeRestrictions';
const diskTaken = unschedulable(name, 'node(s) had no available disk');
const claimTaken = unschedulable(
  name,
  'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
);

interface Exclusive {
  /** Names of the Pod's claims that only one Pod may use. */
  readonly claims: ReadonlySet<string>;
  users: number;
}

const exclusive: StateKey<Exclusive> = { name, clone: ({ claims, users }) => ({ claims, users }) };

/** Disks that one Pod at a time may have, and claims that are ReadWriteOncePod. */
export function volumeRestrictions(claims: Lister<PersistentVolumeClaim>): Plugin {
  return {
    name,
    events: [
      { resource: 'Pod', action: Action.delete, hint: (pod, { before }) => freesVolume(pod, before) },
      { resource: 'Node', action: Action.add },
      {
        resource: 'PersistentVolumeClaim',
        action: Action.add,
        hint: (pod, { after }) =>
          pod.metadata?.namespace === after?.metadata.namespace &&
          claimNames(pod).includes(after?.metadata.name ?? ''),
      },
    ],
    preFilter(state, pod, snapshot) {
      const needsDisk = (pod.pod.spec?.volumes ?? []).some(isDisk);
      const names = new Set<string>();
      for (const wanted of pod.needs.claims) {
        const claim = claims.get(pod.namespace, wanted);
        if (claim === undefined)
          return { status: unresolvable(name, `persistentvolumeclaim "${wanted}" not found`) };
        if (claim.spec?.accessModes?.includes('ReadWriteOncePod') === true) names.add(wanted);
      }
      const users = [...names].filter((claim) => snapshot.usesClaim(`${pod.namespace}/${claim}`)).length;
      if (!needsDisk && users === 0) return 'skip';
      state.write(exclusive, { claims: names, users });
      return undefined;
    },
    podAdded: (state, _pod, other) => follow(state, other, 1),
    podRemoved: (state, _pod, other) => follow(state, other, -1),
    filter(state, { pod }, { pods }) {
      for (const volume of pod.spec?.volumes ?? [])
        if (isDisk(volume) && pods.some((other) => clashes(volume, other.pod))) return diskTaken;
      return (state.read(exclusive)?.users ?? 0) > 0 ? claimTaken : undefined;
    },
  };
}

function follow(state: CycleState, other: PodInfo, sign: 1 | -1): void {
  const known = state.read(exclusive);
  if (known === undefined) return;
  for (const claim of other.needs.claims) if (known.claims.has(claim)) known.users += sign;
}

const claimNames = (pod: Pod): readonly string[] =>
  (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

function freesVolume(pod: Pod, before: unknown): boolean {
  const gone = before as Pod | undefined;
  if (gone === undefined || gone.metadata?.namespace !== pod.metadata?.namespace) return false;
  if ((pod.spec?.volumes ?? []).some((volume) => isDisk(volume) && clashes(volume, gone))) return true;
  const wanted = claimNames(pod);
  return claimNames(gone).some((claim) => wanted.includes(claim));
}

const isDisk = ({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }: Volume): boolean =>
  Boolean(gcePersistentDisk ?? awsElasticBlockStore ?? rbd ?? iscsi);

function clashes(volume: Volume, other: Pod): boolean {
  const bothRead = (a: { readOnly?: boolean | undefined }, b: { readOnly?: boolean | undefined }) =>
    a.readOnly === true && b.readOnly === true;
  return (other.spec?.volumes ?? []).some((theirs) => {
    const [disk, theirDisk] = [volume.gcePersistentDisk, theirs.gcePersistentDisk];
    if (disk && theirDisk && disk.pdName === theirDisk.pdName && !bothRead(disk, theirDisk)) return true;
    const [block, theirBlock] = [volume.awsElasticBlockStore, theirs.awsElasticBlockStore];
    if (block && theirBlock && block.volumeID === theirBlock.volumeID) return true;
    const [target, theirTarget] = [volume.iscsi, theirs.iscsi];
    if (target && theirTarget && target.iqn === theirTarget.iqn && !bothRead(target, theirTarget))
      return true;
    const [image, theirImage] = [volume.rbd, theirs.rbd];
    if (!image || !theirImage || bothRead(image, theirImage)) return false;
    return (
      (image.monitors ?? []).some((monitor) => (theirImage.monitors ?? []).includes(monitor)) &&
      (image.pool ?? 'rbd') === (theirImage.pool ?? 'rbd') &&
      image.image === theirImage.image
    );
  });
}
