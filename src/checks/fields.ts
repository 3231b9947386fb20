import type { Json } from '../base/json.ts';

/**
 * The value at a field path, or undefined. A dot goes one level down; when an own key contains dots (`pids.max`,
 * `com.docker.compose.project`), the longest key that fits wins. `[0]` is an element of a list, `[-1]` the last one.
 * Inherited properties do not exist. The empty path is the value itself.
 */
export function fieldAt(value: Json | undefined, path: string): Json | undefined {
  if (path === '' || value === undefined) return value;
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return elementAt(value as readonly Json[], path);
  const map = value as { readonly [key: string]: Json };
  const key = longestOwnKey(map, path);
  return key === undefined ? undefined : fieldAt(map[key], remainder(path, key.length));
}

function elementAt(list: readonly Json[], path: string): Json | undefined {
  const index = /^\[(-?\d{1,9})\]|^(\d{1,9})(?=$|[.[])/.exec(path);
  if (!index) return undefined;
  return fieldAt(list.at(Number(index[1] ?? index[2])), remainder(path, index[0].length));
}

function longestOwnKey(map: { readonly [key: string]: Json }, path: string): string | undefined {
  for (let end = path.length; end > 0; end--) {
    const atBoundary = end === path.length || path[end] === '.' || path[end] === '[';
    if (atBoundary && Object.hasOwn(map, path.slice(0, end))) return path.slice(0, end);
  }
  return undefined;
}

function remainder(path: string, from: number): string {
  return path[from] === '.' ? path.slice(from + 1) : path.slice(from);
}

/** Equality of JSON values. A number equals its own text (`8080` and `"8080"`): tools print the same value both ways. */
export function sameValue(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (typeof left === 'number' && typeof right === 'string') return String(left) === right.trim();
  if (typeof left === 'string' && typeof right === 'number') return left.trim() === String(right);
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const leftKeys = Object.keys(left);
  if (leftKeys.length !== Object.keys(right).length) return false;
  return leftKeys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      sameValue((left as Record<string, Json>)[key] ?? null, (right as Record<string, Json>)[key] ?? null),
  );
}

/** A number, or a text that is one; undefined otherwise. */
export function numberIn(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*-?\d+(\.\d+)?\s*$/.test(value)) return undefined;
  return Number(value);
}
