import { isDict, type Value } from '../patch/dict.ts';
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
import { type Fields, FieldsBuilder, isEmpty, leaf } from './fields.ts';

/** Every path that a value sets: what an applier owns. Mirrors typed/tofieldset.go. */
export function fieldSetOf(schema: Schema, value: Value): Fields {
  const walker = new Walker();
  walker.walk(schema, value);
  return walker.fields.build();
}

class Walker {
  readonly fields = new FieldsBuilder();
  readonly #path: string[] = [];

  walk(schema: Schema, value: Value): void {
    const { map, scalar, list } = deduce(atomOf(schema), value);
    if (map !== undefined) {
      if (map.atomic) this.fields.insert(this.#path);
      else this.#map(map, value);
    } else if (scalar !== undefined) this.fields.insert(this.#path);
    else if (list !== undefined) {
      if (list.atomic) this.fields.insert(this.#path);
      else this.#list(list, value);
    }
  }

  #map(map: MapAtom, value: Value): void {
    const members = asMap(value) ?? {};
    for (const key of Object.keys(members)) {
      const member = members[key] ?? null;
      const schema = memberSchema(map, key);
      this.#path.push(fieldElement(key));
      if (schema !== undefined) this.walk(schema, member);
      if (member === null || (isDict(member) && Object.keys(member).length === 0) || !map.fields.has(key))
        this.fields.insert(this.#path);
      this.#path.pop();
    }
  }

  #list(list: ListAtom, value: Value): void {
    const items = asList(value) ?? [];
    const elements = items.map((item) => elementOf(list, item));
    const seen = new Set<string>();
    const twice = new Set<string>();
    for (const element of elements) (seen.has(element) ? twice : seen).add(element);
    for (const [i, element] of elements.entries()) {
      this.#path.push(element);
      // Of elements that are there twice nothing more can be said.
      if (!twice.has(element)) this.walk(list.items, items[i] ?? null);
      this.fields.insert(this.#path);
      this.#path.pop();
    }
  }
}

/**
 * Makes the fields of structs members wherever something below them is owned, so that a struct is kept or removed with
 * what it holds. Mirrors Set.EnsureNamedFieldsAreMembers.
 */
export function withNamedFields(set: Fields, schema: Schema | undefined): Fields {
  const result: { [element: string]: Fields } = {};
  const atom = schema === undefined ? undefined : atomOf(schema);
  for (const element of Object.keys(set)) {
    const node = set[element] ?? leaf;
    if (element === '.' || isEmpty(node)) {
      result[element] = node;
      continue;
    }
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    let inner: Schema | undefined;
    if (name !== undefined && atom?.map !== undefined) inner = memberSchema(atom.map, name);
    else if (element.startsWith('k:')) inner = atom?.list?.items;
    const children = withNamedFields(node, inner);
    const named = name !== undefined && atom?.map?.fields.has(name) === true;
    result[element] = named ? { '.': leaf, ...children } : children;
  }
  return result;
}
