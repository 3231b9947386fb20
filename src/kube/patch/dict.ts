import { setKey } from '../object.ts';
import { RawNumber } from '../schema/parse-json.ts';

/**
 * What parsed patches and documents are made of. Numbers that are not plain integers may still be RawNumber, a scalar that
 * must not be taken for an object.
 */
export type Value = null | boolean | number | string | RawNumber | Value[] | ValueDict;
export interface ValueDict {
  [key: string]: Value;
}

export function isDict(value: unknown): value is ValueDict {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawNumber)
  );
}

/** The own member, or undefined: inherited ones do not exist. */
export function getKey(dict: ValueDict, key: string): Value | undefined {
  return Object.hasOwn(dict, key) ? dict[key] : undefined;
}

export function cloneValue(value: Value): Value {
  if (Array.isArray(value)) return value.map(cloneValue);
  if (!isDict(value)) return value;
  const copy: ValueDict = {};
  for (const key of Object.keys(value)) setKey(copy, key, cloneValue(value[key] as Value));
  return copy;
}

/** Deep equality; numbers by value, `1.0` as text is 1. */
export function equalValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a instanceof RawNumber || b instanceof RawNumber) return numberText(a) === numberText(b);
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalValue(item, b[i]));
  if (!isDict(a) || !isDict(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equalValue(a[key], b[key]))
  );
}

function numberText(value: Value | undefined): string | undefined {
  if (!(value instanceof RawNumber)) return typeof value === 'number' ? String(value) : undefined;
  // `1.0` and `1e3` are 1 and 1000; integers beyond what a double holds are their digits.
  const number = Number(value.text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? value.text : String(number);
}

/** As Go's fmt prints parsed JSON with `%v`: `map[a:1 b:[x y]]`, keys sorted. */
export function goPrint(value: Value | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (value instanceof RawNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(goPrint).join(' ')}]`;
  if (!isDict(value)) return String(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goPrint(value[key])}`);
  return `map[${members.join(' ')}]`;
}

/** The Go type of parsed JSON, as `%T` says it. */
export function goTypeOf(value: Value | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (value instanceof RawNumber) return 'float64';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return 'map[string]interface {}';
  }
}

/** JSON text as Go's encoder writes it: these characters escaped, for the sake of HTML. */
export function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
