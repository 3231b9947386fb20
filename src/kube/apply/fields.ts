import type { Json } from '../../base/json.ts';
import { compareElements, readElement } from './element.ts';

/**
 * A set of field paths, in the shape in which FieldsV1 stores it: nothing is converted when managedFields are read. An
 * element whose value is `{}` is a member; one with children is a member too when it has `.`. Immutable once built.
 * Mirrors structured-merge-diff/fieldpath.Set.
 */
export type Fields = { readonly [element: string]: Fields };

/** A member without children; as a whole set, the empty one. */
export const leaf: Fields = Object.freeze({});
export const noFields: Fields = leaf;
const self = '.';
const maxDepth = 200;

type Building = { [element: string]: Fields };

export const isEmpty = (set: Fields): boolean => {
  for (const element in set) if (element !== self) return false;
  return true;
};

/** Whether the node under an element says that the element itself is a member. */
const isMember = (node: Fields | undefined): boolean =>
  node !== undefined && (node[self] !== undefined || isEmpty(node));

/** A node of a set: undefined when it is neither member nor has children. */
function node(member: boolean, children: Fields): Fields | undefined {
  if (isEmpty(children)) return member ? leaf : undefined;
  return member && children[self] === undefined ? { [self]: leaf, ...children } : children;
}

/** What is below a node, without its own membership. */
function below(set: Fields): Fields {
  if (set[self] === undefined) return set;
  const { [self]: _, ...children } = set;
  return children;
}

/** The paths below an element, as a set of their own. */
export const withPrefix = (set: Fields, element: string): Fields => {
  const child = set[element];
  return child === undefined ? noFields : below(child);
};

export const hasElement = (set: Fields, element: string): boolean =>
  element !== self && isMember(set[element]);

export function hasPath(set: Fields, path: readonly string[]): boolean {
  let current = set;
  for (const element of path.slice(0, -1)) {
    const next = current[element];
    if (next === undefined) return false;
    current = next;
  }
  return hasElement(current, path.at(-1) ?? self);
}

export function union(a: Fields, b: Fields): Fields {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  const result: Building = { ...a };
  for (const element in b) {
    const right = b[element] ?? leaf;
    const left = a[element];
    if (left === undefined) result[element] = right;
    else if (element !== self && left !== right) {
      const merged = node(isMember(left) || isMember(right), union(below(left), below(right)));
      if (merged !== undefined) result[element] = merged;
    }
  }
  return result;
}

export function intersection(a: Fields, b: Fields): Fields {
  const result: Building = {};
  for (const element in a) {
    const left = a[element] ?? leaf;
    const right = b[element];
    if (element === self || right === undefined) continue;
    const common = node(isMember(left) && isMember(right), intersection(below(left), below(right)));
    if (common !== undefined) result[element] = common;
  }
  return result;
}

/** Without the members of `b`; children of a removed member stay unless `b` has them. The same object when nothing goes. */
export function difference(a: Fields, b: Fields): Fields {
  return subtract(a, b, false);
}

/** Without the members of `b` and everything below them. */
export function recursiveDifference(a: Fields, b: Fields): Fields {
  return subtract(a, b, true);
}

function subtract(a: Fields, b: Fields, recursive: boolean): Fields {
  if (isEmpty(b)) return a;
  let result: Building | undefined;
  for (const element in a) {
    const left = a[element] ?? leaf;
    const right = b[element];
    if (element === self || right === undefined) continue;
    const gone = isMember(right);
    const children = gone && recursive ? noFields : subtract(below(left), below(right), recursive);
    const kept = node(isMember(left) && !gone, children);
    if (kept !== undefined && sameNode(kept, left)) continue;
    result ??= { ...a };
    if (kept === undefined) delete result[element];
    else result[element] = kept;
  }
  return result ?? a;
}

/** `node` may have rebuilt an equal one. */
const sameNode = (a: Fields, b: Fields): boolean => a === b || equalFields(a, b);

export function equalFields(a: Fields, b: Fields): boolean {
  if (a === b) return true;
  let count = 0;
  for (const element in a) {
    const right = b[element];
    if (right === undefined || !equalFields(a[element] ?? leaf, right)) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

/** Calls with every member: at each level first the members, then what is below them, each in upstream's order. */
export function forEachPath(
  set: Fields,
  visit: (path: readonly string[]) => void,
  prefix: readonly string[] = [],
): void {
  const elements = Object.keys(set)
    .filter((element) => element !== self)
    .sort(compareElements);
  for (const element of elements) if (isMember(set[element])) visit([...prefix, element]);
  for (const element of elements) forEachPath(below(set[element] ?? leaf), visit, [...prefix, element]);
}

/** Written in upstream's order. */
export function encodeFields(set: Fields): Fields {
  const elements = Object.keys(set);
  if (elements.length === 0) return leaf;
  const sorted: Building = {};
  for (const element of elements.length === 1 ? elements : elements.sort(compareElements))
    sorted[element] = encodeFields(set[element] ?? leaf);
  return sorted;
}

/** What a client sent as `fieldsV1`, made canonical; undefined when it is not a set. */
export function decodeFields(value: Json | undefined, depth = 0): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > maxDepth)
    return undefined;
  const json = value as { readonly [key: string]: Json };
  const result: Building = {};
  for (const key of Object.keys(json)) {
    if (key === self) {
      if (depth > 0) result[self] = leaf;
      continue;
    }
    const element = readElement(key);
    const child = decodeFields(json[key], depth + 1);
    if (element === undefined || child === undefined) return undefined;
    const known = result[element];
    const merged = known === undefined ? child : union({ [element]: known }, { [element]: child })[element];
    result[element] = merged ?? leaf;
  }
  // A lone `.` says no more than `{}`.
  return isEmpty(result) ? leaf : result;
}

/** Collects paths; `path` is the caller's stack and is not kept. */
export class FieldsBuilder {
  #root: Building = {};

  insert(path: readonly string[]): void {
    const last = path.length - 1;
    if (last < 0) return;
    let current = this.#root;
    for (let i = 0; i < last; i++) current = descend(current, path[i] ?? self);
    const element = path[last] ?? self;
    const known = current[element];
    if (known === undefined) current[element] = leaf;
    else if (known !== leaf) (known as Building)[self] = leaf;
  }

  build(): Fields {
    return this.#root;
  }
}

function descend(parent: Building, element: string): Building {
  const known = parent[element];
  if (known !== undefined && known !== leaf) return known as Building;
  const child: Building = known === undefined ? {} : { [self]: leaf };
  parent[element] = child;
  return child;
}

/** The set of the given paths, each a list of field names. */
export function fieldsOf(paths: readonly (readonly string[])[]): Fields {
  const builder = new FieldsBuilder();
  for (const path of paths) builder.insert(path.map((name) => `f:${name}`));
  return builder.build();
}
