import { perl } from './classes.ts';
import type { CharSet } from './syntax.ts';

const controls: { readonly [c: string]: number } = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** A value, and how many characters after the escaped one belong to it. */
interface Escaped<T> {
  readonly value: T;
  readonly length: number;
}

/** The code point that `\` + `c` stands for, such as `\n`, `\x41`, `\x{1F600}`, `\101` or `\.`; undefined is a bad escape. */
export function escapedCode(c: string, rest: string): Escaped<number> | undefined {
  if (Object.hasOwn(controls, c)) return { value: controls[c] ?? 0, length: 0 };
  if (c === 'x') {
    const match = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest);
    const value = Number.parseInt(match?.[1] ?? match?.[2] ?? '', 16);
    return match === null || value > 0x10ffff ? undefined : { value, length: match[0].length };
  }
  if (/[0-7]/.test(c)) {
    const digits = /^[0-7]{0,2}/.exec(rest)?.[0] ?? '';
    return c !== '0' && digits === ''
      ? undefined
      : { value: Number.parseInt(c + digits, 8), length: digits.length };
  }
  return /[A-Za-z0-9]/.test(c) ? undefined : { value: c.codePointAt(0) ?? 0, length: 0 };
}

/** `\d`, `\W`, `\pL`, `\P{Greek}`; undefined for what is no class, 'bad' for a class that nobody knows. */
export function escapedClass(c: string, rest: string): Escaped<CharSet> | Escaped<'bad'> | undefined {
  const lower = c.toLowerCase();
  const ranges = Object.hasOwn(perl, lower) ? perl[lower] : undefined;
  if (ranges !== undefined) return { value: { ranges, classes: [], negated: c !== lower }, length: 0 };
  if (lower !== 'p') return undefined;
  const match = /^(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(rest);
  if (match === null) return { value: 'bad', length: rest.length };
  const { length } = match[0];
  const name = match[2] ?? match[3] ?? '';
  const negated = (c === 'P') !== (match[1] === '^');
  for (const source of [`\\p{${name}}`, `\\p{Script=${name}}`]) {
    try {
      const expression = new RegExp(source, 'u');
      return { value: { ranges: [], classes: [{ expression, negated }], negated: false }, length };
    } catch {
      // Not a general category: perhaps a script.
    }
  }
  return { value: 'bad', length };
}
