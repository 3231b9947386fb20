import { setKey } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import { cloneValue, getKey, goTypeOf, isDict, type Value, type ValueDict } from './dict.ts';
import { metaOfList, metaOfStruct } from './patch-meta.ts';
import {
  badElementOrder,
  badPatchType,
  badPrimitiveList,
  badRetainKeys,
  badType,
} from './strategic-errors.ts';
import { checkElementOrder, directive, elementType, mergeList, ordered } from './strategic-lists.ts';

const retainKeys = '$retainKeys';
const deletePrefix = '$deleteFromPrimitiveList';
const orderPrefix = '$setElementOrder';

/**
 * Strategic merge patch: maps merge, lists merge by the key that the schema names or are replaced, directives delete,
 * replace, retain and order. Mirrors apimachinery/pkg/util/strategicpatch. Neither argument is changed, the result shares
 * nothing with them; it is not decoded yet. Throws a StatusError in upstream's words.
 */
export function applyStrategicMergePatch(schema: Schema, target: ValueDict, patch: ValueDict): ValueDict {
  return mergeMap(cloneValue(target) as ValueDict, cloneValue(patch) as ValueDict, schema);
}

/** Both belong to the merge: they may be changed. */
function mergeMap(original: ValueDict, patch: ValueDict, schema: Schema): ValueDict {
  const asked = getKey(patch, directive);
  if (asked !== undefined) {
    if (asked === 'delete') return {};
    if (asked !== 'replace') throw badPatchType(asked, patch);
    delete patch[directive];
    return patch;
  }
  retain(original, patch);
  for (const key of Object.keys(patch))
    if (key.startsWith(orderPrefix)) mergeInOrder(original, patch, key, schema);
  for (const key of Object.keys(patch)) mergeMember(original, key, patch[key] ?? null, schema);
  return original;
}

function nameAfter(key: string, prefix: string): string {
  const slash = key.indexOf('/');
  if (slash === -1 || key.slice(0, slash) !== prefix)
    throw prefix === deletePrefix ? badPrimitiveList() : badElementOrder();
  return key.slice(slash + 1);
}

/** Drops the members of the original that the list does not name. */
function retain(original: ValueDict, patch: ValueDict): void {
  const list = getKey(patch, retainKeys);
  if (list === undefined) return;
  delete patch[retainKeys];
  if (!Array.isArray(list)) throw badRetainKeys();
  const kept = new Set(list);
  for (const key of Object.keys(patch)) {
    if (patch[key] === null || key.startsWith(deletePrefix) || key.startsWith(orderPrefix)) continue;
    if (!kept.has(key)) throw badRetainKeys();
  }
  for (const key of Object.keys(original)) if (!kept.has(key)) delete original[key];
}

/** `$setElementOrder/<list>`: merges the list and takes it out of the patch. */
function mergeInOrder(original: ValueDict, patch: ValueDict, key: string, schema: Schema): void {
  const order = patch[key] ?? null;
  delete patch[key];
  if (!Array.isArray(order)) throw badType('list', order);
  const name = nameAfter(key, orderPrefix);
  const before = getKey(original, name);
  const changes = getKey(patch, name);
  if (before !== undefined && !Array.isArray(before)) throw badType('list', before);
  if (changes !== undefined && !Array.isArray(changes)) throw badType('list', changes);
  const meta = metaOfList(schema, name);
  checkElementOrder(changes ?? [], order, meta.mergeKey);
  let merged: Value[];
  if (before !== undefined && changes !== undefined) merged = mergeListMember(before, changes, meta, false);
  else if (before !== undefined) merged = [...before];
  else if (changes !== undefined) merged = withoutDirectives(changes) as Value[];
  else return;
  elementType(before ?? [], changes ?? []);
  setKey(original, name, ordered(merged, order, before ?? [], meta.mergeKey));
  delete patch[name];
}

function mergeListMember(
  original: Value[],
  patch: Value[],
  { schema, strategy, mergeKey }: ReturnType<typeof metaOfList>,
  deleting: boolean,
): Value[] {
  if (strategy !== 'merge' && !deleting) return patch;
  return mergeList(original, patch, schema, mergeKey, deleting, mergeMap);
}

function mergeMember(original: ValueDict, key: string, change: Value, schema: Schema): void {
  const deleting = key.startsWith(deletePrefix);
  const name = deleting ? nameAfter(key, deletePrefix) : key;
  if (change === null) {
    delete original[name];
    return;
  }
  const before = getKey(original, name);
  if (before === undefined || goTypeOf(before) !== goTypeOf(change)) {
    if (!deleting) assign(original, name, withoutDirectives(withoutNulls(change)));
  } else if (isDict(before) && isDict(change)) {
    const meta = metaOfStruct(schema, name);
    setKey(original, name, meta.strategy === 'replace' ? change : mergeMap(before, change, meta.schema));
  } else if (Array.isArray(before) && Array.isArray(change))
    setKey(original, name, mergeListMember(before, change, metaOfList(schema, name), deleting));
  else setKey(original, name, change);
}

function assign(dict: ValueDict, key: string, value: Value | undefined): void {
  if (value === undefined) delete dict[key];
  else setKey(dict, key, value);
}

/** In place: members that are null go, at any depth. */
function withoutNulls(value: Value): Value {
  if (Array.isArray(value)) for (const item of value) withoutNulls(item);
  else if (isDict(value))
    for (const key of Object.keys(value)) {
      const member = value[key] ?? null;
      if (member === null) delete value[key];
      else withoutNulls(member);
    }
  return value;
}

/** Objects with `$patch` go; undefined when the value is one. */
function withoutDirectives(value: Value): Value | undefined {
  if (Array.isArray(value))
    return value.map(withoutDirectives).filter((item): item is Value => item !== undefined);
  if (!isDict(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  for (const key of Object.keys(value)) assign(value, key, withoutDirectives(value[key] ?? null));
  return value;
}
