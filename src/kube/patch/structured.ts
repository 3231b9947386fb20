import { RawNumber } from '../schema/parse-json.ts';
import type { ScalarSchema, Schema } from '../schema/schema.ts';
import { isDict, type Value } from './dict.ts';
import { goKind } from './patch-meta.ts';

/** A value that does not fit into its Go type; the message is upstream's. */
export class StructureError extends Error {}

/**
 * Whether the result of a strategic merge fits its type: mirrors the messages of apimachinery/pkg/runtime/converter.go, which
 * are not those of Go's JSON decoder. Types with a decoder of their own (quantities, times…) are left to the decoder.
 * Throws a StructureError at the first misfit.
 */
export function checkStructure(schema: Schema, value: Value | undefined): void {
  if (value === null || value === undefined) return;
  switch (schema.kind) {
    case 'struct':
      if (!isDict(value)) throw new StructureError(`cannot restore struct from: ${kindOf(value)}`);
      for (const field of schema.fields.values())
        if (Object.hasOwn(value, field.name)) checkStructure(field.schema, value[field.name]);
      return;
    case 'map':
      if (!isDict(value)) throw new StructureError(`cannot restore map from ${kindOf(value)}`);
      for (const key of Object.keys(value)) checkStructure(schema.values, value[key]);
      return;
    case 'list':
      if (!Array.isArray(value)) throw new StructureError(`cannot restore slice from ${kindOf(value)}`);
      for (const item of value) checkStructure(schema.items, item);
      return;
    default:
      checkScalar(schema, value);
  }
}

function kindOf(value: Value): string {
  if (Array.isArray(value)) return 'slice';
  if (isDict(value)) return 'map';
  if (value instanceof RawNumber) return 'float64';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

function checkScalar(schema: ScalarSchema, value: Value): void {
  const from = kindOf(value);
  if (schema.scalar === 'bytes') {
    if (from !== 'string' && from !== 'slice') throw new StructureError(`cannot restore slice from ${from}`);
    return;
  }
  const to = goKind(schema);
  if (to === 'struct' || to === 'interface' || to === from) return;
  const numeric = from === 'int64' || from === 'float64';
  const wantsNumber = to === 'int32' || to === 'int64' || to === 'int' || to === 'float64';
  if (numeric && wantsNumber) {
    const fraction = value instanceof RawNumber ? !Number.isInteger(Number(value.text)) : from === 'float64';
    if (to === 'float64' || !fraction) return;
    throw new StructureError(`cannot convert float64 to ${schema.goType}`);
  }
  // Go could make a text of an integer (a character), but the converter will not.
  if (from === 'int64' && to === 'string')
    throw new StructureError(`cannot convert int64 to ${schema.goType}`);
  throw new StructureError(`unrecognized type: ${to}`);
}
