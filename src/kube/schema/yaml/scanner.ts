import { Cursor } from './cursor.ts';
import { scanBlock, scanPlain, scanQuoted } from './scalars.ts';
import { type Mark, scanError, type Token, type TokenType, YamlError } from './token.ts';

/** A place where a key without `?` may have begun. */
interface SimpleKey {
  readonly required: boolean;
  readonly tokenNumber: number;
  readonly mark: Mark;
}

const maxDepth = 500;
const maxKeyLength = 1024;
const indicators = new Set([...'-?:,[]{}#&*!|>\'"%@`']);

/** The text as tokens, read as far as the parser asks. Mirrors the scanner of libyaml, whose rules are what YAML means here. */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #tokens: Token[] = [];
  #taken = 0;
  #ended = false;
  #indent = -1;
  readonly #indents: number[] = [];
  #keyAllowed = true;
  /** One per flow level, the block's first. */
  readonly #keys: (SimpleKey | undefined)[] = [undefined];

  constructor(text: string) {
    this.#cursor = new Cursor(text.startsWith('\ufeff') ? text.slice(1) : text);
  }

  peek(): Token {
    for (;;) {
      const head = this.#tokens[0];
      // What looks like a scalar may turn out to be a key: then tokens are put in front of it.
      if (head !== undefined && !this.#mayBecomeKey()) return head;
      this.#fetch();
    }
  }

  next(): Token {
    const token = this.peek();
    this.#tokens.shift();
    this.#taken += 1;
    return token;
  }

  get #flow(): boolean {
    return this.#keys.length > 1;
  }

  #mayBecomeKey(): boolean {
    if (this.#ended) return false;
    this.#forgetStaleKeys();
    return this.#keys.some((key) => key?.tokenNumber === this.#taken);
  }

  /** Keys are on one line and not endless. */
  #forgetStaleKeys(): void {
    const { line, index } = this.#cursor;
    for (let i = 0; i < this.#keys.length; i += 1) {
      const key = this.#keys[i];
      if (key === undefined || (key.mark.line === line && key.mark.index + maxKeyLength >= index)) continue;
      if (key.required) throw scanError("could not find expected ':'", this.#cursor.mark());
      this.#keys[i] = undefined;
    }
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    this.#forgetStaleKeys();
    this.#unroll(cursor.column);
    const c = cursor.peek();
    if (cursor.atEnd()) this.#streamEnd();
    else if (cursor.column === 0 && c === '%') this.#directive();
    else if (cursor.atDocumentIndicator())
      this.#documentIndicator(c === '-' ? 'document-start' : 'document-end');
    else if (c === '[') this.#flowStart('flow-sequence-start');
    else if (c === '{') this.#flowStart('flow-mapping-start');
    else if (c === ']') this.#flowEnd('flow-sequence-end');
    else if (c === '}') this.#flowEnd('flow-mapping-end');
    else if (c === ',') this.#flowEntry();
    else if (c === '-' && cursor.isBlankOrEnd(1)) this.#blockEntry();
    else if (c === '?' && (this.#flow || cursor.isBlankOrEnd(1))) this.#key();
    else if (c === ':' && (this.#flow || cursor.isBlankOrEnd(1))) this.#value();
    else if (c === '*' || c === '&') this.#anchor(c === '*' ? 'alias' : 'anchor');
    else if (c === '!') this.#tag();
    else if ((c === '|' || c === '>') && !this.#flow) this.#block(c === '|');
    else if (c === "'" || c === '"') {
      this.#saveKey();
      this.#keyAllowed = false;
      this.#tokens.push(scanQuoted(cursor, c === "'"));
    } else if (this.#startsPlain(c)) this.#plain();
    else throw scanError('found character that cannot start any token', cursor.mark());
  }

  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      while (cursor.peek() === ' ' || ((this.#flow || !this.#keyAllowed) && cursor.peek() === '\t'))
        cursor.skip();
      if (cursor.peek() === '#') while (!cursor.isBreak() && !cursor.atEnd()) cursor.skip();
      if (!cursor.isBreak()) return;
      cursor.takeBreak();
      if (!this.#flow) this.#keyAllowed = true;
    }
  }

  #startsPlain(c: string): boolean {
    const cursor = this.#cursor;
    if (!cursor.isBlankOrEnd() && !indicators.has(c)) return true;
    if (c === '-') return !cursor.isBlank(1);
    return !this.#flow && (c === '?' || c === ':') && !cursor.isBlankOrEnd(1);
  }

  #push(type: TokenType, length: number): void {
    const mark = this.#cursor.mark();
    this.#cursor.skip(length);
    this.#tokens.push({ type, mark, end: this.#cursor.mark(), value: '', plain: false });
  }

  #saveKey(): void {
    const { column } = this.#cursor;
    const required = !this.#flow && this.#indent === column;
    if (!this.#keyAllowed) return;
    this.#removeKey();
    const tokenNumber = this.#taken + this.#tokens.length;
    this.#keys[this.#keys.length - 1] = { required, tokenNumber, mark: this.#cursor.mark() };
  }

  #removeKey(): void {
    const key = this.#keys.at(-1);
    if (key?.required === true) throw scanError("could not find expected ':'", this.#cursor.mark());
    this.#keys[this.#keys.length - 1] = undefined;
  }

  /** Opens a block collection at the column, in front of the token of that number. */
  #roll(column: number, type: TokenType, mark: Mark, tokenNumber?: number): void {
    if (this.#flow || this.#indent >= column) return;
    if (this.#indents.length >= maxDepth) throw new YamlError(`yaml: exceeded max depth of ${maxDepth}`);
    this.#indents.push(this.#indent);
    this.#indent = column;
    const token: Token = { type, mark, end: mark, value: '', plain: false };
    if (tokenNumber === undefined) this.#tokens.push(token);
    else this.#tokens.splice(tokenNumber - this.#taken, 0, token);
  }

  #unroll(column: number): void {
    if (this.#flow) return;
    while (this.#indent > column) {
      this.#push('block-end', 0);
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #streamEnd(): void {
    const cursor = this.#cursor;
    if (cursor.column !== 0) {
      cursor.column = 0;
      cursor.line += 1;
    }
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#ended = true;
    this.#push('stream-end', 0);
  }

  #directive(): void {
    const cursor = this.#cursor;
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    const mark = cursor.mark();
    let value = '';
    while (!cursor.isBreak() && !cursor.atEnd()) value += cursor.take();
    if (!/^%(?:YAML[ \t]+\d+\.\d+|TAG[ \t]+!\S*[ \t]+\S+)[ \t]*(?:#.*)?$/.test(value))
      throw scanError('found unknown directive name', mark);
    this.#tokens.push({ type: 'directive', mark, end: cursor.mark(), value, plain: false });
  }

  #documentIndicator(type: TokenType): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#push(type, 3);
  }

  #flowStart(type: TokenType): void {
    this.#saveKey();
    if (this.#keys.length > maxDepth) throw new YamlError(`yaml: exceeded max depth of ${maxDepth}`);
    this.#keys.push(undefined);
    this.#keyAllowed = true;
    this.#push(type, 1);
  }

  #flowEnd(type: TokenType): void {
    this.#removeKey();
    if (this.#flow) this.#keys.pop();
    this.#keyAllowed = false;
    this.#push(type, 1);
  }

  #flowEntry(): void {
    this.#removeKey();
    this.#keyAllowed = true;
    this.#push('flow-entry', 1);
  }

  #blockEntry(): void {
    const cursor = this.#cursor;
    if (!this.#flow) {
      if (!this.#keyAllowed)
        throw scanError('block sequence entries are not allowed in this context', cursor.mark());
      this.#roll(cursor.column, 'block-sequence-start', cursor.mark());
    }
    this.#removeKey();
    this.#keyAllowed = true;
    this.#push('block-entry', 1);
  }

  #key(): void {
    const cursor = this.#cursor;
    if (!this.#flow) {
      if (!this.#keyAllowed) throw scanError('mapping keys are not allowed in this context', cursor.mark());
      this.#roll(cursor.column, 'block-mapping-start', cursor.mark());
    }
    this.#removeKey();
    this.#keyAllowed = !this.#flow;
    this.#push('key', 1);
  }

  #value(): void {
    const cursor = this.#cursor;
    const key = this.#keys.at(-1);
    if (key !== undefined) {
      const token: Token = { type: 'key', mark: key.mark, end: key.mark, value: '', plain: false };
      this.#tokens.splice(key.tokenNumber - this.#taken, 0, token);
      this.#roll(key.mark.column, 'block-mapping-start', key.mark, key.tokenNumber);
      this.#keys[this.#keys.length - 1] = undefined;
      this.#keyAllowed = false;
    } else {
      if (!this.#flow) {
        if (!this.#keyAllowed)
          throw scanError('mapping values are not allowed in this context', cursor.mark());
        this.#roll(cursor.column, 'block-mapping-start', cursor.mark());
      }
      this.#keyAllowed = !this.#flow;
    }
    this.#push('value', 1);
  }

  #anchor(type: 'alias' | 'anchor'): void {
    const cursor = this.#cursor;
    this.#saveKey();
    this.#keyAllowed = false;
    const mark = cursor.mark();
    cursor.skip();
    let value = '';
    while (/^[0-9A-Za-z_-]$/.test(cursor.peek())) value += cursor.take();
    if (value === '' || !(cursor.isBlankOrEnd() || '?:,]}%@`'.includes(cursor.peek())))
      throw scanError('did not find expected alphabetic or numeric character', mark);
    this.#tokens.push({ type, mark, end: cursor.mark(), value, plain: false });
  }

  #tag(): void {
    const cursor = this.#cursor;
    this.#saveKey();
    this.#keyAllowed = false;
    const mark = cursor.mark();
    const verbatim = cursor.peek(1) === '<';
    let value = '';
    while (!cursor.isBlankOrEnd() && !(this.#flow && ',[]{}'.includes(cursor.peek()))) value += cursor.take();
    if (verbatim && !value.endsWith('>')) throw scanError("did not find the expected '>'", mark);
    this.#tokens.push({
      type: 'tag',
      mark,
      end: cursor.mark(),
      value: verbatim ? value.slice(2, -1) : value,
      plain: false,
    });
  }

  #block(literal: boolean): void {
    this.#removeKey();
    this.#keyAllowed = true;
    this.#tokens.push(scanBlock(this.#cursor, literal, this.#indent));
  }

  #plain(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const { token, brokeLine } = scanPlain(this.#cursor, this.#flow, this.#indent);
    if (brokeLine) this.#keyAllowed = true;
    this.#tokens.push(token);
  }
}
