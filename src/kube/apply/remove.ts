import { setKey } from '../object.ts';
import type { Value, ValueDict } from '../patch/dict.ts';
import type { Schema } from '../schema/schema.ts';
import {
  asList,
  asMap,
  atomOf,
  deduce,
  elementOf,
  type ListAtom,
  type MapAtom,
  memberSchema,
} from './atoms.ts';
import { fieldElement } from './element.ts';
import { type Fields, hasElement, isEmpty, withPrefix } from './fields.ts';

/** The value without the given paths; a map or list of which nothing is left becomes null. Mirrors typed/remove.go. */
export function removeItems(schema: Schema, value: Value, gone: Fields): Value {
  const { map, scalar, list } = deduce(atomOf(schema), value);
  if (map !== undefined) return removeMembers(map, value, gone);
  if (scalar !== undefined) return value;
  return list === undefined ? value : removeElements(list, value, gone);
}

function removeMembers(map: MapAtom, value: Value, gone: Fields): Value {
  const members = asMap(value);
  if (members === undefined || map.atomic) return null;
  const kept: ValueDict = {};
  let count = 0;
  for (const key of Object.keys(members)) {
    const element = fieldElement(key);
    if (hasElement(gone, element)) continue;
    const member = members[key] ?? null;
    const inner = withPrefix(gone, element);
    const schema = memberSchema(map, key);
    setKey(kept, key, isEmpty(inner) || schema === undefined ? member : removeItems(schema, member, inner));
    count++;
  }
  return count === 0 ? null : kept;
}

function removeElements(list: ListAtom, value: Value, gone: Fields): Value {
  const items = asList(value);
  if (items === undefined || list.atomic) return null;
  const kept: Value[] = [];
  for (const item of items) {
    const element = elementOf(list, item);
    if (hasElement(gone, element)) continue;
    const inner = withPrefix(gone, element);
    kept.push(isEmpty(inner) ? item : removeItems(list.items, item, inner));
  }
  return kept.length === 0 ? null : kept;
}
