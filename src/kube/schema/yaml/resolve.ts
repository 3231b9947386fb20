import { YamlError } from './token.ts';

/** What a plain scalar is in go-yaml 2, a mixture of YAML 1.1 and 1.2. Big integers keep their exact value. */
export type Resolved = null | boolean | number | bigint | string;

const words: ReadonlyMap<string, null | boolean | number> = new Map<string, null | boolean | number>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((w) => [w, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (w) => [w, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((w) => [w, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((w) => [w, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((w) => [w, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((w) => [w, Number.NEGATIVE_INFINITY] as const),
]);

const integer = /^([-+]?)(?:(0x[0-9a-f]+)|(0b[01]+)|0o?([0-7]+)|(0|[1-9][0-9]*))$/i;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?$/i;
const timestamp =
  /^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d?:\d\d?(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?)?$/;
const uintLimit = 1n << 64n;
const intLimit = 1n << 63n;

/** `tag` in its short form, '' when there is none. Throws a YamlError when the text is not what its tag says. */
export function resolveScalar(text: string, plain: boolean, tag: string): Resolved {
  if (tag === '!!binary') return binary(text);
  if (tag === '!!str' || tag === '!' || (!plain && tag === '')) return text;
  if (tag !== '' && !known.has(tag)) return text;
  const value = untagged(text);
  if (tag === '') return value;
  const found = tagOf(value, text);
  if (found === tag) return value;
  if (tag === '!!float' && found === '!!int') return Number(value);
  throw new YamlError(`yaml: cannot decode ${found} \`${text}\` as a ${tag}`);
}

const known = new Set(['!!bool', '!!int', '!!float', '!!null', '!!timestamp']);

function tagOf(value: Resolved, text: string): string {
  if (value === null) return '!!null';
  if (typeof value === 'boolean') return '!!bool';
  if (typeof value === 'bigint') return '!!int';
  if (typeof value === 'number') return integer.test(text.replaceAll('_', '')) ? '!!int' : '!!float';
  return timestamp.test(text) ? '!!timestamp' : '!!str';
}

function untagged(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  const first = text.charAt(0);
  if (first === '.') return float.test(text) ? Number(text) : text;
  // Timestamps stay texts: JSON has none.
  if (!/^[-+0-9]/.test(first) || timestamp.test(text)) return text;
  const digits = text.replaceAll('_', '');
  const whole = integer.exec(digits);
  if (whole !== null) {
    const exact = integerOf(whole);
    if (exact < uintLimit && exact >= -intLimit)
      return exact > 9_007_199_254_740_991n || exact < -9_007_199_254_740_991n ? exact : Number(exact);
  }
  return float.test(digits) ? Number(digits) : text;
}

function integerOf([, sign, hex, bits, octal, decimal]: RegExpExecArray): bigint {
  const magnitude = BigInt(hex ?? bits ?? (octal === undefined ? (decimal ?? '0') : `0o${octal}`));
  return sign === '-' ? -magnitude : magnitude;
}

function binary(text: string): string {
  const compact = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact))
    throw new YamlError('yaml: !!binary value contains invalid base64 data');
  return Buffer.from(compact, 'base64').toString('utf8');
}
