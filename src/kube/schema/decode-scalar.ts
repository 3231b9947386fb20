import { formatGoDuration, parseGoDuration } from '../duration.ts';
import type { Dict, MutableJson } from '../object.ts';
import { canonicalQuantity } from '../quantity.ts';
import { canonicalMicroTime, canonicalTime } from '../time.ts';
import { base64Corruption, canonicalBase64 } from './base64.ts';
import { DecodeError, type GoPlace, jsonKind, typeMismatch } from './decode-error.ts';
import { type ParsedJson, RawNumber } from './parse-json.ts';
import type { ScalarSchema, StructSchema } from './schema.ts';

/** The decoder around a scalar: where it is, and where its complaints go. */
export interface ScalarPlace extends GoPlace {
  /** Told at the end, if it is the first: Go goes on after a mistaken type. */
  mismatch(found: string, type: string): undefined;
  soft(error: DecodeError): undefined;
  /** A struct inside untyped JSON, read without strictness. */
  nested(schema: StructSchema, value: ParsedJson): Dict;
}

/** Undefined: nothing to keep (null, or a complaint). Throws a DecodeError where Go stops at once. */
export function decodeScalar(
  schema: ScalarSchema,
  value: ParsedJson,
  place: ScalarPlace,
): MutableJson | undefined {
  if (value === null) return undefined;
  switch (schema.scalar) {
    case 'string':
      return typeof value === 'string' ? value : place.mismatch(jsonKind(value), schema.goType);
    case 'bool':
      return typeof value === 'boolean' ? value : place.mismatch(jsonKind(value), schema.goType);
    case 'int32':
    case 'int64':
      return integer(value, schema.scalar, (found) => place.mismatch(found, schema.goType));
    case 'float64':
      return float(value, place, schema);
    case 'bytes':
      return bytes(value, place, schema);
    case 'quantity':
      return stop(() => canonicalQuantity(quantityText(value)));
    case 'intOrString':
      if (typeof value === 'string') return value;
      return integer(value, 'int32', (found) => {
        throw typeMismatch(found, 'int32', place);
      });
    case 'time':
      return stop(() => canonicalTime(text(value, place)) ?? undefined);
    case 'microTime':
      return stop(() => canonicalMicroTime(text(value, place)) ?? undefined);
    case 'duration':
      return stop(() => formatGoDuration(parseGoDuration(text(value, place))));
    case 'any':
      return schema.objects === undefined ? plainJson(value) : schemaOrElse(schema, value, place);
    case 'fieldsV1':
      return plainJson(value);
  }
}

/** What an Unmarshaler of its own says ends the decoding. */
function stop<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError || !(error instanceof Error)) throw error;
    throw new DecodeError(error.message);
  }
}

function text(value: ParsedJson, place: GoPlace): string {
  if (typeof value !== 'string') throw typeMismatch(jsonKind(value), 'string', place);
  return value;
}

const limits = { int32: 2_147_483_648n, int64: 9_223_372_036_854_775_808n };

function integer<T>(value: ParsedJson, kind: 'int32' | 'int64', mismatch: (found: string) => T): number | T {
  if (typeof value === 'number') {
    const inRange = kind === 'int64' || (value <= 2_147_483_647 && value >= -2_147_483_648);
    return Number.isInteger(value) && inRange ? value : mismatch(`number ${value}`);
  }
  if (!(value instanceof RawNumber)) return mismatch(jsonKind(value));
  if (!/^-?\d+$/.test(value.text)) return mismatch(`number ${value.text}`);
  const exact = BigInt(value.text);
  if (exact >= limits[kind] || exact < -limits[kind]) return mismatch(`number ${value.text}`);
  return Number(value.text);
}

function float(value: ParsedJson, place: ScalarPlace, schema: ScalarSchema): number | undefined {
  if (typeof value === 'number') return value;
  if (!(value instanceof RawNumber)) return place.mismatch(jsonKind(value), schema.goType);
  const number = Number(value.text);
  return Number.isFinite(number) ? number : place.mismatch(`number ${value.text}`, schema.goType);
}

function bytes(value: ParsedJson, place: ScalarPlace, schema: ScalarSchema): string | undefined {
  if (typeof value !== 'string') return place.mismatch(jsonKind(value), schema.goType);
  const at = base64Corruption(value);
  if (at !== undefined) return place.soft(new DecodeError(`illegal base64 data at input byte ${at}`));
  return canonicalBase64(value);
}

/** Quantities read the text of a number as it was written, and take anything else for a malformed one. */
function quantityText(value: ParsedJson): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number') return String(value);
  return value instanceof RawNumber ? value.text : '{';
}

function schemaOrElse(schema: ScalarSchema, value: ParsedJson, place: ScalarPlace): MutableJson {
  const { objects } = schema;
  if (objects === undefined || typeof value !== 'object' || value === null || value instanceof RawNumber) {
    if (schema.goType.endsWith('OrBool') && typeof value !== 'boolean')
      throw new DecodeError('boolean or JSON schema expected');
    return plainJson(value);
  }
  if (!Array.isArray(value)) return place.nested(objects, value);
  return value.map((item) => (jsonKind(item) === 'object' ? place.nested(objects, item) : plainJson(item)));
}

/** Untyped JSON, copied. */
export function plainJson(value: ParsedJson): MutableJson {
  if (value instanceof RawNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map((item) => plainJson(item));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Dict = {};
  for (const key of Object.keys(value)) {
    const item = plainJson(value[key] ?? null);
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: item, enumerable: true, writable: true, configurable: true });
    else copy[key] = item;
  }
  return copy;
}
