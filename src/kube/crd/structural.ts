import type { JSONSchemaProps } from '../api/apiextensions-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../field-error.ts';
import { equalJson } from '../object.ts';
import { regexProblem } from '../regex/regex.ts';
import { additionalOf, itemsOf } from './structure.ts';

type Level = 'root' | 'item' | 'field';

const emptyType: { readonly [level in Level]: string } = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/** A schema must tell the shape by itself. Mirrors apiserver/schema/validation.go; sorted by text, as there. */
export function validateStructural(schema: JSONSchemaProps, field: string): FieldError[] {
  const errors: FieldError[] = [];
  invariants(schema, 'root', field, errors);
  completeness(schema, schema, field, field, errors);
  const text = (error: FieldError) => `${error.field}: ${error.body}`;
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

function invariants(s: JSONSchemaProps, level: Level, at: string, errors: FieldError[]): void {
  const items = itemsOf(s);
  if (s.type === 'array' && items === undefined) errors.push(required(`${at}.items`, 'must be specified'));
  if (items !== undefined) invariants(items, 'item', `${at}.items`, errors);
  for (const [key, property] of Object.entries(s.properties ?? {}))
    invariants(property, 'field', `${at}.properties[${key}]`, errors);
  const more = additionalOf(s);
  if (s.additionalProperties !== undefined && level === 'root')
    errors.push(forbiddenField(`${at}.additionalProperties`, 'must not be used at the root'));
  if (more !== undefined) invariants(more, 'field', `${at}.additionalProperties`, errors);
  extensions(s, at, errors);
  valueValidation(s, at, errors);
  typeRules(s, level, at, errors);
}

function extensions(s: JSONSchemaProps, at: string, errors: FieldError[]): void {
  if (s['x-kubernetes-int-or-string'] !== true) return;
  for (const key of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    if (s[key] === true)
      errors.push(invalid(`${at}.${key}`, true, 'must be false if x-kubernetes-int-or-string is true'));
}

function typeRules(s: JSONSchemaProps, level: Level, at: string, errors: FieldError[]): void {
  const embedded = s['x-kubernetes-embedded-resource'] === true;
  const open = s['x-kubernetes-preserve-unknown-fields'] === true;
  if (embedded && s.type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(s.type ? invalid(`${at}.type`, s.type, why) : required(`${at}.type`, why));
  } else if (!s.type && s['x-kubernetes-int-or-string'] !== true && !open)
    errors.push(required(`${at}.type`, emptyType[level]));
  if (embedded && s.additionalProperties !== undefined)
    errors.push(
      forbiddenField(
        `${at}.additionalProperties`,
        'must not be used if x-kubernetes-embedded-resource is set',
      ),
    );
  if (level === 'root' && s.type && s.type !== 'object')
    errors.push(invalid(`${at}.type`, s.type, 'must be object at the root'));
  const meta = level === 'root' || embedded;
  for (const key of ['kind', 'apiVersion']) {
    const property = s.properties?.[key];
    if (meta && property !== undefined && property.type !== 'string')
      errors.push(invalid(`${at}.properties[${key}].type`, property.type ?? '', 'must be string'));
  }
  const metadata = s.properties?.['metadata'];
  if (metadata !== undefined) {
    if (meta && metadata.type !== 'object')
      errors.push(invalid(`${at}.properties[metadata].type`, metadata.type ?? '', 'must be object'));
    if (level === 'root') rootMetadata(metadata, `${at}.properties[metadata]`, errors);
  }
  if (embedded && !open && Object.keys(s.properties ?? {}).length === 0)
    errors.push(
      required(
        `${at}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
}

function rootMetadata(metadata: JSONSchemaProps, at: string, errors: FieldError[]): void {
  const { type: _type, default: _default, properties, ...rest } = metadata;
  const plain = Object.keys(properties ?? {}).every((key) => key === 'name' || key === 'generateName');
  if (!plain || Object.values(rest).some((value) => value !== undefined))
    errors.push(
      forbiddenField(
        at,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
}

const intOrString: readonly JSONSchemaProps[] = [{ type: 'integer' }, { type: 'string' }];
const isIntOrString = (parts: readonly JSONSchemaProps[] | undefined) => equalJson(parts ?? [], intOrString);

function valueValidation(s: JSONSchemaProps, at: string, errors: FieldError[]): void {
  if (!isIntOrString(s.anyOf))
    for (const [i, part] of (s.anyOf ?? []).entries()) nested(part, `${at}.anyOf[${i}]`, errors);
  for (const [i, part] of (s.allOf ?? []).entries())
    if (i > 0 || !isIntOrString(part.anyOf)) nested(part, `${at}.allOf[${i}]`, errors);
  for (const [i, part] of (s.oneOf ?? []).entries()) nested(part, `${at}.oneOf[${i}]`, errors);
  if (s.not !== undefined) nested(s.not, `${at}.not`, errors);
  const problem = s.pattern ? regexProblem(s.pattern) : undefined;
  if (problem !== undefined)
    errors.push(
      invalid(`${at}.pattern`, s.pattern, `must be a valid regular expression, but isn't: ${problem}`),
    );
}

/** Inside anyOf and friends only values may be judged. */
function nested(s: JSONSchemaProps, at: string, errors: FieldError[]): void {
  valueValidation(s, at, errors);
  const items = itemsOf(s);
  if (items !== undefined) nested(items, `${at}.items`, errors);
  for (const [key, property] of Object.entries(s.properties ?? {}))
    nested(property, `${at}.properties[${key}]`, errors);
  const forbid = (key: keyof JSONSchemaProps, present: boolean, detail: string) => {
    if (present) errors.push(forbiddenField(`${at}.${key}`, detail));
  };
  forbid('type', Boolean(s.type), 'must be empty to be structural');
  forbid('additionalProperties', s.additionalProperties !== undefined, 'must be undefined to be structural');
  forbid('default', s.default !== undefined, 'must be undefined to be structural');
  forbid('title', Boolean(s.title), 'must be empty to be structural');
  forbid('description', Boolean(s.description), 'must be empty to be structural');
  forbid('nullable', s.nullable === true, 'must be false to be structural');
  for (const key of [
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-embedded-resource',
    'x-kubernetes-int-or-string',
  ] as const)
    forbid(key, s[key] === true, 'must be false to be structural');
  const keys = s['x-kubernetes-list-map-keys'] ?? [];
  forbid('x-kubernetes-list-map-keys', keys.length > 0, 'must be empty to be structural');
  for (const key of ['x-kubernetes-list-type', 'x-kubernetes-map-type'] as const)
    forbid(key, s[key] !== undefined, 'must be undefined to be structural');
  const rules = s['x-kubernetes-validations'] ?? [];
  forbid('x-kubernetes-validations', rules.length > 0, 'must be empty to be structural');
  if (s.properties !== undefined && Object.hasOwn(s.properties, 'metadata'))
    errors.push(forbiddenField(`${at}.properties[metadata]`, 'must not be specified in a nested context'));
}

/** What anyOf and friends speak of must be there outside of them too. */
function completeness(
  v: JSONSchemaProps,
  s: JSONSchemaProps | undefined,
  sAt: string,
  vAt: string,
  errors: FieldError[],
): void {
  const parts: [JSONSchemaProps, string][] = [];
  if (v.not !== undefined) parts.push([v.not, `${vAt}.not`]);
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [i, part] of (v[key] ?? []).entries()) parts.push([part, `${vAt}.${key}[${i}]`]);
  for (const [part, at] of parts) nestedCompleteness(part, s, sAt, at, errors);
  // Below, each property has its own combinations.
  if (v !== s) return;
  const items = itemsOf(v);
  if (items !== undefined) completeness(items, items, `${sAt}.items`, `${vAt}.items`, errors);
  for (const [key, property] of Object.entries(v.properties ?? {}))
    completeness(property, property, `${sAt}.properties[${key}]`, `${vAt}.properties[${key}]`, errors);
  const more = additionalOf(v);
  if (more !== undefined)
    completeness(more, more, `${sAt}.additionalProperties`, `${vAt}.additionalProperties`, errors);
}

function nestedCompleteness(
  v: JSONSchemaProps,
  s: JSONSchemaProps | undefined,
  sAt: string,
  vAt: string,
  errors: FieldError[],
): void {
  if (s === undefined) {
    errors.push(required(sAt, `because it is defined in ${vAt}`));
    return;
  }
  completeness(v, s, sAt, vAt, errors);
  const items = itemsOf(v);
  if (items !== undefined) nestedCompleteness(items, itemsOf(s), `${sAt}.items`, `${vAt}.items`, errors);
  for (const [key, property] of Object.entries(v.properties ?? {})) {
    const target =
      s.properties !== undefined && Object.hasOwn(s.properties, key) ? s.properties[key] : undefined;
    nestedCompleteness(property, target, `${sAt}.properties[${key}]`, `${vAt}.properties[${key}]`, errors);
  }
}
