import { type Dict, isDict, type MutableJson } from '../../object.ts';
import { DecodeError } from '../decode-error.ts';
import { zeroOf } from '../decode-value.ts';
import { shortGoType } from '../go-type.ts';
import type { FieldSchema, ListSchema, MapSchema, Schema, StructSchema } from '../schema.ts';
import { ProtoReader } from './reader.ts';
import { readScalar } from './scalar.ts';

/** What a client put around an object: apimachinery's runtime.Unknown. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
  readonly contentType: string;
}

/** `k8s\0`, in front of every object. */
const magic = [0x6b, 0x38, 0x73, 0x00];
const maxDepth = 100;

/** Throws a DecodeError in upstream's words. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new DecodeError('empty data');
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw new DecodeError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  if (bytes.length === magic.length) throw new DecodeError('empty body');
  const reader = new ProtoReader(bytes, magic.length);
  let raw: Uint8Array = new Uint8Array();
  let contentType = '';
  const type = { apiVersion: '', kind: '' };
  while (reader.next('Unknown')) {
    if (reader.number === 1) {
      reader.expect(2, 'TypeMeta');
      const inner = reader.message();
      while (inner.next('TypeMeta')) {
        if (inner.number === 1) type.apiVersion = inner.text();
        else if (inner.number === 2) type.kind = inner.text();
        else inner.skip();
      }
    } else if (reader.number === 2) {
      reader.expect(2, 'Raw');
      raw = reader.bytes();
    } else if (reader.number === 4) {
      reader.expect(2, 'ContentType');
      contentType = reader.text();
    } else reader.skip();
  }
  return { ...type, raw, contentType };
}

/**
 * The message as the object that the same thing sent in JSON would be. Zeros of fields that are no pointers are as good as
 * absent, as they are in Go. Throws a DecodeError.
 */
export function decodeProto(schema: StructSchema, bytes: Uint8Array): Dict {
  const object: Dict = {};
  readStruct(schema, new ProtoReader(bytes), object, 0);
  return object;
}

/** By field number: a field, or the inline struct whose fields are one level further down. */
type Plan = Map<number, FieldSchema | { readonly inline: Plan; readonly name: string }>;
const plans = new WeakMap<StructSchema, Plan>();

function planOf(schema: StructSchema): Plan {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const plan: Plan = new Map();
  for (const field of schema.fields.values()) {
    let level = plan;
    for (const number of field.numbers.slice(0, -1)) {
      const there = level.get(number);
      if (there !== undefined && 'inline' in there) level = there.inline;
      else {
        const inline: Plan = new Map();
        level.set(number, { inline, name: shortGoType(schema.goType) });
        level = inline;
      }
    }
    const last = field.numbers.at(-1);
    if (last !== undefined) level.set(last, field);
  }
  plans.set(schema, plan);
  return plan;
}

function readStruct(schema: StructSchema, reader: ProtoReader, into: Dict, depth: number): void {
  const name = shortGoType(schema.goType);
  readFields(planOf(schema), name.slice(name.indexOf('.') + 1), reader, into, depth);
}

function readFields(plan: Plan, name: string, reader: ProtoReader, into: Dict, depth: number): void {
  if (depth > maxDepth) throw new DecodeError('proto: message nested too deeply');
  while (reader.next(name)) {
    const entry = plan.get(reader.number);
    if (entry === undefined) reader.skip();
    else if ('inline' in entry) {
      reader.expect(2, entry.name);
      readFields(entry.inline, entry.name, reader.message(), into, depth + 1);
    } else readField(entry, reader, into, depth);
  }
}

function readField(field: FieldSchema, reader: ProtoReader, into: Dict, depth: number): void {
  const { schema, name, pointer } = field;
  const goName = name.charAt(0).toUpperCase() + name.slice(1);
  switch (schema.kind) {
    case 'struct': {
      reader.expect(2, goName);
      const existing = into[name];
      const object: Dict = isDict(existing) ? existing : {};
      readStruct(schema, reader.message(), object, depth + 1);
      into[name] = object;
      return;
    }
    case 'map':
      reader.expect(2, goName);
      readEntry(schema, reader.message(), dictAt(into, name), depth + 1);
      return;
    case 'list':
      readItems(schema, reader, listAt(into, name), goName, depth + 1);
      return;
    default: {
      const value = readScalar(schema, reader, goName, nested(depth + 1));
      if (value === undefined) return;
      if (!pointer && (value === '' || value === 0 || value === false) && schema.scalar !== 'bytes') return;
      into[name] = value;
    }
  }
}

/** Lists of numbers may come packed; both forms are read. */
function readItems(
  { items }: ListSchema,
  reader: ProtoReader,
  list: MutableJson[],
  goName: string,
  depth: number,
): void {
  if (items.kind === 'scalar' && isNumeric(items.scalar) && reader.wireType === 2) {
    const packed = reader.message();
    packed.wireType = items.scalar === 'float64' ? 1 : 0;
    while (!packed.done) list.push(readScalar(items, packed, goName, nested(depth)) ?? 0);
    return;
  }
  list.push(readItem(items, reader, goName, depth));
}

function isNumeric(scalar: string): boolean {
  return scalar === 'int32' || scalar === 'int64' || scalar === 'bool' || scalar === 'float64';
}

function readItem(schema: Schema, reader: ProtoReader, goName: string, depth: number): MutableJson {
  if (schema.kind === 'scalar') return readScalar(schema, reader, goName, nested(depth)) ?? zeroOf(schema);
  reader.expect(2, goName);
  const message = reader.message();
  if (schema.kind === 'struct') {
    const object: Dict = {};
    readStruct(schema, message, object, depth);
    return object;
  }
  if (schema.kind === 'map') {
    const object: Dict = {};
    readEntry(schema, message, object, depth);
    return object;
  }
  // A list with a name of its own is a message with its items (ExtraValue).
  const list: MutableJson[] = [];
  while (message.next(goName))
    if (message.number === 1) list.push(readItem(schema.items, message, 'Items', depth + 1));
    else message.skip();
  return list;
}

function readEntry({ values }: MapSchema, reader: ProtoReader, into: Dict, depth: number): void {
  let key = '';
  let value: MutableJson | undefined;
  while (reader.next('MapEntry')) {
    if (reader.number === 1) key = reader.text();
    else if (reader.number === 2) value = readItem(values, reader, 'Value', depth);
    else reader.skip();
  }
  const empty = values.kind === 'scalar' && values.scalar === 'bytes' ? '' : zeroOf(values);
  Object.defineProperty(into, key, {
    value: value ?? empty,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** How scalars that are messages with objects inside (JSONSchemaPropsOrBool) read those. */
function nested(depth: number): (schema: StructSchema, reader: ProtoReader) => Dict {
  return (schema, reader) => {
    const object: Dict = {};
    readStruct(schema, reader, object, depth + 1);
    return object;
  };
}

function dictAt(into: Dict, name: string): Dict {
  const existing = into[name];
  if (isDict(existing)) return existing;
  const fresh: Dict = {};
  into[name] = fresh;
  return fresh;
}

function listAt(into: Dict, name: string): MutableJson[] {
  const existing = into[name];
  if (Array.isArray(existing)) return existing;
  const fresh: MutableJson[] = [];
  into[name] = fresh;
  return fresh;
}
