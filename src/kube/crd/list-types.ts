import type { JSONSchemaProps } from '../api/apiextensions-v1.ts';
import { duplicate, type FieldError, GoText, invalid } from '../field-error.ts';
import { equalJson } from '../object.ts';
import { goJson, noField } from './instance.ts';
import { additionalOf, itemsOf } from './structure.ts';

/** Sets have each item once, map lists each key. Mirrors apiserver/schema/listtype/validation.go. */
export function validateListTypes(schema: JSONSchemaProps, value: unknown, path = ''): FieldError[] {
  const at = path === '' ? noField : path;
  if (Array.isArray(value)) return validateList(schema, value, at);
  if (typeof value !== 'object' || value === null) return [];
  const errors: FieldError[] = [];
  const more = additionalOf(schema);
  for (const [key, item] of Object.entries(value)) {
    const property =
      schema.properties !== undefined && Object.hasOwn(schema.properties, key)
        ? schema.properties[key]
        : undefined;
    if (property !== undefined)
      errors.push(...validateListTypes(property, item, path === '' ? key : `${path}.${key}`));
    else if (more !== undefined) errors.push(...validateListTypes(more, item, `${path}[${key}]`));
  }
  return errors;
}

function validateList(schema: JSONSchemaProps, value: readonly unknown[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set')
    for (const i of repeated(value)) errors.push(duplicate(`${path}[${i}]`, shown(value[i])));
  if (type === 'map') {
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    for (const [i, item] of value.entries())
      if (item !== null && (typeof item !== 'object' || Array.isArray(item)))
        return [invalid(`${path}[${i}]`, shown(item), 'must be an object for an array of list-type map')];
    const keyed = value.map((item) =>
      Object.fromEntries(
        Object.entries((item ?? {}) as { [key: string]: unknown }).filter(([key]) => keys.includes(key)),
      ),
    );
    for (const i of repeated(keyed)) errors.push(duplicate(`${path}[${i}]`, new GoText(goJson(keyed[i]))));
  }
  const items = itemsOf(schema);
  if (items !== undefined)
    for (const [i, item] of value.entries()) errors.push(...validateListTypes(items, item, `${path}[${i}]`));
  return errors;
}

const shown = (value: unknown) => (typeof value === 'object' ? new GoText(goJson(value)) : value);

/** The second occurrence of each value; further ones are not told. */
function repeated(values: readonly unknown[]): number[] {
  if (values.length <= 1) return [];
  const seen = new Map<string, { value: unknown; times: number }[]>();
  const found: number[] = [];
  for (const [i, value] of values.entries()) {
    const bucket = typeof value === 'object' ? goJson(value) : `${typeof value}:${value}`;
    const known = seen.get(bucket) ?? [];
    const same = known.find((other) => equalJson(other.value, value));
    if (same === undefined) known.push({ value, times: 1 });
    else if (same.times++ === 1) found.push(i);
    seen.set(bucket, known);
  }
  return found;
}
