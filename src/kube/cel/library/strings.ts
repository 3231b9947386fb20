import type { Environment } from '@marcbachmann/cel-js';
import { compileRegex, RegexSyntaxError } from '../../regex/regex.ts';
import { charge } from '../budget.ts';
import { CelRuntimeError } from '../errors.ts';

/** cel-go's string extensions (version 2) and Kubernetes' regular expressions. Mirrors apiserver/pkg/cel/library/regex.go. */

const maxText = 1 << 20;
const maxFound = 10_000;

/** Upstream's estimate: a tenth of the text for each four characters of the expression. */
function regexOf(pattern: string, text: string) {
  charge((1 + text.length / 10) * (1 + pattern.length / 4));
  try {
    return compileRegex(pattern);
  } catch (error) {
    if (error instanceof RegexSyntaxError) throw new CelRuntimeError(error.message);
    throw error;
  }
}

function bounded(text: string): string {
  if (text.length > maxText) throw new CelRuntimeError('the text is too long');
  return text;
}

function findAll(text: string, pattern: string, limit: number): string[] {
  const regex = regexOf(pattern, text);
  const found: string[] = [];
  for (let at = 0; found.length < limit && at <= text.length; ) {
    const match = regex.find(text, at);
    if (match === undefined) break;
    found.push(text.slice(match.start, match.end));
    at = match.end > match.start ? match.end : match.end + 1;
  }
  return found;
}

export function registerStrings(environment: Environment): void {
  environment
    // The library's own `matches` uses JavaScript's expressions; calls are renamed to this when they are compiled.
    .registerFunction('string.matchesGo(string): bool', (text: string, pattern: string) =>
      regexOf(pattern, text).test(text),
    )
    .registerFunction('matchesGo(string, string): bool', (text: string, pattern: string) =>
      regexOf(pattern, text).test(text),
    )
    .registerFunction('string.find(string): string', (text: string, pattern: string) => {
      const match = regexOf(pattern, text).find(text);
      return match === undefined ? '' : text.slice(match.start, match.end);
    })
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      findAll(text, pattern, maxFound),
    )
    .registerFunction(
      'string.findAll(string, int): list<string>',
      (text: string, pattern: string, n: bigint) =>
        findAll(text, pattern, n < 0n ? maxFound : Math.min(Number(n), maxFound)),
    )
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) => {
      const chars = [...text];
      if (index < 0n || Number(index) > chars.length)
        throw new CelRuntimeError(`index out of range: ${index}`);
      return chars[Number(index)] ?? '';
    })
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      bounded(text.replaceAll(from, () => to)),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, from: string, to: string, limit: bigint) => {
        if (limit < 0n) return bounded(text.replaceAll(from, () => to));
        let left = Number(limit);
        return bounded(text.replaceAll(from, (match) => (left-- > 0 ? to : match)));
      },
    )
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
    .registerFunction('string.format(list): string', (text: string, args: unknown[]) =>
      bounded(formatText(text, args)),
    );
}

/** `"%d of %s".format([…])` */
function formatText(text: string, args: readonly unknown[]): string {
  let next = 0;
  return text.replace(
    /%(?:%|(?:\.(\d{1,3}))?([a-zA-Z]))/g,
    (whole, precision: string | undefined, verb: string) => {
      if (whole === '%%') return '%';
      if (next >= args.length) throw new CelRuntimeError(`index ${next} out of range`);
      const value = args[next++];
      switch (verb) {
        case 's':
          return textOf(value);
        case 'd':
          if (typeof value !== 'bigint' && typeof value !== 'number')
            throw new CelRuntimeError('error during formatting: decimal clause can only be used on integers');
          return String(value);
        case 'f':
          return Number(value).toFixed(precision === undefined ? 6 : Number(precision));
        case 'e':
          return Number(value).toExponential(precision === undefined ? 6 : Number(precision));
        case 'b':
          return typeof value === 'boolean' ? (value ? '1' : '0') : BigInt(value as bigint).toString(2);
        case 'o':
          return BigInt(value as bigint).toString(8);
        case 'x':
        case 'X': {
          const hex =
            typeof value === 'string'
              ? Buffer.from(value).toString('hex')
              : BigInt(value as bigint).toString(16);
          return verb === 'X' ? hex.toUpperCase() : hex;
        }
        default:
          throw new CelRuntimeError(
            `could not parse formatting clause: unrecognized formatting clause "${verb}"`,
          );
      }
    },
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, item]) => `${textOf(key)}: ${textOf(item)}`)
      .sort()
      .join(', ')}}`;
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  return String(value);
}
