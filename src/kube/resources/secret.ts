import type { Secret } from '../api/core-v1.ts';
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../field-error.ts';
import { isConfigMapKey } from '../names.ts';
import { asKind, equalJson, type KubeObject } from '../object.ts';
import { ageSince } from '../printers/age.ts';
import { ageColumn, column, nameColumn } from '../printers/columns.ts';
import { jsonKind } from '../schema/decode-error.ts';
import { JsonSyntaxError, parseJson } from '../schema/parse-json.ts';
import { base64Length, maxDataBytes } from '../validation/data.ts';
import type { ResourceDefinition } from './definition.ts';

/** What each type of Secret must hold: key → whether it is there. */
function validateType({ type = '', data = {}, metadata }: Secret): FieldError[] {
  const missing = (key: string) => (Object.hasOwn(data, key) ? [] : [required(`data[${key}]`)]);
  switch (type) {
    case 'kubernetes.io/service-account-token': {
      const key = 'kubernetes.io/service-account.name';
      return metadata?.annotations?.[key] ? [] : [required(`metadata.annotations[${key}]`)];
    }
    case 'kubernetes.io/dockercfg':
      return validateJson(data, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(data, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth':
      return Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password')
        ? []
        : [required('data[username]'), required('data[password]')];
    case 'kubernetes.io/ssh-auth':
      return Object.hasOwn(data, 'ssh-privatekey') && data['ssh-privatekey']
        ? []
        : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls':
      return [...missing('tls.crt'), ...missing('tls.key')];
    default:
      return [];
  }
}

function validateJson(data: { readonly [key: string]: string }, key: string): FieldError[] {
  if (!Object.hasOwn(data, key)) return [required(`data[${key}]`)];
  const problem = jsonObjectProblem(Buffer.from(data[key] ?? '', 'base64').toString('utf8'));
  return problem === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', problem)];
}

/** Why a text does not decode into a map, in Go's words. */
function jsonObjectProblem(text: string): string | undefined {
  try {
    const { value } = parseJson(text);
    const found = jsonKind(value);
    return value === null || found === 'object'
      ? undefined
      : `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
}

/** Mirrors ValidateSecret. */
function validate(object: KubeObject): FieldError[] {
  const secret = asKind<Secret>(object);
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    for (const message of isConfigMapKey(key)) errors.push(invalid(`data[${key}]`, key, message));
    size += base64Length(value);
  }
  if (size > maxDataBytes) errors.push(tooLong('data', '', maxDataBytes));
  return [...errors, ...validateType(secret)];
}

function validateUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const after = asKind<Secret>(object);
  const before = asKind<Secret>(old);
  const errors: FieldError[] = [];
  const frozen = 'field is immutable when `immutable` is set';
  if ((after.type ?? '') !== (before.type ?? ''))
    errors.push(invalid('type', after.type ?? '', 'field is immutable'));
  if (before.immutable === true) {
    if (after.immutable !== true) errors.push(forbiddenField('immutable', frozen));
    if (!equalJson(after.data ?? {}, before.data ?? {})) errors.push(forbiddenField('data', frozen));
  }
  return [...errors, ...validate(object)];
}

/** What is written in clear goes into `data`, as upstream's conversion does. */
function mergeStringData(draft: KubeObject): void {
  const secret = asKind<Secret>(draft);
  if (secret.stringData === undefined) return;
  const data = new Map(Object.entries(secret.data ?? {}));
  for (const [key, value] of Object.entries(secret.stringData))
    data.set(key, Buffer.from(value, 'utf8').toString('base64'));
  secret.data = Object.fromEntries(data);
  delete secret.stringData;
}

export const secretResource: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  defaults(draft) {
    const secret = asKind<Secret>(draft);
    mergeStringData(draft);
    if (!secret.type) secret.type = 'Opaque';
  },
  prepareForUpdate(draft, old) {
    const secret = asKind<Secret>(draft);
    // A client that sends no type means the one it has.
    if (!secret.type) secret.type = asKind<Secret>(old).type;
  },
  validate,
  validateUpdate,
  selectablePaths: ['type'],
  selectableFields: (object) => ({ type: asKind<Secret>(object).type ?? '' }),
  table: {
    columns: [
      nameColumn,
      column(
        'Type',
        'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
      ),
      column(
        'Data',
        "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
      ),
      ageColumn,
    ],
    cells(object, now) {
      const { metadata, type, data } = asKind<Secret>(object);
      return [
        metadata?.name ?? '',
        type ?? '',
        Object.keys(data ?? {}).length,
        ageSince(metadata?.creationTimestamp, now),
      ];
    },
  },
};
