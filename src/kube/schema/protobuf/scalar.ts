import { formatGoDuration } from '../../duration.ts';
import type { Dict, MutableJson } from '../../object.ts';
import { canonicalQuantity } from '../../quantity.ts';
import { textOfTimestamp } from '../../time.ts';
import { DecodeError } from '../decode-error.ts';
import { plainJson } from '../decode-scalar.ts';
import { JsonSyntaxError, parseJson } from '../parse-json.ts';
import type { ScalarSchema, StructSchema } from '../schema.ts';
import type { ProtoReader } from './reader.ts';

/** Reads a struct that is inside a scalar. */
export type ReadNested = (schema: StructSchema, reader: ProtoReader) => Dict;

/** Undefined: the zero that JSON writes as null. `field` is Go's name of it, for errors. */
export function readScalar(
  schema: ScalarSchema,
  reader: ProtoReader,
  field: string,
  nested: ReadNested,
): MutableJson | undefined {
  switch (schema.scalar) {
    case 'int32':
      reader.expect(0, field);
      return reader.int32();
    case 'int64':
      reader.expect(0, field);
      return reader.int64();
    case 'bool':
      reader.expect(0, field);
      return reader.bool();
    case 'float64':
      reader.expect(1, field);
      return reader.double();
    case 'string':
      reader.expect(2, field);
      return reader.text();
    case 'bytes':
      reader.expect(2, field);
      return Buffer.from(reader.bytes()).toString('base64');
    default:
      reader.expect(2, field);
      return readMessage(schema, reader.message(), nested);
  }
}

function readMessage(schema: ScalarSchema, reader: ProtoReader, nested: ReadNested): MutableJson | undefined {
  switch (schema.scalar) {
    case 'quantity':
      return quantity(reader);
    case 'intOrString':
      return intOrString(reader);
    case 'time':
    case 'microTime':
      return timestamp(reader, schema.scalar === 'microTime');
    case 'duration':
      return duration(reader);
    default:
      return schema.objects === undefined
        ? raw(reader)
        : schemaOrElse(schema, schema.objects, reader, nested);
  }
}

function quantity(reader: ProtoReader): string {
  let text = '';
  while (reader.next('Quantity'))
    if (reader.number === 1) text = reader.text();
    else reader.skip();
  try {
    return text === '' ? '0' : canonicalQuantity(text);
  } catch (error) {
    throw new DecodeError(error instanceof Error ? error.message : String(error));
  }
}

function intOrString(reader: ProtoReader): number | string {
  let type = 0;
  let number = 0;
  let text = '';
  while (reader.next('IntOrString')) {
    if (reader.number === 1) type = reader.int64();
    else if (reader.number === 2) number = reader.int32();
    else if (reader.number === 3) text = reader.text();
    else reader.skip();
  }
  if (type !== 0 && type !== 1) throw new DecodeError('impossible IntOrString.Type');
  return type === 1 ? text : number;
}

/** An empty message is Go's zero time. */
function timestamp(reader: ProtoReader, micros: boolean): string | undefined {
  if (reader.done) return undefined;
  let seconds = 0;
  let nanos = 0;
  while (reader.next('Timestamp')) {
    if (reader.number === 1) seconds = reader.int64();
    else if (reader.number === 2) nanos = reader.int32();
    else reader.skip();
  }
  try {
    return textOfTimestamp(seconds, nanos, micros) ?? undefined;
  } catch (error) {
    throw new DecodeError(error instanceof Error ? error.message : String(error));
  }
}

function duration(reader: ProtoReader): string {
  let nanos = 0;
  while (reader.next('Duration'))
    if (reader.number === 1) nanos = reader.int64();
    else reader.skip();
  return formatGoDuration(nanos / 1e6);
}

/** RawExtension, JSON and FieldsV1: JSON in field 1. */
function raw(reader: ProtoReader): MutableJson | undefined {
  let bytes: Uint8Array | undefined;
  while (reader.next('RawExtension'))
    if (reader.number === 1) bytes = reader.bytes();
    else reader.skip();
  if (bytes === undefined || bytes.length === 0) return undefined;
  try {
    return plainJson(parseJson(Buffer.from(bytes).toString('utf8')).value);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new DecodeError(error.message);
    throw error;
  }
}

/** JSONSchemaPropsOrArray, …OrBool and …OrStringArray. */
function schemaOrElse(
  schema: ScalarSchema,
  objects: StructSchema,
  reader: ProtoReader,
  nested: ReadNested,
): MutableJson | undefined {
  const orBool = schema.goType.endsWith('OrBool');
  const ofStrings = schema.goType.endsWith('OrStringArray');
  let found: Dict | undefined;
  let allows = false;
  const list: MutableJson[] = [];
  while (reader.next('JSONSchemaProps')) {
    const { number } = reader;
    if (number === (orBool ? 2 : 1)) found = nested(objects, reader.message());
    else if (orBool && number === 1) allows = reader.bool();
    else if (!orBool && number === 2)
      list.push(ofStrings ? reader.text() : nested(objects, reader.message()));
    else reader.skip();
  }
  return found ?? (orBool ? allows : list);
}
