import type { FieldSchema, ScalarSchema, Schema, StructSchema } from '../../src/kube/schema/schema.ts';

/** Writes objects as Go's generated marshallers do; only for tests: the server answers JSON. */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Dict = { [key: string]: Json };

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 128);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

const tag = (number: number, wireType: number) => varint(BigInt(number * 8 + wireType));
const block = (number: number, bytes: Uint8Array) =>
  Buffer.concat([tag(number, 2), varint(BigInt(bytes.length)), bytes]);
const integer = (number: number, value: number | bigint) =>
  Buffer.concat([tag(number, 0), varint(BigInt(value))]);
const text = (number: number, value: string) => block(number, Buffer.from(value));

/** `k8s\0` and the envelope around it, as client-go sends it. */
export function encodeEnvelope(schema: StructSchema, object: Dict): Buffer {
  const type = Buffer.concat([text(1, String(object.apiVersion)), text(2, String(object.kind))]);
  const raw = encodeStruct(schema, object);
  return Buffer.concat([Buffer.from('k8s\0'), block(1, type), block(2, raw), text(3, ''), text(4, '')]);
}

export function encodeStruct(schema: StructSchema, object: Dict): Buffer {
  const inline = new Map<string, { path: readonly number[]; parts: Buffer[] }>();
  const own: Buffer[] = [];
  for (const field of schema.fields.values()) {
    const value = object[field.name];
    const number = field.numbers.at(-1);
    if (value === undefined || value === null || number === undefined) continue;
    const bytes = encodeField(field, number, value);
    const path = field.numbers.slice(0, -1);
    if (path.length === 0) own.push(bytes);
    else {
      const group = inline.get(path.join()) ?? { path, parts: [] };
      inline.set(path.join(), group);
      group.parts.push(bytes);
    }
  }
  for (const { path, parts } of inline.values())
    own.push(path.reduceRight<Buffer>((inner, number) => block(number, inner), Buffer.concat(parts)));
  return Buffer.concat(own);
}

function encodeField({ schema }: FieldSchema, number: number, value: Json): Buffer {
  if (schema.kind === 'list')
    return Buffer.concat((value as Json[]).map((item) => encodeValue(schema.items, number, item)));
  if (schema.kind === 'map')
    return Buffer.concat(
      Object.entries(value as Dict).map(([key, item]) =>
        block(number, Buffer.concat([text(1, key), encodeValue(schema.values, 2, item)])),
      ),
    );
  return encodeValue(schema, number, value);
}

function encodeValue(schema: Schema, number: number, value: Json): Buffer {
  switch (schema.kind) {
    case 'struct':
      return block(number, encodeStruct(schema, value as Dict));
    case 'list':
      return block(
        number,
        Buffer.concat((value as Json[]).map((item) => encodeValue(schema.items, 1, item))),
      );
    case 'map':
      throw new Error('no map in a map');
    default:
      return encodeScalar(schema, number, value);
  }
}

function encodeScalar(schema: ScalarSchema, number: number, value: Json): Buffer {
  switch (schema.scalar) {
    case 'string':
      return text(number, String(value));
    case 'int32':
    case 'int64':
      return integer(number, value as number);
    case 'bool':
      return integer(number, value === true ? 1 : 0);
    case 'float64': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value as number);
      return Buffer.concat([tag(number, 1), bytes]);
    }
    case 'bytes':
      return block(number, Buffer.from(String(value), 'base64'));
    case 'quantity':
      return block(number, text(1, String(value)));
    case 'intOrString':
      return block(
        number,
        typeof value === 'number'
          ? Buffer.concat([integer(1, 0), integer(2, value), text(3, '')])
          : Buffer.concat([integer(1, 1), integer(2, 0), text(3, String(value))]),
      );
    case 'time':
    case 'microTime':
      return block(number, encodeTime(String(value)));
    case 'duration':
      throw new Error('no kind has a duration');
    default:
      return encodeAny(schema, number, value);
  }
}

function encodeTime(value: string): Buffer {
  const nanos = Number((/\.(\d{6})/.exec(value)?.[1] ?? '0').padEnd(9, '0'));
  return Buffer.concat([integer(1, Math.floor(Date.parse(value) / 1000)), integer(2, nanos)]);
}

function encodeAny({ objects, goType }: ScalarSchema, number: number, value: Json): Buffer {
  if (objects === undefined) return block(number, text(1, JSON.stringify(value)));
  if (Array.isArray(value))
    return block(
      number,
      Buffer.concat(
        value.map((item) =>
          typeof item === 'string' ? text(2, item) : block(2, encodeStruct(objects, item as Dict)),
        ),
      ),
    );
  if (typeof value === 'object' && value !== null)
    return block(number, block(goType.endsWith('OrBool') ? 2 : 1, encodeStruct(objects, value)));
  return block(number, integer(1, value === true ? 1 : 0));
}
