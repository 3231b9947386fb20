/**
 * JSON as Go reads it: its complaints word by word, and every key of an object, because the API tells about the ones
 * that are there twice. Numbers that are not plain integers keep their text, which type errors quote.
 */
export class RawNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type ParsedJson = null | boolean | number | string | RawNumber | ParsedJson[] | ParsedObject;
export interface ParsedObject {
  [key: string]: ParsedJson;
}

export interface ParsedDocument {
  readonly value: ParsedJson;
  /** Of the objects with a key twice: all their entries in order, also those that a later one replaced. */
  readonly repeated: ReadonlyMap<object, readonly (readonly [string, ParsedJson])[]>;
}

/** A complaint in Go's words. */
export class JsonSyntaxError extends Error {}

/** Go allows 10,000; everything here recurses, so deeper documents than anybody writes are refused earlier. */
const maxDepth = 500;

/** Throws a JsonSyntaxError. `text` must be decoded UTF-8. */
export function parseJson(text: string): ParsedDocument {
  const parser = new Parser(text);
  return { value: parser.document(), repeated: parser.repeated };
}

const objectEnd = 'after object key:value pair';
const plainString = /[^"\\\u0000-\u001f]*/y;
const numberText = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const escapes: { readonly [c: string]: string } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  readonly repeated = new Map<object, [string, ParsedJson][]>();

  constructor(text: string) {
    this.#text = text;
  }

  document(): ParsedJson {
    this.#space();
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#unexpected('after top-level value');
    return value;
  }

  #space(): void {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) break;
      at += 1;
    }
    this.#at = at;
  }

  #value(): ParsedJson {
    switch (this.#text.charCodeAt(this.#at)) {
      case 123:
        return this.#object();
      case 91:
        return this.#array();
      case 34:
        return this.#string();
      case 116:
        return this.#word('true', true);
      case 102:
        return this.#word('false', false);
      case 110:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(): ParsedJson {
    this.#deeper();
    const object: ParsedObject = {};
    let entries: [string, ParsedJson][] | undefined;
    this.#at += 1;
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 125) {
      this.#at += 1;
      this.#depth -= 1;
      return object;
    }
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== 34)
        this.#unexpected('looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 58) this.#unexpected('after object key');
      this.#at += 1;
      this.#space();
      const value = this.#value();
      if (Object.hasOwn(object, key) && entries === undefined) {
        entries = Object.entries(object);
        this.repeated.set(object, entries);
      }
      entries?.push([key, value]);
      if (key === '__proto__')
        Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
      else object[key] = value;
      this.#space();
      const next = this.#text.charCodeAt(this.#at);
      if (next === 125) break;
      if (next !== 44) this.#unexpected(objectEnd);
      this.#at += 1;
      this.#space();
    }
    this.#at += 1;
    this.#depth -= 1;
    return object;
  }

  #array(): ParsedJson {
    this.#deeper();
    const list: ParsedJson[] = [];
    this.#at += 1;
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 93) {
      this.#at += 1;
      this.#depth -= 1;
      return list;
    }
    for (;;) {
      list.push(this.#value());
      this.#space();
      const next = this.#text.charCodeAt(this.#at);
      if (next === 93) break;
      if (next !== 44) this.#unexpected('after array element');
      this.#at += 1;
      this.#space();
    }
    this.#at += 1;
    this.#depth -= 1;
    return list;
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new JsonSyntaxError('exceeded max depth');
  }

  #string(): string {
    const start = this.#at + 1;
    plainString.lastIndex = start;
    plainString.test(this.#text);
    let at = plainString.lastIndex;
    if (this.#text.charCodeAt(at) === 34) {
      this.#at = at + 1;
      return this.#text.slice(start, at);
    }
    let value = this.#text.slice(start, at);
    for (;;) {
      this.#at = at;
      const c = this.#text.charCodeAt(at);
      if (c === 34) {
        this.#at = at + 1;
        return value;
      }
      if (c !== 92) this.#unexpected('in string literal');
      value += this.#escape();
      plainString.lastIndex = this.#at;
      plainString.test(this.#text);
      at = plainString.lastIndex;
      value += this.#text.slice(this.#at, at);
    }
  }

  #escape(): string {
    this.#at += 1;
    const c = this.#text.charAt(this.#at);
    const short = escapes[c];
    if (short !== undefined && c !== '') {
      this.#at += 1;
      return short;
    }
    if (c !== 'u') this.#unexpected('in string escape code');
    for (let i = 1; i <= 4; i += 1) {
      this.#at += 1;
      if (!/^[0-9a-fA-F]$/.test(this.#text.charAt(this.#at)))
        this.#unexpected('in \\u hexadecimal character escape');
    }
    this.#at += 1;
    return String.fromCharCode(Number.parseInt(this.#text.slice(this.#at - 4, this.#at), 16));
  }

  #word<T>(word: string, value: T): T {
    for (let i = 1; i < word.length; i += 1)
      if (this.#text[this.#at + i] !== word[i]) {
        this.#at += i;
        this.#unexpected(`in literal ${word} (expecting ${goChar(word[i] ?? '')})`);
      }
    this.#at += word.length;
    return value;
  }

  #number(): number | RawNumber {
    const start = this.#at;
    numberText.lastIndex = start;
    const found = numberText.exec(this.#text);
    if (found === null) {
      if (this.#text[start] !== '-') this.#unexpected('looking for beginning of value');
      this.#at += 1;
      return this.#unexpected('in numeric literal');
    }
    const [text, fraction, exponent] = found;
    this.#at = start + text.length;
    const next = this.#text[this.#at];
    if (exponent === undefined && (next === 'e' || next === 'E')) {
      this.#at += 1;
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at += 1;
      this.#unexpected('in exponent of numeric literal');
    }
    if (fraction === undefined && exponent === undefined && next === '.') {
      this.#at += 1;
      this.#unexpected('after decimal point in numeric literal');
    }
    if (fraction === undefined && exponent === undefined && text.length < 16) return Number(text);
    return new RawNumber(text);
  }

  #unexpected(where: string): never {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) throw new JsonSyntaxError('unexpected end of JSON input');
    // Go complains about bytes, not characters: of `é` it names the first of its two.
    const byte = code < 128 ? code : (Buffer.from(String.fromCodePoint(code))[0] ?? code);
    throw new JsonSyntaxError(`invalid character ${goChar(String.fromCharCode(byte))} ${where}`);
  }
}

/** A character as Go's scanner quotes it. */
function goChar(c: string): string {
  if (c === "'") return `'\\''`;
  if (c === '"') return `'"'`;
  const short: { readonly [c: string]: string } = {
    '\n': '\\n',
    '\t': '\\t',
    '\r': '\\r',
    '\b': '\\b',
    '\f': '\\f',
    '\v': '\\v',
    '\u0007': '\\a',
    '\\': '\\\\',
  };
  const known = short[c];
  if (known !== undefined) return `'${known}'`;
  const code = c.charCodeAt(0);
  if (code < 32 || code === 127) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  if (code > 127 && code < 161) return `'\\u${code.toString(16).padStart(4, '0')}'`;
  return `'${c}'`;
}
