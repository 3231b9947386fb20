import type { PersistentVolume } from '../api/core-v1.ts';
import { asKind } from '../object.ts';
import { persistentVolumeTable } from '../printers/storage.ts';
import { validatePersistentVolume, validatePersistentVolumeUpdate } from '../validation/persistent-volume.ts';
import { betaClassAnnotation } from '../validation/persistent-volume-claim.ts';
import type { ResourceDefinition } from './definition.ts';
import { keepSpec } from './workload.ts';

export const persistentVolume: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  namespaced: false,
  shortNames: ['pv'],
  returnsDeletedObject: true,
  defaults(draft) {
    const volume = asKind<PersistentVolume>(draft);
    volume.spec ??= {};
    volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
    volume.spec.volumeMode ??= 'Filesystem';
    if (volume.spec.hostPath !== undefined) volume.spec.hostPath.type ??= '';
    volume.status = { ...volume.status, phase: volume.status?.phase || 'Pending' };
  },
  prepareForCreate(draft, { now }) {
    const volume = asKind<PersistentVolume>(draft);
    // The gate for attribute classes is off.
    delete volume.spec?.volumeAttributesClassName;
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: now };
  },
  validate: (object) => validatePersistentVolume(asKind<PersistentVolume>(object)),
  validateUpdate: (object, old) =>
    validatePersistentVolumeUpdate(asKind<PersistentVolume>(object), asKind<PersistentVolume>(old)),
  warnings(object) {
    const { metadata, spec } = asKind<PersistentVolume>(object);
    const warnings: string[] = [];
    if (metadata?.annotations?.[betaClassAnnotation] !== undefined)
      warnings.push(
        `metadata.annotations[${betaClassAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`,
      );
    if (metadata?.annotations?.['volume.beta.kubernetes.io/mount-options'] !== undefined)
      warnings.push(
        'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
      );
    if (spec?.persistentVolumeReclaimPolicy === 'Recycle')
      warnings.push(
        'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      );
    return warnings;
  },
  subresources: {
    status: {
      /** A new phase gets its time, unless the writer says it. */
      prepareForUpdate(draft, old, { now }) {
        keepSpec(draft, old);
        const status = asKind<PersistentVolume>(draft).status;
        const before = asKind<PersistentVolume>(old).status;
        if (status === undefined) return;
        const said = status.lastPhaseTransitionTime ?? undefined;
        const time = before?.lastPhaseTransitionTime;
        if (status.phase === before?.phase) {
          if (said === undefined && time !== undefined) status.lastPhaseTransitionTime = time;
        } else if (said === undefined || said === time) status.lastPhaseTransitionTime = now;
      },
    },
  },
  table: persistentVolumeTable,
};
