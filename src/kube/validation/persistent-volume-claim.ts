import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../api/core-v1.ts';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../field-error.ts';
import { isQualifiedName } from '../names.ts';
import { compareQuantities, formatQuantity, parseQuantity, quantityMilliValue } from '../quantity.ts';
import { immutableMessage } from './messages.ts';
import { validateClaimSpec } from './pod/claim-template.ts';
import { describeChange } from './pod/diff.ts';
import { validateResourceQuantity } from './pod/resources.ts';
import { sameMeaning } from './pod/semantic.ts';

const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort();

export const betaClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** Mirrors ValidatePersistentVolumeClaimSpec. */
export function validateClaim({ spec = {} }: PersistentVolumeClaim): FieldError[] {
  const errors = validateClaimSpec(spec, 'spec');
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && dataSourceRef) {
    const wrong = (detail: string) => errors.push(invalid('spec', 'spec.dataSource', detail));
    if (dataSourceRef.namespace) wrong('may not be specified when dataSourceRef.namespace is specified');
    else if (
      (dataSource.apiGroup ?? null) !== (dataSourceRef.apiGroup ?? null) ||
      dataSource.kind !== dataSourceRef.kind ||
      dataSource.name !== dataSourceRef.name
    )
      wrong('must match dataSourceRef');
  }
  return errors;
}

const storageOf = (amounts: { readonly [name: string]: string } | undefined) =>
  parseQuantity(amounts?.['storage'] ?? '0');

/** Mirrors ValidatePersistentVolumeClaimUpdate: bound claims may grow, and everything else stays. */
export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateClaim(claim);
  const spec = claim.spec ?? {};
  const before = old.spec ?? {};
  const after: PersistentVolumeClaimSpec = { ...spec };
  const reference: PersistentVolumeClaimSpec = { ...before };
  if (!before.volumeName) {
    delete reference.volumeName;
    delete after.volumeName;
  }
  const beta = old.metadata?.annotations?.[betaClassAnnotation];
  const betaNow = claim.metadata?.annotations?.[betaClassAnnotation];
  if (beta !== undefined && before.storageClassName === undefined && spec.storageClassName === beta)
    delete after.storageClassName;
  else {
    if (betaNow !== beta)
      errors.push(invalid(`metadata.annotations.${betaClassAnnotation}`, betaNow ?? '', immutableMessage));
    // A class may be given to a claim that never had one.
    if (before.storageClassName === undefined && beta === undefined && spec.storageClassName !== undefined)
      delete after.storageClassName;
  }
  if (claim.status?.phase === 'Bound' && spec.resources?.requests !== undefined) {
    const requests = { ...spec.resources.requests };
    const storage = before.resources?.requests?.['storage'];
    if (storage !== undefined) requests['storage'] = storage;
    after.resources = { ...spec.resources, requests };
  }
  if (!sameMeaning(after, reference))
    errors.push(
      forbiddenField(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${describeChange('PersistentVolumeClaimSpec', reference, after)}`,
      ),
    );
  const size = storageOf(spec.resources?.requests);
  if (
    compareQuantities(size, storageOf(before.resources?.requests)) < 0 &&
    compareQuantities(size, storageOf(old.status?.capacity)) <= 0
  )
    errors.push(
      forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'),
    );
  if (spec.volumeMode !== before.volumeMode)
    errors.push(invalid('volumeMode', spec.volumeMode, immutableMessage));
  return errors;
}

/** Mirrors ValidatePersistentVolumeClaimStatusUpdate. */
export function validateClaimStatus(claim: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  if (!claim.spec?.accessModes?.length) errors.push(required('Spec.accessModes'));
  for (const [name, amount] of Object.entries(claim.status?.capacity ?? {})) {
    const value = quantityMilliValue(parseQuantity(amount)) / 1000n;
    if (value < 0n)
      errors.push(invalid(`status.capacity[${name}]`, Number(value), 'must be a valid resource quantity'));
  }
  const at = 'status.allocatedResourceStatus';
  for (const [name, value] of Object.entries(claim.status?.allocatedResourceStatuses ?? {})) {
    errors.push(...validateResourceKey(name, at));
    // Upstream shows the resource's name, not the status that is wrong.
    if (!resizeStatuses.includes(value)) errors.push(notSupported(at, name, resizeStatuses));
  }
  for (const [name, amount] of Object.entries(claim.status?.allocatedResources ?? {})) {
    const field = 'status.allocatedResources';
    const wrong = validateResourceKey(name, field);
    if (wrong.length > 0) errors.push(...wrong);
    else errors.push(...validateResourceQuantity('storage', parseQuantity(amount), `${field}[${name}]`));
  }
  return errors;
}

/** Storage, and what others called after themselves. */
function validateResourceKey(name: string, field: string): FieldError[] {
  const errors = isQualifiedName(name).map((message) => invalid(field, name, message));
  if (errors.length > 0) return errors;
  const native = !name.includes('/') || name.includes('kubernetes.io/');
  return native && name !== 'storage' ? [notSupported(field, name, ['storage'])] : [];
}

/** Mirrors GetWarningsForPersistentVolumeClaim. */
export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  const warnings: string[] = [];
  if (metadata?.annotations?.[betaClassAnnotation] !== undefined)
    warnings.push(
      `metadata.annotations[${betaClassAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`,
    );
  for (const key of ['requests', 'limits'] as const) {
    const quantity = storageOf(spec?.resources?.[key]);
    if (quantityMilliValue(quantity) % 1000n !== 0n)
      warnings.push(
        `spec.resources.${key}[storage]: fractional byte value "${formatQuantity(quantity)}" is invalid, must be an integer`,
      );
  }
  return warnings;
}
