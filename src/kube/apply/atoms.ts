import type { Json } from '../../base/json.ts';
import { getKey, isDict, type Value } from '../patch/dict.ts';
import { RawNumber } from '../schema/parse-json.ts';
import type { FieldSchema, ScalarSchema, Schema } from '../schema/schema.ts';
import { keyElement, valueElement } from './element.ts';

/** How apply sees a type: mirrors structured-merge-diff/schema.Atom. Untyped JSON is all three. */
export interface Atom {
  readonly map?: MapAtom;
  readonly scalar?: 'numeric' | 'string' | 'boolean' | 'untyped';
  readonly list?: ListAtom;
}

export interface MapAtom {
  readonly atomic: boolean;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Of members that are not fields; undefined: there may be none. */
  readonly values: Schema | undefined;
}

export interface ListAtom {
  readonly atomic: boolean;
  readonly items: Schema;
  /** Empty in a set. */
  readonly keys: readonly string[];
}

const noFields: ReadonlyMap<string, FieldSchema> = new Map();
/** Untyped JSON: maps are granular, lists atomic. */
const untyped: ScalarSchema = { kind: 'scalar', scalar: 'any', goType: 'interface {}' };
const anyAtom: Atom = {
  map: { atomic: false, fields: noFields, values: untyped },
  scalar: 'untyped',
  list: { atomic: true, items: untyped, keys: [] },
};

const atoms = new WeakMap<Schema, Atom>();

export function atomOf(schema: Schema): Atom {
  const known = atoms.get(schema);
  if (known !== undefined) return known;
  const atom = makeAtom(schema);
  atoms.set(schema, atom);
  return atom;
}

function makeAtom(schema: Schema): Atom {
  switch (schema.kind) {
    case 'struct':
      return {
        map: {
          atomic: schema.mapType === 'atomic',
          fields: schema.fields,
          values: schema.preserveUnknown === true ? untyped : undefined,
        },
      };
    case 'map':
      return { map: { atomic: schema.mapType === 'atomic', fields: noFields, values: schema.values } };
    case 'list':
      return {
        list: { atomic: schema.listType === 'atomic', items: schema.items, keys: schema.mapKeys },
      };
    default:
      return scalarAtom(schema);
  }
}

function scalarAtom({ scalar }: ScalarSchema): Atom {
  switch (scalar) {
    case 'any':
    case 'fieldsV1':
      return anyAtom;
    case 'int32':
    case 'int64':
    case 'float64':
      return { scalar: 'numeric' };
    case 'bool':
      return { scalar: 'boolean' };
    case 'string':
    case 'bytes':
      return { scalar: 'string' };
    case 'duration':
      return { scalar: 'string' };
    default:
      return { scalar: 'untyped' };
  }
}

/** Of several readings the one that the value has; null and absent do not say. */
export function deduce(atom: Atom, value: Value | undefined): Atom {
  if (value === null || value === undefined) return atom;
  if (Array.isArray(value)) return atom.list === undefined || atom.map === undefined ? atom : listOnly;
  if (isDict(value)) return atom.map === undefined || atom.scalar === undefined ? atom : mapOnly;
  return atom.scalar === undefined || atom.map === undefined ? atom : scalarOnly;
}

// Only untyped JSON has more than one reading.
const listOnly: Atom = { list: { atomic: true, items: untyped, keys: [] } };
const mapOnly: Atom = { map: { atomic: false, fields: noFields, values: untyped } };
const scalarOnly: Atom = { scalar: 'untyped' };

/** The type of a member, undefined when the schema declares none. */
export function memberSchema(map: MapAtom, key: string): Schema | undefined {
  return map.fields.get(key)?.schema ?? map.values;
}

export const asMap = (value: Value | undefined): { [key: string]: Value } | undefined =>
  isDict(value) ? value : undefined;
export const asList = (value: Value | undefined): Value[] | undefined =>
  Array.isArray(value) ? value : undefined;

/** What an absent key is taken for: the schema's default, else Go's zero of a field that is always written. */
function keyDefault(items: Schema, key: string): Value | undefined {
  const field = items.kind === 'struct' ? items.fields.get(key) : undefined;
  if (field === undefined) return undefined;
  if (field.default !== undefined) return field.default as Json as Value;
  const { schema } = field;
  if (field.omitEmpty || field.pointer || schema.kind !== 'scalar') return undefined;
  if (items.kind === 'struct' && items.goType === '') return undefined;
  switch (atomOf(schema).scalar) {
    case 'string':
      return '';
    case 'numeric':
      return 0;
    case 'boolean':
      return false;
    default:
      return undefined;
  }
}

/** An element that cannot be told from the others; the message is upstream's. */
export class ElementError extends Error {}

/** The path element of a list's element. Throws an ElementError. */
export function elementOf(list: ListAtom, item: Value): string {
  if (list.keys.length === 0) {
    if (isDict(item))
      throw new ElementError("associative list without keys has an element that's a map type");
    if (Array.isArray(item)) throw new ElementError('not supported: associative list with lists as elements');
    if (item === null)
      throw new ElementError("associative list without keys has an element that's an explicit null");
    return valueElement(plain(item));
  }
  if (item === null) throw new ElementError('associative list with keys may not have a null element');
  if (!isDict(item)) throw new ElementError('associative list with keys may not have non-map elements');
  const keys: [string, Value][] = [];
  for (const name of list.keys) {
    const value = getKey(item, name) ?? keyDefault(list.items, name);
    if (value === undefined)
      throw new ElementError(
        `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`,
      );
    keys.push([name, plain(value)]);
  }
  if (keys.length > 1) keys.sort(([a], [b]) => (a < b ? -1 : 1));
  return keyElement(keys);
}

const plain = (value: Value): Value => (value instanceof RawNumber ? Number(value.text) : value);
