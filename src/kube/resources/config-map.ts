import type { ConfigMap } from '../api/core-v1.ts';
import { type FieldError, forbiddenField, invalid, tooLong } from '../field-error.ts';
import { isConfigMapKey, utf8Length } from '../names.ts';
import { asKind, equalJson, type KubeObject } from '../object.ts';
import { ageSince } from '../printers/age.ts';
import { ageColumn, column, nameColumn } from '../printers/columns.ts';
import { base64Length, maxDataBytes } from '../validation/data.ts';
import type { ResourceDefinition } from './definition.ts';

/** Mirrors ValidateConfigMap. */
function validate(object: KubeObject): FieldError[] {
  const { data = {}, binaryData = {} } = asKind<ConfigMap>(object);
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    for (const message of isConfigMapKey(key)) errors.push(invalid(`data[${key}]`, key, message));
    if (Object.hasOwn(binaryData, key))
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    size += utf8Length(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    for (const message of isConfigMapKey(key)) errors.push(invalid(`binaryData[${key}]`, key, message));
    size += base64Length(value);
  }
  // Upstream blames the whole object: the field is an empty text.
  if (size > maxDataBytes) errors.push(tooLong('[]', '', maxDataBytes));
  return errors;
}

function validateUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const after = asKind<ConfigMap>(object);
  const before = asKind<ConfigMap>(old);
  const frozen = 'field is immutable when `immutable` is set';
  if (before.immutable === true) {
    if (after.immutable !== true) errors.push(forbiddenField('immutable', frozen));
    if (!equalJson(after.data ?? {}, before.data ?? {})) errors.push(forbiddenField('data', frozen));
    if (!equalJson(after.binaryData ?? {}, before.binaryData ?? {}))
      errors.push(forbiddenField('binaryData', frozen));
  }
  return [...errors, ...validate(object)];
}

export const configMapResource: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  shortNames: ['cm'],
  validate,
  validateUpdate,
  table: {
    columns: [
      nameColumn,
      column(
        'Data',
        "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
      ),
      ageColumn,
    ],
    cells(object, now) {
      const { metadata, data, binaryData } = asKind<ConfigMap>(object);
      const count = Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length;
      return [metadata?.name ?? '', count, ageSince(metadata?.creationTimestamp, now)];
    },
  },
};
