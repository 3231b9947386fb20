import { goQuote } from '../field-error.ts';
import { type Dict, type MutableJson, setKey } from '../object.ts';
import { jsonKind } from './decode-error.ts';
import { plainJson } from './decode-scalar.ts';
import { type DecodedDict, decodeTyped, type Repeated } from './decode-value.ts';
import type { ParsedJson } from './parse-json.ts';
import type { Schema, StructSchema } from './schema.ts';

/**
 * A custom resource: what its schema does not name is pruned and told, values are kept as they are (validation judges
 * their types). Its metadata is Go's ObjectMeta and is read as such. Mirrors apiextensions' pruning: unknown fields are
 * told in the order of their paths, those of metadata first.
 */
export function decodeCustom(schema: StructSchema, value: unknown, repeated: Repeated): DecodedDict {
  const found: string[] = [];
  const duplicates: string[] = [];
  const parsed = (value ?? {}) as ParsedJson;
  collectDuplicates(parsed, repeated, '', duplicates);
  const object = prune(schema, parsed, '', found) as Dict;
  const meta: string[] = [];
  const metadata = schema.fields.get('metadata');
  if (metadata?.schema.kind === 'struct' && metadata.schema.goType !== '' && object.metadata !== undefined) {
    const decoded = decodeTyped(metadata.schema, object.metadata, repeated, 'metadata');
    object.metadata = decoded.object;
    meta.push(...decoded.unknown);
  }
  return {
    object,
    unknown: [...duplicates, ...meta, ...found.sort().map((path) => `unknown field ${goQuote(path)}`)],
  };
}

function prune(schema: Schema, value: ParsedJson, path: string, unknown: string[]): MutableJson {
  if (schema.kind === 'list' && Array.isArray(value))
    return value.map((item, i) => prune(schema.items, item, `${path}[${i}]`, unknown));
  if (jsonKind(value) !== 'object' || schema.kind === 'scalar' || schema.kind === 'list')
    return plainJson(value);
  const copy: Dict = {};
  for (const [key, item] of Object.entries(value as { [key: string]: ParsedJson })) {
    const at = path === '' ? key : `${path}.${key}`;
    const inner = schema.kind === 'map' ? schema.values : schema.fields.get(key)?.schema;
    if (inner !== undefined)
      setKey(
        copy,
        key,
        inner.kind === 'struct' && inner.goType !== '' ? plainJson(item) : prune(inner, item, at, unknown),
      );
    else if (schema.kind === 'struct' && schema.preserveUnknown === true) setKey(copy, key, plainJson(item));
    else unknown.push(at);
  }
  return copy;
}

function collectDuplicates(value: ParsedJson, repeated: Repeated, path: string, told: string[]): void {
  if (repeated.size === 0 || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      collectDuplicates(item, repeated, `${path}[${i}]`, told);
    });
    return;
  }
  const seen = new Set<string>();
  for (const [key, item] of repeated.get(value) ?? Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (seen.has(key)) told.push(`duplicate field ${goQuote(at)}`);
    seen.add(key);
    collectDuplicates(item as ParsedJson, repeated, at, told);
  }
}
