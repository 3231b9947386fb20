import { complement, posix } from './classes.ts';
import { escapedClass, escapedCode } from './escapes.ts';
import { type Assertion, type CharSet, type Node, RegexSyntaxError } from './syntax.ts';

const maxRepeat = 1000;
const maxDepth = 200;

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

/** Throws a RegexSyntaxError. */
export function parseRegex(pattern: string): Node {
  const parser = new RegexParser(pattern);
  return parser.whole();
}

class RegexParser {
  readonly #text: string;
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;
  #flags: Flags = { i: false, m: false, s: false, U: false };

  constructor(text: string) {
    this.#text = text;
    this.#chars = [...text];
  }

  whole(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#chars.length) throw new RegexSyntaxError('unexpected )', this.#text);
    return node;
  }

  #rest(from: number, to = this.#chars.length): string {
    return this.#chars.slice(from, to).join('');
  }

  #alternatives(): Node {
    if (++this.#depth > maxDepth) throw new RegexSyntaxError('expression nests too deeply', this.#text);
    const parts = [this.#sequence()];
    while (this.#chars[this.#at] === '|') {
      this.#at++;
      parts.push(this.#sequence());
    }
    this.#depth--;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'alt', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (;;) {
      const c = this.#chars[this.#at];
      if (c === undefined || c === '|' || c === ')') break;
      const start = this.#at;
      const atom = this.#atom(c);
      if (atom === undefined) continue;
      parts.push(this.#repeated(atom, start));
    }
    return parts.length === 0 ? { kind: 'empty' } : { kind: 'cat', parts };
  }

  #repeated(atom: Node, start: number): Node {
    let node = atom;
    for (let count = 0; ; count++) {
      const opStart = this.#at;
      const range = this.#quantifier();
      if (range === undefined) return node;
      const lazy = this.#chars[this.#at] === '?';
      if (lazy) this.#at++;
      if (count > 0)
        throw new RegexSyntaxError('invalid nested repetition operator', this.#rest(this.#lastOp, this.#at));
      this.#lastOp = opStart;
      if (range.min > maxRepeat || (range.max !== Number.POSITIVE_INFINITY && range.max > maxRepeat))
        throw new RegexSyntaxError('invalid repeat count', this.#rest(opStart, this.#at));
      if (range.max < range.min)
        throw new RegexSyntaxError('invalid repeat count', this.#rest(opStart, this.#at));
      node = { kind: 'repeat', of: node, ...range, greedy: lazy === this.#flags.U };
      if (start === opStart) return node;
    }
  }

  #lastOp = 0;

  #quantifier(): { min: number; max: number } | undefined {
    const c = this.#chars[this.#at];
    const infinite = Number.POSITIVE_INFINITY;
    if (c === '*' || c === '+' || c === '?') {
      this.#at++;
      return { min: c === '+' ? 1 : 0, max: c === '?' ? 1 : infinite };
    }
    if (c !== '{') return undefined;
    const match = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.#rest(this.#at, this.#at + 24));
    if (match === null) return undefined;
    this.#at += match[0].length;
    const min = Number(match[1]);
    return { min, max: match[2] === undefined ? min : match[3] === '' ? infinite : Number(match[3]) };
  }

  #atom(c: string): Node | undefined {
    this.#at++;
    switch (c) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'set', set: this.#class() };
      case '.':
        return { kind: 'set', set: { ranges: this.#flags.s ? [] : [[10, 10]], classes: [], negated: true } };
      case '^':
        return { kind: 'assert', what: this.#flags.m ? 'lineStart' : 'textStart' };
      case '$':
        return { kind: 'assert', what: this.#flags.m ? 'lineEnd' : 'textEnd' };
      case '*':
      case '+':
      case '?':
        throw new RegexSyntaxError('missing argument to repetition operator', this.#operatorAt(this.#at - 1));
      case '{':
        this.#at--;
        if (this.#quantifier() !== undefined)
          throw new RegexSyntaxError('missing argument to repetition operator', this.#operatorAt(this.#at));
        this.#at++;
        return this.#literal(123);
      case '\\':
        return this.#escape();
      default:
        return this.#literal(c.codePointAt(0) ?? 0);
    }
  }

  #operatorAt(at: number): string {
    return this.#chars[at] ?? '';
  }

  #literal(code: number): Node {
    return { kind: 'set', set: this.#folded([[code, code]], [], false) };
  }

  /** With `(?i)` each range gets the other case of its letters. */
  #folded(
    ranges: readonly (readonly [number, number])[],
    classes: CharSet['classes'],
    negated: boolean,
  ): CharSet {
    if (!this.#flags.i) return { ranges, classes, negated };
    const both: (readonly [number, number])[] = [...ranges];
    for (const [low, high] of ranges) {
      for (let code = low; code <= Math.min(high, low + 512); code++) {
        const char = String.fromCodePoint(code);
        for (const other of [char.toLowerCase(), char.toUpperCase()]) {
          const folded = other.codePointAt(0) ?? code;
          if ([...other].length === 1 && folded !== code) both.push([folded, folded]);
        }
      }
    }
    return { ranges: both, classes, negated };
  }

  #group(): Node | undefined {
    const saved = this.#flags;
    const open = this.#at - 1;
    if (this.#chars[this.#at] === '?') {
      const text = this.#rest(this.#at, this.#at + 80);
      const named = /^\?P?<([A-Za-z0-9_]+)>/.exec(text);
      if (named !== null) this.#at += named[0].length;
      else {
        const flags = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(text);
        if (flags === null || (flags[1] === '' && flags[2] === undefined && flags[3] === ')')) {
          if (/^\?P?</.test(text) && !/^\?<[=!]/.test(text))
            throw new RegexSyntaxError('invalid named capture', this.#rest(open));
          throw new RegexSyntaxError(
            'invalid or unsupported Perl syntax',
            this.#rest(open, open + (/^\?</.test(text) ? 4 : 3)),
          );
        }
        this.#at += flags[0].length;
        this.#flags = withFlags(this.#flags, flags[1] ?? '', flags[2] ?? '');
        // `(?i)` holds to the end of the group that it stands in.
        if (flags[3] === ')') return undefined;
      }
    }
    const node = this.#alternatives();
    if (this.#chars[this.#at] !== ')') throw new RegexSyntaxError('missing closing )', this.#text);
    this.#at++;
    this.#flags = saved;
    return node;
  }

  #escape(): Node {
    const c = this.#chars[this.#at++];
    if (c === undefined) throw new RegexSyntaxError('trailing backslash at end of expression', '');
    const assertions: { readonly [c: string]: Assertion } = {
      A: 'textStart',
      z: 'textEnd',
      b: 'word',
      B: 'notWord',
    };
    const what = Object.hasOwn(assertions, c) ? assertions[c] : undefined;
    if (what !== undefined) return { kind: 'assert', what };
    if (c === 'Q') {
      const end = this.#rest(this.#at).indexOf('\\E');
      const text = end < 0 ? this.#rest(this.#at) : this.#rest(this.#at).slice(0, end);
      this.#at += [...text].length + (end < 0 ? 0 : 2);
      return { kind: 'cat', parts: [...text].map((char) => this.#literal(char.codePointAt(0) ?? 0)) };
    }
    const set = this.#classEscape(c);
    if (set !== undefined) return { kind: 'set', set };
    return this.#literal(this.#codeOf(c));
  }

  #classEscape(c: string): CharSet | undefined {
    const start = this.#at - 2;
    const found = escapedClass(c, this.#rest(this.#at));
    if (found === undefined) return undefined;
    this.#at += found.length;
    if (found.value === 'bad')
      throw new RegexSyntaxError('invalid character class range', this.#rest(start, this.#at));
    return found.value;
  }

  #codeOf(c: string): number {
    const found = escapedCode(c, this.#rest(this.#at));
    if (found === undefined)
      throw new RegexSyntaxError('invalid escape sequence', this.#rest(this.#at - 2, this.#at));
    this.#at += found.length;
    return found.value;
  }

  #class(): CharSet {
    const open = this.#at - 1;
    const negated = this.#chars[this.#at] === '^';
    if (negated) this.#at++;
    const ranges: (readonly [number, number])[] = [];
    const classes: { readonly expression: RegExp; readonly negated: boolean }[] = [];
    for (let first = true; ; first = false) {
      const c = this.#chars[this.#at];
      if (c === undefined) throw new RegexSyntaxError('missing closing ]', this.#rest(open));
      if (c === ']' && !first) break;
      if (c === '[' && this.#chars[this.#at + 1] === ':') {
        const match = /^\[:(\^?)([a-z]+):\]/.exec(this.#rest(this.#at, this.#at + 14));
        if (match !== null) {
          const named = Object.hasOwn(posix, match[2] ?? '') ? posix[match[2] ?? ''] : undefined;
          if (named === undefined) throw new RegexSyntaxError('invalid character class range', match[0]);
          ranges.push(...(match[1] === '^' ? complement(named) : named));
          this.#at += match[0].length;
          continue;
        }
      }
      if (c === '\\') {
        const saved = this.#at;
        this.#at += 2;
        const set = this.#classEscape(this.#chars[saved + 1] ?? '');
        if (set !== undefined) {
          ranges.push(...(set.negated ? complement(set.ranges) : set.ranges));
          classes.push(...set.classes);
          continue;
        }
        this.#at = saved;
      }
      const start = this.#at;
      const low = this.#classChar(open);
      let high = low;
      if (this.#chars[this.#at] === '-' && ![']', undefined].includes(this.#chars[this.#at + 1])) {
        this.#at++;
        high = this.#classChar(open);
        if (high < low)
          throw new RegexSyntaxError('invalid character class range', this.#rest(start, this.#at));
      }
      ranges.push([low, high]);
    }
    this.#at++;
    return this.#folded(ranges, classes, negated);
  }

  #classChar(open: number): number {
    const c = this.#chars[this.#at++];
    if (c === undefined) throw new RegexSyntaxError('missing closing ]', this.#rest(open));
    if (c !== '\\') return c.codePointAt(0) ?? 0;
    const escaped = this.#chars[this.#at++];
    if (escaped === undefined) throw new RegexSyntaxError('trailing backslash at end of expression', '');
    return this.#codeOf(escaped);
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const value = (flag: 'i' | 'm' | 's' | 'U') =>
    off.includes(flag) ? false : on.includes(flag) ? true : flags[flag];
  return { i: value('i'), m: value('m'), s: value('s'), U: value('U') };
}
