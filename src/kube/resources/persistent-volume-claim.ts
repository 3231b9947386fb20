import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../api/core-v1.ts';
import { asKind } from '../object.ts';
import { persistentVolumeClaimTable } from '../printers/storage.ts';
import {
  claimWarnings,
  validateClaim,
  validateClaimStatus,
  validateClaimUpdate,
} from '../validation/persistent-volume-claim.ts';
import type { ResourceDefinition } from './definition.ts';
import { keepSpec } from './workload.ts';

/** Sources other than claims and snapshots are dropped from the old field. Mirrors pkg/api/persistentvolumeclaim. */
function dropDataSource(spec: PersistentVolumeClaimSpec): void {
  const { dataSource } = spec;
  if (dataSource === undefined || spec.dataSourceRef !== undefined) return;
  const known =
    (dataSource.kind === 'PersistentVolumeClaim' && !dataSource.apiGroup) ||
    (dataSource.kind === 'VolumeSnapshot' && dataSource.apiGroup === 'snapshot.storage.k8s.io');
  if (!known) delete spec.dataSource;
}

/** Both fields say the same. */
function mirrorDataSource(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef !== undefined && dataSource === undefined && !dataSourceRef.namespace) {
    const { namespace: _, ...rest } = dataSourceRef;
    spec.dataSource = rest;
  }
}

export const persistentVolumeClaim: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  namespaced: true,
  shortNames: ['pvc'],
  returnsDeletedObject: true,
  defaults(draft) {
    const claim = asKind<PersistentVolumeClaim>(draft);
    claim.spec ??= {};
    claim.spec.volumeMode ??= 'Filesystem';
    claim.status = { ...claim.status, phase: claim.status?.phase || 'Pending' };
  },
  prepareForCreate(draft) {
    const claim = asKind<PersistentVolumeClaim>(draft);
    claim.status = { phase: 'Pending' };
    claim.spec ??= {};
    // The gates for attribute classes and for sources in other namespaces are off.
    delete claim.spec.volumeAttributesClassName;
    if (claim.spec.dataSourceRef?.namespace) delete claim.spec.dataSourceRef;
    dropDataSource(claim.spec);
    mirrorDataSource(claim.spec);
  },
  prepareForUpdate(draft, old) {
    const claim = asKind<PersistentVolumeClaim>(draft);
    const before = asKind<PersistentVolumeClaim>(old);
    claim.status = before.status;
    claim.spec ??= {};
    if (before.spec?.volumeAttributesClassName === undefined) delete claim.spec.volumeAttributesClassName;
    if (before.spec?.dataSource === undefined && before.spec?.dataSourceRef === undefined)
      dropDataSource(claim.spec);
    // Old clients leave out the newer field.
    else if (claim.spec.dataSource !== undefined) mirrorDataSource(claim.spec);
  },
  validate: (object) => validateClaim(asKind<PersistentVolumeClaim>(object)),
  validateUpdate: (object, old) =>
    validateClaimUpdate(asKind<PersistentVolumeClaim>(object), asKind<PersistentVolumeClaim>(old)),
  warnings: (object) => claimWarnings(asKind<PersistentVolumeClaim>(object)),
  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate: (object) => validateClaimStatus(asKind<PersistentVolumeClaim>(object)),
    },
  },
  table: persistentVolumeClaimTable,
};
