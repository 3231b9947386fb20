import { setFlagsFromString } from 'node:v8';
import { characterClass } from '../../shell/pattern.ts';

/**
 * Expressions that would try without end go on in V8's engine of linear time, which knows neither the flag `u` nor looking
 * around. For the whole process, for expressions made from then on.
 */
export function boundExpressions(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
}

/** POSIX expressions as JavaScript's: `basic` without `-E` or `-r`. Undefined: not right. */
export function toRegExp(pattern: string, basic: boolean, flags = ''): RegExp | undefined {
  try {
    return new RegExp(translate(pattern, basic), flags);
  } catch {
    return undefined;
  }
}

function translate(pattern: string, basic: boolean): string {
  let out = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (char === '[') {
      const end = bracketEnd(pattern, at);
      if (end === undefined) return '[';
      out += bracketOf(pattern.slice(at, end + 1));
      at = end;
    } else if (char === '\\') {
      const next = pattern[++at] ?? '';
      if (basic && '(){}|+?'.includes(next)) out += next;
      else if (next === '<') out += '\\b(?=\\w)';
      else if (next === '>') out += '\\b(?<=\\w)';
      else if (/[1-9wWsSbBdDnt]/.test(next)) out += `\\${next}`;
      else out += escaped(next);
    } else if (basic && '(){}|+?'.includes(char)) out += `\\${char}`;
    else if (char === '*' && (out === '' || /(?:^|[^\\])[(|^]$/.test(out))) out += '\\*';
    else if (basic && char === '^' && out !== '' && !/[(|]$/.test(out)) out += '\\^';
    else if (basic && char === '$' && at < pattern.length - 1 && !/^\\[)|]/.test(pattern.slice(at + 1)))
      out += '\\$';
    else if (char === '{' && !/^\{\d*,?\d*\}/.test(pattern.slice(at))) out += '\\{';
    else if (char === '}' && !/\{\d*,?\d*$/.test(out)) out += '\\}';
    else if (char === '/') out += '\\/';
    else out += char;
  }
  return out;
}

function escaped(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

function bracketEnd(pattern: string, start: number): number | undefined {
  let at = start + 1;
  if (pattern[at] === '^') at++;
  if (pattern[at] === ']') at++;
  for (; at < pattern.length; at++) {
    if (pattern[at] === '[' && pattern[at + 1] === ':') {
      const end = pattern.indexOf(':]', at);
      if (end > 0) at = end + 1;
    } else if (pattern[at] === ']') return at;
  }
  return undefined;
}

const classTexts: { readonly [name: string]: string } = {
  alpha: '\\p{L}',
  digit: '0-9',
  alnum: '\\p{L}0-9',
  upper: '\\p{Lu}',
  lower: '\\p{Ll}',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: '\\x20-\\x7e\\u00a0-\\uffff',
  graph: '\\x21-\\x7e\\u00a1-\\uffff',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
};

function bracketOf(text: string): string {
  const negated = text[1] === '^';
  const inner = text.slice(negated ? 2 : 1, -1);
  const body = inner.replace(/\[:(\w+):\]|[\\\][^]/g, (whole, name: string | undefined) => {
    if (name !== undefined) return characterClass(name) === undefined ? whole : (classTexts[name] ?? '');
    return `\\${whole}`;
  });
  return `[${negated ? '^' : ''}${body}]`;
}
