import type { StorageClass } from '../api/storage-v1.ts';
import { type FieldError, forbiddenField, invalid, notSupported, required, tooLong } from '../field-error.ts';
import { isQualifiedName, utf8Length } from '../names.ts';
import { equalJson } from '../object.ts';
import { immutableMessage, invalidFor } from './messages.ts';
import { validateLabelName } from './metadata.ts';

const maxParameters = 512;
const maxParameterBytes = 256 * 1024;

/** Mirrors ValidateStorageClass of pkg/apis/storage/validation. */
export function validateStorageClass(storageClass: StorageClass): FieldError[] {
  const { provisioner = '', parameters, reclaimPolicy, volumeBindingMode } = storageClass;
  const errors: FieldError[] = [];
  if (provisioner === '') errors.push(required('provisioner'));
  else errors.push(...invalidFor(isQualifiedName(provisioner.toLowerCase()), 'provisioner', provisioner));
  errors.push(...validateParameters(parameters));
  const policies = ['Delete', 'Retain'];
  if (reclaimPolicy && !policies.includes(reclaimPolicy))
    errors.push(notSupported('reclaimPolicy', reclaimPolicy, policies));
  const modes = ['Immediate', 'WaitForFirstConsumer'];
  if (volumeBindingMode === undefined) errors.push(required('volumeBindingMode'));
  else if (!modes.includes(volumeBindingMode))
    errors.push(notSupported('volumeBindingMode', volumeBindingMode, modes));
  for (const [i, term] of (storageClass.allowedTopologies ?? []).entries())
    for (const [j, { key = '', values = [] }] of (term.matchLabelExpressions ?? []).entries()) {
      const at = `allowedTopologies[${i}].matchLabelExpressions[${j}]`;
      if (values.length === 0) errors.push(required(`${at}.values`));
      errors.push(...validateLabelName(key, `${at}.key`));
    }
  return errors;
}

function validateParameters(parameters: { readonly [key: string]: string } | undefined): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > maxParameters) return [tooLong('parameters', '', maxParameters)];
  const errors = entries
    .filter(([key]) => key === '')
    .map(([key]) => invalid('parameters', key, 'field can not be empty.'));
  const bytes = entries.reduce((sum, [key, value]) => sum + utf8Length(key) + utf8Length(value), 0);
  if (bytes > maxParameterBytes) errors.push(tooLong('parameters', '', maxParameterBytes));
  return errors;
}

/** Mirrors ValidateStorageClassUpdate: what volumes were made with cannot change. */
export function validateStorageClassUpdate(after: StorageClass, before: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  if (!equalJson(after.parameters ?? {}, before.parameters ?? {}))
    errors.push(forbiddenField('parameters', 'updates to parameters are forbidden.'));
  if (after.provisioner !== before.provisioner)
    errors.push(forbiddenField('provisioner', 'updates to provisioner are forbidden.'));
  if (after.reclaimPolicy !== before.reclaimPolicy)
    errors.push(forbiddenField('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'));
  if (after.volumeBindingMode !== before.volumeBindingMode)
    errors.push(invalid('volumeBindingMode', after.volumeBindingMode, immutableMessage));
  return errors;
}
