import { equalValue, isDict, type Value } from '../patch/dict.ts';
import type { Schema } from '../schema/schema.ts';
import {
  type Atom,
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
import { type Fields, FieldsBuilder, recursiveDifference } from './fields.ts';

export interface Comparison {
  readonly removed: Fields;
  readonly modified: Fields;
  readonly added: Fields;
}

/** What differs between two values of a type. Throws an ElementError when elements of a list have no key. Mirrors typed/compare.go. */
export function compareValues(schema: Schema, left: Value, right: Value): Comparison {
  const walker = new Walker();
  walker.compare(schema, left, right);
  return {
    removed: walker.removed.build(),
    modified: walker.modified.build(),
    added: walker.added.build(),
  };
}

/** Without fields that this endpoint does not let change. */
export function ignoring({ removed, modified, added }: Comparison, reset: Fields): Comparison {
  return {
    removed: recursiveDifference(removed, reset),
    modified: recursiveDifference(modified, reset),
    added: recursiveDifference(added, reset),
  };
}

type Optional = Value | undefined;

class Walker {
  readonly removed = new FieldsBuilder();
  readonly modified = new FieldsBuilder();
  readonly added = new FieldsBuilder();
  readonly #path: string[] = [];

  /** One of both may be absent (undefined); null is a value. */
  compare(schema: Schema, left: Optional, right: Optional): void {
    const atom = atomOf(schema);
    // Strings, numbers and the like are most of what there is.
    if (atom.scalar !== undefined && atom.map === undefined) {
      this.#leaf(left, right);
      return;
    }
    const one = deduce(atom, left);
    const other = deduce(atom, right);
    let whole: boolean;
    if (right === undefined) whole = this.#handle(one, left, right);
    else if (left === undefined || one === other) whole = this.#handle(other, left, right);
    else {
      // Untyped JSON that was of one shape and is of another.
      this.#handle(one, left, right);
      whole = this.#handle(other, left, right);
    }
    if (whole) return;
    if (left === undefined) this.added.insert(this.#path);
    else if (right === undefined) this.removed.insert(this.#path);
  }

  /** True when the value was compared as a whole. */
  #handle(atom: Atom, left: Optional, right: Optional): boolean {
    if (atom.map !== undefined) return this.#map(atom.map, left, right);
    if (atom.scalar === undefined && atom.list !== undefined) return this.#list(atom.list, left, right);
    this.#leaf(left, right);
    return true;
  }

  #leaf(left: Optional, right: Optional): void {
    if (left === undefined) this.added.insert(this.#path);
    else if (right === undefined) this.removed.insert(this.#path);
    else if (!equalValue(left, right)) this.modified.insert(this.#path);
  }

  #map(map: MapAtom, left: Optional, right: Optional): boolean {
    const before = asMap(left);
    const after = asMap(right);
    if (map.atomic || (isBare(before) && isBare(after))) {
      this.#leaf(left, right);
      return true;
    }
    if (before !== undefined)
      for (const key of Object.keys(before))
        this.#member(
          map,
          key,
          before[key],
          after !== undefined && Object.hasOwn(after, key) ? after[key] : undefined,
        );
    if (after !== undefined)
      for (const key of Object.keys(after))
        if (before === undefined || !Object.hasOwn(before, key))
          this.#member(map, key, undefined, after[key]);
    return false;
  }

  #member(map: MapAtom, key: string, left: Optional, right: Optional): void {
    if (left === right) return;
    const schema = memberSchema(map, key);
    if (schema === undefined) return;
    this.#path.push(fieldElement(key));
    this.compare(schema, left, right);
    this.#path.pop();
  }

  #list(list: ListAtom, left: Optional, right: Optional): boolean {
    const before = asList(left) ?? [];
    const after = asList(right) ?? [];
    if (list.atomic || (before.length === 0 && after.length === 0)) {
      this.#leaf(left, right);
      return true;
    }
    const there = indexed(list, before);
    const here = indexed(list, after);
    for (const [element, items] of there) this.#items(list, element, items, here.get(element) ?? []);
    for (const [element, items] of here) if (!there.has(element)) this.#items(list, element, [], items);
    return false;
  }

  /** Elements with the same key may be there more than once in old objects. */
  #items(list: ListAtom, element: string, before: readonly Value[], after: readonly Value[]): void {
    this.#path.push(element);
    if (before.length <= 1 && after.length <= 1) {
      if (before[0] !== after[0]) this.compare(list.items, before[0], after[0]);
    } else if (before.length > 1 && after.length > 1) {
      if (!equalValue([...before], [...after])) this.modified.insert(this.#path);
    } else if (before.length > 1) {
      if (after.length > 0) this.compare(list.items, undefined, after[0]);
      this.removed.insert(this.#path);
    } else {
      if (before.length > 0) this.compare(list.items, before[0], undefined);
      this.added.insert(this.#path);
    }
    this.#path.pop();
  }
}

function isBare(map: { [key: string]: Value } | undefined): boolean {
  if (map === undefined) return true;
  return isDict(map) && Object.keys(map).length === 0;
}

function indexed(list: ListAtom, items: readonly Value[]): Map<string, Value[]> {
  const found = new Map<string, Value[]>();
  for (const item of items) {
    const element = elementOf(list, item);
    const known = found.get(element);
    if (known === undefined) found.set(element, [item]);
    else known.push(item);
  }
  return found;
}
