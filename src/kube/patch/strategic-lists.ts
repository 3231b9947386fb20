import { RawNumber } from '../schema/parse-json.ts';
import type { Schema } from '../schema/schema.ts';
import { plainFailure } from '../status.ts';
import { getKey, goPrint, goTypeOf, isDict, type Value, type ValueDict } from './dict.ts';
import { goKind } from './patch-meta.ts';
import { badPatchType, badType, listOfLists, noMergeKey } from './strategic-errors.ts';

export const directive = '$patch';

/** Merges an element that is in both lists. */
export type MergeElement = (original: ValueDict, patch: ValueDict, schema: Schema) => Value;

/** A value under which Go's `==` finds it again; undefined keys do not match anything. */
function identity(value: Value | undefined): unknown {
  return value instanceof RawNumber ? `\0${value.text}` : value;
}

/** How an element is found: by its merge key, or itself when there is none. Throws when an element lacks the key. */
function keyOf(element: Value, mergeKey: string): unknown {
  if (mergeKey === '') return identity(element);
  if (!isDict(element)) throw badType('map', element);
  const value = getKey(element, mergeKey);
  if (value === undefined) throw noMergeKey(element, mergeKey);
  return identity(value);
}

/** Where each key is first; elements without the key are not there. */
function positions(list: readonly Value[], mergeKey: string): Map<unknown, number> {
  const found = new Map<unknown, number>();
  for (const [i, element] of list.entries()) {
    if (mergeKey !== '' && !isDict(element)) throw plainFailure(`value for key ${i} is not a map`);
    const value = mergeKey === '' ? element : getKey(element as ValueDict, mergeKey);
    const key = identity(value);
    if (value !== undefined && !found.has(key)) found.set(key, i);
  }
  return found;
}

/** The Go type that all elements share. */
export function elementType(...lists: readonly (readonly Value[])[]): string {
  let type: string | undefined;
  for (const list of lists)
    for (const element of list) {
      const current = goTypeOf(element);
      if (type === undefined && current === '[]interface {}') throw listOfLists();
      if (type !== undefined && type !== current)
        throw plainFailure(
          `list element types are not identical: [${lists.map((l) => goPrint([...l])).join(' ')}]`,
        );
      type = current;
    }
  if (type === undefined) throw plainFailure('no elements in any of the given slices');
  return type;
}

const isMapType = (type: string) => type === 'map[string]interface {}';

/** `original` may be changed. `deleting`: the patch lists primitives to take out. */
export function mergeList(
  original: Value[],
  patch: Value[],
  schema: Schema,
  mergeKey: string,
  deleting: boolean,
  mergeElement: MergeElement,
): Value[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (!isMapType(elementType(original, patch))) {
    if (deleting) {
      const gone = new Set(patch.map(identity));
      return original.filter((element) => !gone.has(identity(element)));
    }
    const merged = new Map([...original, ...patch].map((element) => [identity(element), element]));
    return ordered([...merged.values()], patch, original, '');
  }
  if (mergeKey === '') throw plainFailure(`cannot merge lists without merge key for ${goKind(schema)}`);
  const { kept, changes } = takeDirectives(original, patch as ValueDict[], mergeKey);
  const merged = mergeElements(kept, changes, schema, mergeKey, mergeElement);
  return ordered(merged, changes, kept, mergeKey);
}

function takeDirectives(
  original: Value[],
  patch: readonly ValueDict[],
  mergeKey: string,
): { kept: Value[]; changes: ValueDict[] } {
  const changes: ValueDict[] = [];
  const gone = new Set<unknown>();
  let replace = false;
  for (const element of patch) {
    const asked = getKey(element, directive);
    if (asked === undefined) changes.push(element);
    else if (asked === 'delete') gone.add(keyOf(element, mergeKey));
    else if (asked === 'replace') replace = true;
    else if (asked === 'merge') throw plainFailure('merging lists cannot yet be specified in the patch');
    else throw badPatchType(asked, element);
  }
  if (replace) return { kept: changes, changes: [] };
  if (gone.size === 0) return { kept: original, changes };
  const kept = original.filter((element) => {
    if (!isDict(element)) return true;
    const value = getKey(element, mergeKey);
    return value === undefined || !gone.has(identity(value));
  });
  return { kept, changes };
}

function mergeElements(
  kept: readonly Value[],
  changes: readonly ValueDict[],
  schema: Schema,
  mergeKey: string,
  mergeElement: MergeElement,
): Value[] {
  const merged = [...kept];
  const known = positions(merged, mergeKey);
  for (const change of changes) {
    const key = keyOf(change, mergeKey);
    const at = known.get(key);
    if (at === undefined) known.set(key, merged.push(change) - 1);
    else merged[at] = mergeElement(merged[at] as ValueDict, change, schema);
  }
  return merged;
}

/**
 * Elements that the patch names in the order of the patch, the others in the order that the server has; both orders are
 * interleaved so that an element of the server stays before those of the patch it stood before.
 */
export function ordered(
  list: readonly Value[],
  patchOrder: readonly Value[],
  serverOrder: readonly Value[],
  mergeKey: string,
): Value[] {
  const inPatch = positions(patchOrder, mergeKey);
  const inServer = positions(serverOrder, mergeKey);
  const fromPatch: Value[] = [];
  const serverOnly: Value[] = [];
  for (const element of list) (inPatch.has(keyOf(element, mergeKey)) ? fromPatch : serverOnly).push(element);
  sortBy(fromPatch, inPatch, patchOrder, mergeKey);
  sortBy(serverOnly, inServer, serverOrder, mergeKey);
  const result: Value[] = [];
  let left = 0;
  for (const element of fromPatch) {
    const right = inServer.get(keyOf(element, mergeKey));
    while (left < serverOnly.length) {
      const position = inServer.get(keyOf(serverOnly[left] as Value, mergeKey));
      if (right === undefined || position === undefined || position >= right) break;
      result.push(serverOnly[left++] as Value);
    }
    result.push(element);
  }
  return [...result, ...serverOnly.slice(left)];
}

function sortBy(
  list: Value[],
  positionOf: ReadonlyMap<unknown, number>,
  order: readonly Value[],
  mergeKey: string,
): void {
  if (mergeKey !== '') for (const element of order) keyOf(element, mergeKey);
  list.sort((a, b) => (positionOf.get(keyOf(a, mergeKey)) ?? 0) - (positionOf.get(keyOf(b, mergeKey)) ?? 0));
}

/** `$setElementOrder` must name what the patch changes, in the same order. */
export function checkElementOrder(patch: readonly Value[], order: readonly Value[], mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  const kept = mergeKey === '' ? patch : patch.filter((element) => !isDeletion(element));
  let at = 0;
  let next = 0;
  while (at < kept.length && next < order.length) {
    const element = kept[at] as Value;
    if (isDict(element) && Object.hasOwn(element, directive)) at++;
    else if (keyOf(element, mergeKey) === keyOf(order[next++] as Value, mergeKey)) at++;
  }
  if (at < kept.length)
    throw plainFailure(
      `The order in patch list:\n${goPrint([...patch])}\n doesn't match $setElementOrder list:\n${goPrint([...order])}\n`,
    );
}

function isDeletion(element: Value): boolean {
  if (!isDict(element)) throw badType('map', element);
  return getKey(element, directive) === 'delete';
}
