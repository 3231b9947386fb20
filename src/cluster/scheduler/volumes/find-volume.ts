import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../kube/api/core-v1.ts';
import { compareQuantities, parseQuantity, type Quantity } from '../../../kube/quantity.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { classOf, isMeantFor, reachableFrom } from './claims.ts';

/** The size that the claim asks for, or that the volume has. */
export function storageOf(texts: { readonly [name: string]: string } | undefined): Quantity {
  return parseQuantity(texts?.['storage'] ?? '0');
}

/**
 * The smallest volume that fits the claim and can be reached from the node; one that is meant for the claim goes first.
 * Mirrors component-helpers/storage/volume FindMatchingVolume.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  node: Node,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const { spec } = claim;
  const wanted = storageOf(spec?.resources?.requests);
  const selector =
    (spec?.selector ?? undefined) === undefined ? undefined : labelSelectorFrom(spec?.selector);
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (taken.has(volume.metadata?.name ?? '')) continue;
    const meant = isMeantFor(volume, claim);
    if ((volume.spec?.claimRef ?? undefined) !== undefined && !meant) continue;
    if (compareQuantities(storageOf(volume.spec?.capacity), wanted) < 0) continue;
    if ((volume.spec?.volumeMode ?? 'Filesystem') !== (spec?.volumeMode ?? 'Filesystem')) continue;
    if ((volume.spec?.volumeAttributesClassName ?? '') !== '') continue;
    if ((volume.metadata?.deletionTimestamp ?? '') !== '') continue;
    const reachable = reachableFrom(volume, node);
    if (meant) return reachable ? volume : undefined;
    if (volume.status?.phase !== 'Available') continue;
    if (selector !== undefined && !selector.matches(volume.metadata?.labels)) continue;
    if (classOf(volume) !== classOf(claim) || !reachable) continue;
    const modes = volume.spec?.accessModes ?? [];
    if (!(spec?.accessModes ?? []).every((mode) => modes.includes(mode))) continue;
    const smaller =
      smallest === undefined ||
      compareQuantities(storageOf(smallest.spec?.capacity), storageOf(volume.spec?.capacity)) > 0;
    if (smaller) smallest = volume;
  }
  return smallest;
}
