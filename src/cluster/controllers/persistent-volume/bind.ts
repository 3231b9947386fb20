import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import { referenceTo } from '../../../kube/event-recorder.ts';
import { equalJson } from '../../../kube/object.ts';
import { persistentVolumeClaims, persistentVolumes } from '../refs.ts';
import type { Latest } from './latest.ts';
import {
  bindCompleted,
  boundByController,
  type ClaimObject,
  hasAnnotation,
  isBoundTo,
  type VolumeObject,
} from './matching.ts';

export type Phase = 'Available' | 'Bound' | 'Released' | 'Failed';

/** The writes of the binder; each only when it changes something. Every one may reject with a conflict. */
export class Binding {
  readonly #client: KubeClient;
  readonly #recorder: EventRecorder;
  readonly volumes: Latest<VolumeObject>;
  readonly claims: Latest<ClaimObject>;

  constructor(
    client: KubeClient,
    recorder: EventRecorder,
    volumes: Latest<VolumeObject>,
    claims: Latest<ClaimObject>,
  ) {
    this.#client = client;
    this.#recorder = recorder;
    this.volumes = volumes;
    this.claims = claims;
  }

  /** Both point to each other: first the volume, then the claim. */
  async bind(volume: VolumeObject, claim: ClaimObject): Promise<void> {
    const bound = await this.bindVolume(volume, claim);
    await this.setClaimPhase(await this.#bindClaim(claim, bound), 'Bound', bound);
  }

  /** The first half: whoever comes later finds the volume taken. */
  async bindVolume(volume: VolumeObject, claim: ClaimObject): Promise<VolumeObject> {
    const reference = volume.spec?.claimRef;
    const { name, namespace, uid } = claim.metadata;
    let bound = volume;
    if (reference?.name !== name || reference?.namespace !== namespace || reference?.uid !== uid) {
      const metadata = isBoundTo(volume, claim)
        ? volume.metadata
        : withAnnotations(volume, { [boundByController]: 'yes' });
      bound = await this.#saveVolume({
        ...volume,
        metadata,
        spec: { ...volume.spec, claimRef: referenceTo(claim) },
      });
    }
    return this.setVolumePhase(bound, 'Bound');
  }

  async #bindClaim(claim: ClaimObject, volume: VolumeObject): Promise<ClaimObject> {
    const chosen = claim.spec?.volumeName !== volume.metadata.name;
    if (!chosen && hasAnnotation(claim, bindCompleted)) return claim;
    const added = { ...(chosen ? { [boundByController]: 'yes' } : {}), [bindCompleted]: 'yes' };
    return this.saveClaim({
      ...claim,
      metadata: withAnnotations(claim, added),
      spec: { ...claim.spec, volumeName: volume.metadata.name },
    });
  }

  /** Given back: to anybody when this controller had bound it, to whom the user reserved it for when not. */
  async unbind(volume: VolumeObject): Promise<void> {
    const { [boundByController]: by, ...annotations } = volume.metadata.annotations ?? {};
    const { claimRef, ...spec } = volume.spec ?? {};
    const { uid: _, ...reserved } = claimRef ?? {};
    const draft: VolumeObject =
      by === undefined
        ? { ...volume, spec: { ...spec, claimRef: reserved } }
        : { ...volume, metadata: { ...volume.metadata, annotations }, spec };
    await this.setVolumePhase(await this.#saveVolume(draft), 'Available');
  }

  async setVolumePhase(volume: VolumeObject, phase: Phase, message = ''): Promise<VolumeObject> {
    if (volume.status?.phase === phase) return volume;
    const { message: _, ...status } = volume.status ?? {};
    const draft = { ...volume, status: { ...status, phase, ...(message === '' ? {} : { message }) } };
    const options = { subresource: 'status' };
    return this.volumes.remember(await this.#client.update(persistentVolumes, draft, options));
  }

  /** With an event when the phase changes. */
  async failVolume(volume: VolumeObject, reason: string, message: string): Promise<void> {
    if (volume.status?.phase === 'Failed') return;
    const failed = await this.setVolumePhase(volume, 'Failed', message);
    this.#recorder.event(failed, 'Warning', reason, message);
  }

  /** Without a volume it has neither size nor access modes. */
  async setClaimPhase(
    claim: ClaimObject,
    phase: 'Pending' | 'Bound' | 'Lost',
    volume?: VolumeObject,
  ): Promise<ClaimObject> {
    const { accessModes, capacity, ...rest } = claim.status ?? {};
    const becomes = rest.phase !== phase;
    // An own size of a claim that is bound already says how far its expansion is.
    const given =
      volume === undefined
        ? {}
        : {
            accessModes: volume.spec?.accessModes,
            capacity: becomes || capacity === undefined ? volume.spec?.capacity : capacity,
          };
    const status = { ...rest, phase, ...given };
    if (equalJson(status, claim.status ?? {})) return claim;
    const draft: ClaimObject = { ...claim, status };
    return this.claims.remember(
      await this.#client.update(persistentVolumeClaims, draft, { subresource: 'status' }),
    );
  }

  async loseClaim(claim: ClaimObject, reason: string, message: string): Promise<void> {
    if (claim.status?.phase === 'Lost') return;
    const lost = await this.setClaimPhase(claim, 'Lost');
    this.#recorder.event(lost, 'Warning', reason, message);
  }

  async saveClaim(draft: ClaimObject): Promise<ClaimObject> {
    return this.claims.remember(await this.#client.update(persistentVolumeClaims, draft));
  }

  async #saveVolume(draft: VolumeObject): Promise<VolumeObject> {
    return this.volumes.remember(await this.#client.update(persistentVolumes, draft));
  }
}

export const withAnnotations = (
  { metadata }: ClaimObject | VolumeObject,
  added: { readonly [name: string]: string },
): ClaimObject['metadata'] => ({ ...metadata, annotations: { ...metadata.annotations, ...added } });
