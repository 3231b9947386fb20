import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import { ignoring, isNotFound } from '../controller.ts';
import { persistentVolumeClaims, persistentVolumes } from '../refs.ts';
import type { Binding } from './bind.ts';
import { resyncMs } from './claims.ts';
import { type ClaimObject, hasAnnotation, modesDiffer, type VolumeObject } from './matching.ts';

export const provisionedBy = 'pv.kubernetes.io/provisioned-by';

/** Brings volumes to what their claims are. Mirrors syncVolume and reclaimVolume of pkg/controller/volume/persistentvolume. */
export class Volumes {
  readonly #binding: Binding;
  readonly #client: KubeClient;
  readonly #recorder: EventRecorder;
  readonly #syncClaim: (claim: ClaimObject) => void;

  constructor(
    binding: Binding,
    client: KubeClient,
    recorder: EventRecorder,
    syncClaim: (claim: ClaimObject) => void,
  ) {
    this.#binding = binding;
    this.#client = client;
    this.#recorder = recorder;
    this.#syncClaim = syncClaim;
  }

  /** Resolves with the milliseconds after which it must be looked at again, if ever. */
  async sync(volume: VolumeObject): Promise<number | undefined> {
    const reference = volume.spec?.claimRef;
    if ((reference?.uid ?? '') === '') {
      await this.#binding.setVolumePhase(volume, 'Available');
      return undefined;
    }
    const claim = await this.#claimOf(volume);
    if (claim === undefined) return this.#release(volume);
    const bound = claim.spec?.volumeName ?? '';
    if (bound === '') {
      if (modesDiffer(claim, volume)) this.#tellMismatch(volume, claim);
      else this.#syncClaim(claim);
    } else if (bound === volume.metadata.name) await this.#binding.setVolumePhase(volume, 'Bound');
    else if (hasAnnotation(volume, provisionedBy) && reclaimOf(volume) === 'Delete')
      // Made for a claim that was bound to another one in the end.
      return this.#release(volume);
    else await this.#binding.unbind(volume);
    return undefined;
  }

  /** Of the same name and UID; asked of the API before a volume is given up for the lack of it. */
  async #claimOf(volume: VolumeObject): Promise<ClaimObject | undefined> {
    const { namespace = '', name = '', uid } = volume.spec?.claimRef ?? {};
    const known = this.#binding.claims.get(namespace, name);
    if (known?.metadata.uid === uid) return known;
    if (known === undefined && ['Released', 'Failed'].includes(volume.status?.phase ?? '')) return undefined;
    const current = await this.#client.find<ClaimObject>(persistentVolumeClaims, namespace, name);
    return current?.metadata.uid === uid ? current : undefined;
  }

  #tellMismatch(volume: VolumeObject, claim: ClaimObject): void {
    const reason = 'VolumeMismatch';
    const to = `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${claim.metadata.name}" due to incompatible volumeMode.`;
    this.#recorder.event(volume, 'Warning', reason, to);
    const from = `Cannot bind PersistentVolume "${volume.metadata.name}" to requested PersistentVolumeClaim due to incompatible volumeMode.`;
    this.#recorder.event(claim, 'Warning', reason, from);
  }

  async #release(volume: VolumeObject): Promise<number | undefined> {
    const failed = volume.status?.phase === 'Failed';
    // A failure stays to be seen, while it is tried again.
    const released = failed ? volume : await this.#binding.setVolumePhase(volume, 'Released');
    switch (reclaimOf(volume)) {
      case 'Retain':
        return undefined;
      case 'Recycle':
        return this.#recycle(released);
      case 'Delete':
        return this.#delete(released);
      default:
        await this.#binding.failVolume(
          released,
          'VolumeUnknownReclaimPolicy',
          'Volume has unrecognized PersistentVolumeReclaimPolicy',
        );
        return undefined;
    }
  }

  async #recycle(volume: VolumeObject): Promise<number | undefined> {
    if (volume.spec?.hostPath === undefined && volume.spec?.nfs === undefined) {
      await this.#binding.failVolume(
        volume,
        'VolumeFailedRecycle',
        'No recycler plugin found for the volume!',
      );
      return resyncMs;
    }
    this.#recorder.event(volume, 'Normal', 'VolumeRecycled', 'Volume recycled');
    await this.#binding.unbind(volume);
    return undefined;
  }

  async #delete(volume: VolumeObject): Promise<number | undefined> {
    const { name = '', annotations } = volume.metadata;
    // Whoever made it deletes it.
    if ((annotations?.[provisionedBy] ?? '') !== '') return undefined;
    const path = volume.spec?.hostPath?.path;
    let why: string | undefined;
    if (path === undefined)
      why = `error getting deleter volume plugin for volume "${name}": no deletable volume plugin matched`;
    else if (!/\/tmp\/./.test(path))
      why = `host_path deleter only supports /tmp/.+ but received provided ${path}`;
    if (why !== undefined) {
      await this.#binding.failVolume(volume, 'VolumeFailedDelete', why);
      return resyncMs;
    }
    if (volume.metadata.deletionTimestamp === undefined)
      await ignoring(isNotFound, this.#client.delete(persistentVolumes, '', name));
    return undefined;
  }
}

const reclaimOf = ({ spec }: VolumeObject): string => spec?.persistentVolumeReclaimPolicy ?? 'Retain';
