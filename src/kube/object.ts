import type { JsonObject } from '../base/json.ts';
import type { ObjectMeta } from './api/meta-v1.ts';

/** JSON that its owner may still change. Objects read from the store or a client are frozen by agreement: clone first. */
export type MutableJson = null | boolean | number | string | MutableJson[] | { [key: string]: MutableJson };
export type Dict = { [key: string]: MutableJson };

/** Any object of the API. The typed ones are in `api/`; `asKind<Pod>(object)` says which one it is. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** The one cast from an object whose schema has been checked to its type. */
export function asKind<T>(object: KubeObject): T {
  return object as unknown as T;
}

/** The object as plain JSON, for code that walks it by path. Same reference, not a copy. */
export function asDict(object: unknown): Dict {
  return object as Dict;
}

export function isDict(value: MutableJson | undefined): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a member, whatever its name: `__proto__` is a key like any other. */
export function setKey<V>(object: { [key: string]: V }, key: string, value: V): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}

/** A deep copy of JSON, several times faster than `structuredClone`. */
export function cloneJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => cloneJson(item)) as T;
  if (value === null || typeof value !== 'object') return value;
  const copy: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) {
    const item = (value as { [key: string]: unknown })[key];
    setKey(copy, key, cloneJson(item));
  }
  return copy as T;
}

/** Deep equality of JSON. The order of keys does not matter; an absent key and `undefined` are the same. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => equalJson(item, b[i]))
    );
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  for (const key of Object.keys(left))
    if (!equalJson(left[key], Object.hasOwn(right, key) ? right[key] : undefined)) return false;
  for (const key of Object.keys(right))
    if (right[key] !== undefined && !Object.hasOwn(left, key)) return false;
  return true;
}

export interface GroupVersion {
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
}

/** `v1`, `apps/v1` */
export function apiVersionOf({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}

export function parseApiVersion(apiVersion: string): GroupVersion | undefined {
  const parts = apiVersion.split('/');
  if (parts.length === 1) return { group: '', version: parts[0] ?? '' };
  if (parts.length === 2) return { group: parts[0] ?? '', version: parts[1] ?? '' };
  return undefined;
}
