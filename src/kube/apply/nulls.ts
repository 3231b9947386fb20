import { setKey } from '../object.ts';
import { getKey, isDict, type Value, type ValueDict } from '../patch/dict.ts';
import type { Schema } from '../schema/schema.ts';
import { atomOf, memberSchema } from './atoms.ts';

/**
 * A custom resource without members that are null and may not be: removing the last entry of a map or list leaves one.
 * Mirrors PruneNonNullableNullsWithoutDefaults of the API extensions. Built-in types lose their nulls when they are decoded.
 */
export function withoutNulls(schema: Schema, value: Value): Value {
  const { map, list } = atomOf(schema);
  if (isDict(value) && map !== undefined && schema.kind !== 'scalar') {
    const kept: ValueDict = {};
    for (const key of Object.keys(value)) {
      const member = getKey(value, key) ?? null;
      const inner = memberSchema(map, key);
      if (member === null && !mayBeNull(inner)) continue;
      setKey(kept, key, inner === undefined ? member : withoutNulls(inner, member));
    }
    return kept;
  }
  if (!Array.isArray(value) || list === undefined || schema.kind !== 'list') return value;
  return value.map((item) => withoutNulls(list.items, item));
}

function mayBeNull(schema: Schema | undefined): boolean {
  return (
    schema === undefined ||
    (schema.kind === 'scalar' && (schema.nullable === true || schema.scalar === 'any'))
  );
}
