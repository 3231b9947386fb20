import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../api/meta-v1.ts';
import {
  type FieldError,
  forbiddenField,
  GoText,
  goQuote,
  invalid,
  required,
  tooLong,
} from '../field-error.ts';
import {
  isQualifiedName,
  isValidLabelValue,
  type NameCheck,
  nameIsDNSLabel,
  nameIsPathSegment,
  utf8Length,
} from '../names.ts';
import { parseApiVersion } from '../object.ts';

/** Mirrors apimachinery/pkg/api/validation/objectmeta.go and the metadata parts of apis/meta/v1/validation. */
export const totalAnnotationSizeLimit = 256 * 1024;
const fieldManagerMaxLength = 128;
const subresourceMaxLength = 256;
const immutable = 'field is immutable';

export function validateLabelName(name: string, field: string): FieldError[] {
  return isQualifiedName(name).map((message) => invalid(field, name, message));
}

export function validateLabels(
  labels: { readonly [key: string]: string } | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of Object.keys(labels ?? {})) {
    errors.push(...validateLabelName(key, field));
    const value = labels?.[key] ?? '';
    for (const message of isValidLabelValue(value)) errors.push(invalid(field, value, message));
  }
  return errors;
}

export function validateAnnotations(
  annotations: { readonly [key: string]: string } | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const key of Object.keys(annotations ?? {})) {
    for (const message of isQualifiedName(key.toLowerCase())) errors.push(invalid(field, key, message));
    size += utf8Length(key) + utf8Length(annotations?.[key] ?? '');
  }
  if (size > totalAnnotationSizeLimit) errors.push(tooLong(field, '', totalAnnotationSizeLimit));
  return errors;
}

/** Go's `%#v` of an owner; the addresses of pointers are arbitrary there. */
function goOwner(owner: OwnerReference): string {
  const pointer = (value: boolean | undefined) =>
    value === undefined ? '(*bool)(nil)' : '(*bool)(0xc000000000)';
  return `v1.OwnerReference{APIVersion:${goQuote(owner.apiVersion)}, Kind:${goQuote(owner.kind)}, Name:${goQuote(owner.name)}, UID:${goQuote(owner.uid)}, Controller:${pointer(owner.controller)}, BlockOwnerDeletion:${pointer(owner.blockOwnerDeletion)}}`;
}

function validateOwner(owner: OwnerReference, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const parsed = parseApiVersion(owner.apiVersion);
  if (parsed === undefined || parsed.version === '')
    errors.push(invalid(`${field}.apiVersion`, owner.apiVersion, 'version must not be empty'));
  for (const key of ['kind', 'name', 'uid'] as const)
    if (owner[key] === '') errors.push(invalid(`${field}.${key}`, '', `${key} must not be empty`));
  if (owner.apiVersion === 'v1' && owner.kind === 'Event')
    errors.push(
      invalid(field, new GoText(goOwner(owner)), '/v1, Kind=Event is disallowed from being an owner'),
    );
  return errors;
}

function validateOwnerReferences(owners: readonly OwnerReference[] | undefined, field: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners ?? []) {
    // Absent texts are empty to Go.
    const { apiVersion = '', kind = '', name = '', uid = '' } = owner as Partial<OwnerReference>;
    errors.push(...validateOwner({ ...owner, apiVersion, kind, name, uid }, field));
    if (owner.controller !== true) continue;
    const current = `${kind}/${name}`;
    if (controller === undefined) controller = current;
    else
      errors.push(
        invalid(
          field,
          new GoText(`[]v1.OwnerReference{${(owners ?? []).map(goOwner).join(', ')}}`),
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`,
        ),
      );
  }
  return errors;
}

const goStrings = (texts: readonly string[]) => `[]string{${texts.map(goQuote).join(', ')}}`;

function validateFinalizers(finalizers: readonly string[] | undefined, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const list = finalizers ?? [];
  for (const name of list)
    for (const message of isQualifiedName(name)) errors.push(invalid(field, name, message));
  if (list.includes('orphan') && list.includes('foregroundDeletion'))
    errors.push(
      invalid(
        field,
        new GoText(goStrings(list)),
        'finalizer orphan and foregroundDeletion cannot be both set',
      ),
    );
  return errors;
}

/** The `fieldManager` of a request or of an entry: at most 128 bytes, printable. */
export function validateFieldManager(manager: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (utf8Length(manager) > fieldManagerMaxLength) errors.push(tooLong(field, '', fieldManagerMaxLength));
  let position = 0;
  for (const character of manager) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid(field, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += utf8Length(character);
  }
  return errors;
}

function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, entry] of (entries ?? []).entries()) {
    const at = `${field}[${i}]`;
    const { operation = '', fieldsType = '', manager = '', subresource = '' } = entry;
    if (operation !== 'Apply' && operation !== 'Update')
      errors.push(invalid(`${at}.operation`, operation, 'must be `Apply` or `Update`'));
    if (fieldsType !== '' && fieldsType !== 'FieldsV1')
      errors.push(invalid(`${at}.fieldsType`, fieldsType, 'must be `FieldsV1`'));
    errors.push(...validateFieldManager(manager, `${at}.manager`));
    if (utf8Length(subresource) > subresourceMaxLength)
      errors.push(tooLong(`${at}.subresource`, '', subresourceMaxLength));
  }
  return errors;
}

/** Mirrors ValidateObjectMeta. `namespaced`: a namespace is required, otherwise forbidden. */
export function validateObjectMeta(
  meta: ObjectMeta,
  namespaced: boolean,
  validateName: NameCheck,
  field = 'metadata',
): FieldError[] {
  const errors: FieldError[] = [];
  const { generateName = '', name = '', namespace = '', generation = 0 } = meta;
  if (generateName !== '')
    for (const message of validateName(generateName, true))
      errors.push(invalid(`${field}.generateName`, generateName, message));
  if (name === '') errors.push(required(`${field}.name`, 'name or generateName is required'));
  else for (const message of validateName(name, false)) errors.push(invalid(`${field}.name`, name, message));
  if (!namespaced) {
    if (namespace !== '') errors.push(forbiddenField(`${field}.namespace`, 'not allowed on this type'));
  } else if (namespace === '') errors.push(required(`${field}.namespace`));
  else
    for (const message of nameIsDNSLabel(namespace, false))
      errors.push(invalid(`${field}.namespace`, namespace, message));
  if (generation < 0)
    errors.push(invalid(`${field}.generation`, generation, 'must be greater than or equal to 0'));
  errors.push(...validateLabels(meta.labels, `${field}.labels`));
  errors.push(...validateAnnotations(meta.annotations, `${field}.annotations`));
  errors.push(...validateOwnerReferences(meta.ownerReferences, `${field}.ownerReferences`));
  errors.push(...validateFinalizers(meta.finalizers, `${field}.finalizers`));
  errors.push(...validateManagedFields(meta.managedFields, `${field}.managedFields`));
  return errors;
}

const goTime = (text: string) => new GoText(`${text.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} +0000 UTC`);

/** Mirrors ValidateObjectMetaUpdate. */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  field = 'metadata',
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const extra = [...new Set(meta.finalizers ?? [])].filter((name) => !old.finalizers?.includes(name));
    if (extra.length > 0)
      errors.push(
        forbiddenField(
          `${field}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers ${goStrings(extra.sort())}`,
        ),
      );
  }
  if ((meta.resourceVersion ?? '') === '')
    errors.push(invalid(`${field}.resourceVersion`, '', 'must be specified for an update'));
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalid(`${field}.generation`, meta.generation ?? 0, 'must not be decremented'));
  for (const key of ['name', 'namespace', 'uid'] as const)
    if ((meta[key] ?? '') !== (old[key] ?? ''))
      errors.push(invalid(`${field}.${key}`, meta[key] ?? '', immutable));
  for (const key of ['creationTimestamp', 'deletionTimestamp'] as const) {
    const value = meta[key];
    if ((value ?? '') !== (old[key] ?? ''))
      errors.push(invalid(`${field}.${key}`, value === undefined ? undefined : goTime(value), immutable));
  }
  if (meta.deletionGracePeriodSeconds !== old.deletionGracePeriodSeconds)
    errors.push(invalid(`${field}.deletionGracePeriodSeconds`, meta.deletionGracePeriodSeconds, immutable));
  errors.push(...validateLabels(meta.labels, `${field}.labels`));
  errors.push(...validateAnnotations(meta.annotations, `${field}.annotations`));
  errors.push(...validateOwnerReferences(meta.ownerReferences, `${field}.ownerReferences`));
  errors.push(...validateManagedFields(meta.managedFields, `${field}.managedFields`));
  return errors;
}

/**
 * What every update is checked for, in upstream's order and number: the registry's common check, and the same update rules
 * again from the kind's own strategy (so each of their errors is two causes). The kind's specific errors go after it.
 */
export function validateMetaOfUpdate(meta: ObjectMeta, old: ObjectMeta, namespaced: boolean): FieldError[] {
  const again = validateObjectMetaUpdate(meta, old);
  return [...validateObjectMeta(meta, namespaced, nameIsPathSegment), ...again, ...again];
}
