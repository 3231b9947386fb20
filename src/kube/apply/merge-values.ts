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

type Optional = Value | undefined;

/**
 * The live value with the applied one laid over it: maps and keyed lists merge, everything else is replaced. Undefined when
 * nothing is left. The result shares parts with both. Throws an ElementError. Mirrors typed/merge.go.
 */
export function mergeValues(schema: Schema, left: Optional, right: Optional): Optional {
  const atom = atomOf(schema);
  const { map, scalar, list } = deduce(atom, right === undefined ? left : right);
  if (map !== undefined) return mergeMaps(map, left, right);
  if (scalar === undefined && list !== undefined) return mergeLists(list, left, right);
  return right === undefined ? left : right;
}

function mergeMaps(map: MapAtom, left: Optional, right: Optional): Optional {
  const before = asMap(left) ?? {};
  const after = asMap(right) ?? {};
  const keys = Object.keys(after);
  if (map.atomic || (keys.length === 0 && Object.keys(before).length === 0))
    return right === undefined ? left : right;
  const merged: ValueDict = {};
  let count = 0;
  const put = (key: string, value: Optional) => {
    if (value === undefined) return;
    setKey(merged, key, value);
    count++;
  };
  for (const key of Object.keys(before)) {
    const schema = memberSchema(map, key);
    const other = Object.hasOwn(after, key) ? after[key] : undefined;
    put(key, schema === undefined ? before[key] : mergeValues(schema, before[key], other));
  }
  for (const key of keys) {
    if (Object.hasOwn(before, key)) continue;
    const schema = memberSchema(map, key);
    put(key, schema === undefined ? after[key] : mergeValues(schema, undefined, after[key]));
  }
  return count === 0 ? undefined : merged;
}

/**
 * The order: the applied one for the elements it names; elements of the live list alone stay where they were relative to
 * those that both have.
 */
function mergeLists(list: ListAtom, left: Optional, right: Optional): Optional {
  const before = asList(left) ?? [];
  const after = asList(right) ?? [];
  if (list.atomic || (before.length === 0 && after.length === 0)) return right === undefined ? left : right;
  const live = before.map((item) => elementOf(list, item));
  const given = after.map((item) => elementOf(list, item));
  const liveItems = byElement(live, before);
  const givenItems = byElement(given, after);
  const shared = given.filter((element) => liveItems.has(element));
  const merged: Value[] = [];
  const done = new Set<string>();
  let next = 0;
  const take = (element: string) => {
    done.add(element);
    const value = mergeValues(list.items, liveItems.get(element), givenItems.get(element));
    if (value !== undefined) merged.push(value);
    if (shared[next] === element) next++;
  };
  let l = 0;
  let r = 0;
  while (l < live.length || r < given.length) {
    const element = live[l];
    const other = given[r];
    if (element !== undefined && other !== undefined) {
      if (element === other) {
        take(element);
        l++;
        r++;
        continue;
      }
      // It will be merged later, where the applied list has it.
      if (givenItems.has(element) && shared[next] !== undefined && shared[next] !== element) {
        l++;
        continue;
      }
    }
    if (element !== undefined) {
      if (!givenItems.has(element)) {
        const value = mergeValues(list.items, before[l], undefined);
        if (value !== undefined) merged.push(value);
        l++;
        continue;
      }
      if (done.has(element)) l++;
    }
    if (other !== undefined) {
      take(other);
      r++;
    }
  }
  return merged.length === 0 ? undefined : merged;
}

/** Of elements that are there twice none can be merged: they count as null. */
function byElement(elements: readonly string[], items: readonly Value[]): Map<string, Value> {
  const found = new Map<string, Value>();
  for (const [i, element] of elements.entries())
    found.set(element, found.has(element) ? null : (items[i] ?? null));
  return found;
}
