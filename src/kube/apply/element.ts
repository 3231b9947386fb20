import { goQuote } from '../field-error.ts';
import { escapeHtml, getKey, goPrint, isDict, type Value, type ValueDict } from '../patch/dict.ts';

/**
 * Path elements as FieldsV1 writes them: `f:<field>`, `k:<keys of a list element>`, `v:<element of a set>`, `i:<index>`.
 * The text is canonical, so equal elements are equal texts. Mirrors structured-merge-diff/fieldpath.
 */
export const fieldElement = (name: string): string => `f:${name}`;
export const valueElement = (value: Value): string => `v:${goJson(value)}`;
export const indexElement = (index: number): string => `i:${index}`;

/** `keys` in the order of their names. */
export function keyElement(keys: readonly (readonly [string, Value])[]): string {
  return `k:{${keys.map(([name, value]) => `${JSON.stringify(name)}:${goJson(value)}`).join(',')}}`;
}

function goJson(value: Value): string {
  if (typeof value === 'number') return String(value);
  if (isDict(value) || Array.isArray(value) || typeof value === 'string')
    return escapeHtml(JSON.stringify(value));
  return goPrint(value) === '<nil>' ? 'null' : goPrint(value);
}

const ranks: { readonly [prefix: string]: number } = { '.': 0, f: 1, k: 2, v: 3, i: 4 };

/** Upstream's order: fields, keys, values, indices; numbers as numbers. `.` comes first. */
export function compareElements(a: string, b: string): number {
  const kind = a.charAt(0);
  const rank = (ranks[kind] ?? 9) - (ranks[b.charAt(0)] ?? 9);
  if (rank !== 0) return rank;
  if (kind === 'f') return compareText(a, b);
  if (a === b) return 0;
  const left = parsed(a);
  const right = parsed(b);
  if (kind !== 'k' || !isDict(left) || !isDict(right)) return compareValues(left, right);
  const names = Object.keys(left).sort();
  const others = Object.keys(right).sort();
  for (const [i, name] of names.entries()) {
    const other = others[i];
    if (other === undefined) return 1;
    const order = compareText(name, other) || compareValues(getKey(left, name), getKey(right, other));
    if (order !== 0) return order;
  }
  return names.length - others.length;
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const parsed = (element: string): Value => JSON.parse(element.slice(2)) as Value;

function typeRank(value: Value | undefined): number {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return 1;
  if (typeof value === 'boolean') return 2;
  if (Array.isArray(value)) return 3;
  return value === null || value === undefined ? 5 : 4;
}

function compareValues(a: Value | undefined, b: Value | undefined): number {
  const rank = typeRank(a) - typeRank(b);
  if (rank !== 0) return rank;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'boolean') return Number(a) - Number(b);
  return compareText(
    typeof a === 'string' ? a : JSON.stringify(a ?? null),
    typeof b === 'string' ? b : JSON.stringify(b ?? null),
  );
}

/** As messages show it: `.spec`, `[name="horno"]`, `[="x"]`, `[0]`. */
export function printElement(element: string): string {
  const rest = element.slice(2);
  switch (element.charAt(0)) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = parsed(element) as ValueDict;
      const texts = Object.keys(keys).sort();
      return `[${texts.map((name) => `${name}=${printValue(keys[name] ?? null)}`).join(',')}]`;
    }
    case 'v':
      return `[=${printValue(parsed(element))}]`;
    default:
      return `[${rest}]`;
  }
}

export const printPath = (path: readonly string[]): string => path.map(printElement).join('');

function printValue(value: Value): string {
  if (typeof value === 'string') return goQuote(value);
  return value === null ? 'null' : goPrint(value);
}

/**
 * The canonical text of an element that a client wrote, or undefined when it is none. Mirrors DeserializePathElement.
 */
export function readElement(text: string): string | undefined {
  if (text.charAt(1) !== ':') return undefined;
  switch (text.charAt(0)) {
    case 'f':
      return text;
    case 'i':
      return /^i:[+-]?[0-9]{1,15}$/.test(text) ? indexElement(Number(text.slice(2))) : undefined;
    case 'v':
    case 'k': {
      const value = tryParse(text.slice(2));
      if (value === undefined) return undefined;
      if (text.startsWith('v')) return valueElement(value);
      if (!isDict(value)) return undefined;
      const keys = Object.keys(value).sort();
      return keyElement(keys.map((key) => [key, value[key] ?? null]));
    }
    default:
      return undefined;
  }
}

function tryParse(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}
