import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/api/core-v1.ts';
import type { StorageClass } from '../../../kube/api/storage-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { compareQuantities, parseQuantity, type Quantity, quantityOf } from '../../../kube/quantity.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';

export type VolumeObject = PersistentVolume & KubeObject;
export type ClaimObject = PersistentVolumeClaim & KubeObject;
export type ClassObject = StorageClass & KubeObject;

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';
export const bindCompleted = 'pv.kubernetes.io/bind-completed';
export const boundByController = 'pv.kubernetes.io/bound-by-controller';
export const selectedNode = 'volume.kubernetes.io/selected-node';

export const hasAnnotation = (object: KubeObject, name: string): boolean =>
  Object.hasOwn(object.metadata.annotations ?? {}, name);

/** '' when it wants none. */
export const classOf = (object: VolumeObject | ClaimObject): string =>
  object.metadata.annotations?.[classAnnotation] ?? object.spec?.storageClassName ?? '';

/** Whether it says something of its class, if only that it wants none. */
export const namesClass = (claim: ClaimObject): boolean =>
  hasAnnotation(claim, classAnnotation) || typeof claim.spec?.storageClassName === 'string';

/** What is stored or asked for, never an error: a text that is no quantity counts as nothing. */
function storageOf(amounts: { [key: string]: string } | undefined): Quantity {
  try {
    return parseQuantity(amounts?.['storage'] ?? '0');
  } catch {
    return quantityOf(0);
  }
}
export const sizeOf = (volume: VolumeObject): Quantity => storageOf(volume.spec?.capacity);
export const wantedSizeOf = (claim: ClaimObject): Quantity => storageOf(claim.spec?.resources?.requests);
export const givenSizeOf = (claim: ClaimObject): Quantity => storageOf(claim.status?.capacity);

/** Reserved for this claim or bound to it. Mirrors storagehelpers.IsVolumeBoundToClaim. */
export function isBoundTo({ spec }: VolumeObject, { metadata }: ClaimObject): boolean {
  const reference = spec?.claimRef;
  if (reference === undefined) return false;
  if (reference.name !== metadata.name || reference.namespace !== metadata.namespace) return false;
  return (reference.uid ?? '') === '' || reference.uid === metadata.uid;
}

export const modesDiffer = (claim: ClaimObject, volume: VolumeObject): boolean =>
  (claim.spec?.volumeMode ?? 'Filesystem') !== (volume.spec?.volumeMode ?? 'Filesystem');

const offersModes = (claim: ClaimObject, volume: VolumeObject): boolean =>
  (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode));

/** Why the volume that a claim asks for by name cannot be its own; undefined when it can. */
export function whyNot(volume: VolumeObject, claim: ClaimObject): string | undefined {
  if (volume.metadata.deletionTimestamp !== undefined)
    return `the volume is marked for deletion "${volume.metadata.name}"`;
  if (compareQuantities(sizeOf(volume), wantedSizeOf(claim)) < 0) return 'requested PV is too small';
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if ((volume.spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? ''))
    return 'volumeAttributesClassName does not match';
  if (modesDiffer(claim, volume)) return 'incompatible volumeMode';
  return offersModes(claim, volume) ? undefined : 'incompatible accessMode';
}

/**
 * The volume reserved for the claim, or the smallest that fits, of those with the fewest access modes; none but a reserved
 * one when the scheduler is to choose (`delayed`). Mirrors the index of the binder and volume.FindMatchingVolume.
 */
export function bestMatch(
  claim: ClaimObject,
  volumes: readonly VolumeObject[],
  delayed: boolean,
): VolumeObject | undefined {
  const wanted = wantedSizeOf(claim);
  const selector = claim.spec?.selector === undefined ? undefined : labelSelectorFrom(claim.spec.selector);
  let best: VolumeObject | undefined;
  for (const volume of byModes(volumes.filter((one) => offersModes(claim, one)))) {
    const reserved = isBoundTo(volume, claim);
    if (volume.spec?.claimRef !== undefined && !reserved) continue;
    if (compareQuantities(sizeOf(volume), wanted) < 0 || modesDiffer(claim, volume)) continue;
    if (volume.metadata.deletionTimestamp !== undefined) continue;
    if (reserved) return volume;
    if (delayed || volume.status?.phase !== 'Available') continue;
    if (selector !== undefined && !selector.matches(volume.metadata.labels ?? {})) continue;
    if (classOf(volume) !== classOf(claim)) continue;
    if (best === undefined) best = volume;
    else if (modeCount(volume) === modeCount(best) && compareQuantities(sizeOf(best), sizeOf(volume)) > 0)
      best = volume;
  }
  return best;
}

const modeCount = ({ spec }: VolumeObject): number => new Set(spec?.accessModes ?? []).size;

function byModes(volumes: readonly VolumeObject[]): readonly VolumeObject[] {
  return [...volumes].sort(
    (a, b) => modeCount(a) - modeCount(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1),
  );
}
