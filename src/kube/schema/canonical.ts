import { type Dict, isDict, type MutableJson, setKey } from '../object.ts';
import { canonicalQuantity } from '../quantity.ts';
import { zeroOf } from './decode-value.ts';
import type { FieldSchema, ListSchema, MapSchema, ScalarSchema, Schema, StructSchema } from './schema.ts';

/**
 * A fresh object as the API prints it: fields in Go's order, the zeros that `omitempty` hides left out and the others
 * written (`resources: {}`, `status: {}`, `creationTimestamp: null`), maps sorted, quantities in canonical form. Empty
 * lists and maps of built-in kinds are as good as absent: protobuf, in which they are stored, cannot tell. Custom
 * resources keep what they have, with sorted keys.
 */
export function canonicalize<T extends object>(schema: StructSchema, draft: T): T {
  return (schema.goType === '' ? sorted(schema, draft as Dict) : struct(schema, draft as Dict)) as T;
}

/** Per struct, as arrays: walking a Map for each object costs twice as much. */
const plans = new WeakMap<StructSchema, readonly FieldSchema[]>();

function planOf(schema: StructSchema): readonly FieldSchema[] {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const plan = [...schema.fields.values()];
  plans.set(schema, plan);
  return plan;
}

const empty: Dict = Object.freeze({}) as Dict;

function struct(schema: StructSchema, value: Dict): Dict {
  const object: Dict = {};
  for (const field of planOf(schema)) {
    const { name } = field;
    // Own properties only: a field could be called `constructor`.
    const item = Object.hasOwn(value, name) ? value[name] : undefined;
    if (item === undefined || item === null) {
      const absent = absentValue(field);
      if (absent !== undefined) object[name] = absent;
      continue;
    }
    const printed = print(field, item);
    if (printed !== undefined) object[name] = printed;
  }
  return object;
}

/** What Go prints for a field that was not given; undefined: nothing. */
function absentValue({ schema, pointer, omitEmpty }: FieldSchema): MutableJson | undefined {
  if (pointer) return omitEmpty ? undefined : null;
  if (schema.kind === 'struct') return struct(schema, empty);
  if (omitEmpty && !isGoStruct(schema)) return undefined;
  return zeroOf(schema);
}

/** Scalars that are structs in Go, which `omitempty` never hides. */
function isGoStruct(schema: Schema): boolean {
  if (schema.kind !== 'scalar') return false;
  switch (schema.scalar) {
    case 'quantity':
    case 'intOrString':
    case 'time':
    case 'microTime':
    case 'duration':
    case 'any':
      return true;
    default:
      return false;
  }
}

function print(field: FieldSchema, value: MutableJson): MutableJson | undefined {
  const { schema, pointer, omitEmpty } = field;
  switch (schema.kind) {
    case 'struct':
      return struct(schema, value as Dict);
    case 'list': {
      const items = value as MutableJson[];
      if (items.length === 0 && !pointer) return omitEmpty ? undefined : null;
      return list(schema, items);
    }
    case 'map': {
      const keys = Object.keys(value as Dict);
      if (keys.length === 0 && !pointer) return omitEmpty ? undefined : null;
      return map(schema, value as Dict, keys);
    }
    default:
      if (omitEmpty && !pointer && (value === '' || value === 0 || value === false)) {
        if (!isGoStruct(schema)) return undefined;
      }
      return scalar(schema, value);
  }
}

function item(schema: Schema, value: MutableJson): MutableJson {
  switch (schema.kind) {
    case 'struct':
      return struct(schema, value === null ? empty : (value as Dict));
    case 'list':
      return value === null ? null : list(schema, value as MutableJson[]);
    case 'map':
      return value === null ? null : map(schema, value as Dict, Object.keys(value));
    default:
      return value === null ? zeroOf(schema) : scalar(schema, value);
  }
}

function list(schema: ListSchema, items: MutableJson[]): MutableJson[] {
  const { items: kind } = schema;
  const printed: MutableJson[] = new Array(items.length);
  for (let i = 0; i < items.length; i += 1) printed[i] = item(kind, items[i] ?? null);
  return printed;
}

function map(schema: MapSchema, value: Dict, keys: string[]): Dict {
  const printed: Dict = {};
  for (const key of keys.sort(compareText)) setKey(printed, key, item(schema.values, value[key] ?? null));
  return printed;
}

function scalar(schema: ScalarSchema, value: MutableJson): MutableJson {
  if (schema.scalar === 'quantity')
    return typeof value === 'string' ? canonicalQuantity(value) : String(value);
  const { objects } = schema;
  if (objects === undefined || typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return struct(objects, value);
  return value.map((each) => (isDict(each) ? struct(objects, each) : each));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A custom resource: unstructured, but its metadata went through ObjectMeta. */
function sorted(schema: StructSchema, value: Dict): Dict {
  const object: Dict = {};
  for (const key of Object.keys(value).sort(compareText)) {
    const field = schema.fields.get(key)?.schema;
    const given = value[key] ?? null;
    if (key === 'metadata' && field?.kind === 'struct' && field.goType !== '' && isDict(given)) {
      const metadata = struct(field, given);
      if (metadata.creationTimestamp === null) delete metadata.creationTimestamp;
      object[key] = sortedJson(metadata);
    } else setKey(object, key, sortedJson(given));
  }
  return object;
}

function sortedJson(value: MutableJson): MutableJson {
  if (Array.isArray(value)) return value.map(sortedJson);
  if (!isDict(value)) return value;
  const object: Dict = {};
  for (const key of Object.keys(value).sort(compareText)) setKey(object, key, sortedJson(value[key] ?? null));
  return object;
}
