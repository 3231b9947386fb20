import { toRegExp } from './regex.ts';

export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'match'; readonly expression: RegExp };

export interface Command {
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly negated: boolean;
  readonly name: string;
  readonly text: string;
  readonly expression?: RegExp;
  readonly replacement?: string;
  readonly flags?: string;
  readonly block?: readonly Command[];
  active: boolean;
}

export class SedFailure extends Error {}

export class SedParser {
  readonly #text: string;
  readonly #basic: boolean;
  #at = 0;

  constructor(text: string, basic: boolean) {
    this.#text = text;
    this.#basic = basic;
  }

  commands(nested = 0): Command[] {
    const all: Command[] = [];
    for (;;) {
      this.#skip(/[\s;]/);
      const char = this.#text[this.#at];
      if (char === undefined) {
        if (nested > 0) throw new SedFailure('unmatched {');
        return all;
      }
      if (char === '}') {
        this.#at++;
        if (nested === 0) throw new SedFailure('unexpected }');
        return all;
      }
      if (char === '#') this.#line();
      else all.push(this.#command(nested));
    }
  }

  #command(nested: number): Command {
    const from = this.#address();
    let to: Address | undefined;
    if (from !== undefined && this.#text[this.#at] === ',') {
      this.#at++;
      to = this.#address();
    }
    this.#skip(/\s/);
    const negated = this.#text[this.#at] === '!';
    if (negated) this.#at++;
    this.#skip(/\s/);
    const name = this.#text[this.#at++] ?? '';
    const base = { from, to, negated, name, text: '', active: false };
    switch (name) {
      case '{':
        if (nested > 50) throw new SedFailure('too many nested blocks');
        return { ...base, block: this.commands(nested + 1) };
      case 's':
        return this.#substitution(base);
      case 'y': {
        const delimiter = this.#text[this.#at++] ?? '';
        return { ...base, text: this.#until(delimiter), replacement: this.#until(delimiter) };
      }
      case 'a':
      case 'i':
      case 'c': {
        this.#skip(/[ \t]/);
        if (this.#text.startsWith('\\\n', this.#at)) this.#at += 2;
        else if (this.#text[this.#at] === '\\') this.#at++;
        return { ...base, text: this.#line().replace(/\\(.)/g, '$1') };
      }
      case ':':
      case 'b':
      case 't':
      case 'T':
      case 'r':
      case 'w': {
        this.#skip(/[ \t]/);
        const end = /[;\n}]|$/.exec(this.#text.slice(this.#at))?.index ?? 0;
        const text =
          name === 'r' || name === 'w' ? this.#line() : this.#text.slice(this.#at, this.#at + end).trim();
        if (name !== 'r' && name !== 'w') this.#at += end;
        return { ...base, text };
      }
      case 'q':
      case 'Q': {
        this.#skip(/[ \t]/);
        const code = /^\d*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
        this.#at += code.length;
        return { ...base, text: code };
      }
      default:
        if (!'pdDnNgGhHxP=l'.includes(name) || name === '')
          throw new SedFailure(`unsupported command ${name}`);
        return base;
    }
  }

  #substitution(base: Omit<Command, 'active'> & { active: boolean }): Command {
    const delimiter = this.#text[this.#at++] ?? '';
    const pattern = this.#until(delimiter, true);
    const replacement = this.#until(delimiter);
    const flags = /^[gpIiw0-9em]*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += flags.length;
    const expression = toRegExp(pattern, this.#basic, /[iI]/.test(flags) ? 'gi' : 'g');
    if (expression === undefined)
      throw new SedFailure(`bad regex '${pattern}': Invalid preceding regular expression`);
    return { ...base, expression, replacement, flags };
  }

  #address(): Address | undefined {
    const number = /^\d+/.exec(this.#text.slice(this.#at))?.[0];
    if (number !== undefined) {
      this.#at += number.length;
      return { kind: 'line', line: Number(number) };
    }
    const char = this.#text[this.#at];
    if (char === '$') {
      this.#at++;
      return { kind: 'last' };
    }
    if (char !== '/' && char !== '\\') return undefined;
    this.#at += char === '\\' ? 2 : 1;
    const pattern = this.#until(char === '\\' ? (this.#text[this.#at - 1] ?? '/') : '/', true);
    const anyCase = this.#text[this.#at] === 'I';
    if (anyCase) this.#at++;
    const expression = toRegExp(pattern, this.#basic, anyCase ? 'i' : '');
    if (expression === undefined) throw new SedFailure(`bad regex '${pattern}'`);
    return { kind: 'match', expression };
  }

  /** Up to the delimiter; an escaped one counts as itself. */
  #until(delimiter: string, brackets = false): string {
    let text = '';
    let inBracket = false;
    for (;;) {
      const char = this.#text[this.#at++];
      if (char === undefined) throw new SedFailure('unterminated expression');
      if (char === '\\' && this.#text[this.#at] === delimiter) text += this.#text[this.#at++];
      else if (char === '\\') text += char + (this.#text[this.#at++] ?? '');
      else if (char === delimiter && !inBracket) return text;
      else {
        if (brackets && char === '[') inBracket = true;
        else if (brackets && char === ']' && !/\[\^?$/.test(text)) inBracket = false;
        text += char;
      }
    }
  }

  #line(): string {
    const end = this.#text.indexOf('\n', this.#at);
    const text = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return text;
  }

  #skip(what: RegExp): void {
    while (what.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}
