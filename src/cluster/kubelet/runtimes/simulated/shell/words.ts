import { type List, type Part, SyntaxFailure, type Word } from './ast.ts';
import type { Cursor } from './lexer.ts';

/** Parses `$(…)` from the cursor to its `)`. */
export type ParseCommands = (cursor: Cursor) => List;

const wordEnds = new Set(' \t\n;&|<>()');
const specials = '@*#?-$!0123456789';

/** Reads the words of a script: quotes, parameters, substitutions. */
export class WordReader {
  readonly #cursor: Cursor;
  readonly #parseCommands: ParseCommands;
  #depth: number;

  constructor(cursor: Cursor, parseCommands: ParseCommands, depth = 0) {
    this.#cursor = cursor;
    this.#parseCommands = parseCommands;
    this.#depth = depth;
  }

  /** A word up to what ends it. */
  word(): Word {
    const parts: Part[] = [];
    const cursor = this.#cursor;
    if (cursor.char === '~') this.#tilde(parts, wordEnds);
    while (!cursor.ended && !wordEnds.has(cursor.char)) {
      this.#part(parts, false);
      const last = parts.at(-1);
      // `PATH=~/bin:~/x`: a tilde after an assignment's `=` or a `:` of it.
      if (
        cursor.char === '~' &&
        last?.kind === 'text' &&
        !last.quoted &&
        /^[A-Za-z_]\w*=(.*:)?$/.test(last.text)
      ) {
        this.#tilde(parts, wordEnds);
      }
    }
    return parts;
  }

  /** Inside double quotes, up to `end` (which stays); a here-document up to the end of the text. */
  doubleQuoted(end: string): Word {
    const parts: Part[] = [];
    const cursor = this.#cursor;
    const startLine = cursor.line;
    while (end === '' ? !cursor.ended : cursor.char !== end) {
      if (cursor.ended) throw new SyntaxFailure('syntax error: unterminated quoted string', startLine, true);
      if (cursor.char === '\\') this.#escapeInQuotes(parts, end);
      else if (cursor.char === '$' || cursor.char === '`') this.#dollar(parts, true);
      else addText(parts, cursor.take(), true);
    }
    return parts;
  }

  #part(parts: Part[], inBraces: boolean): void {
    const cursor = this.#cursor;
    const { char } = cursor;
    if (char === '\\') {
      cursor.take();
      if (cursor.char === '\n') cursor.take();
      else addText(parts, cursor.ended ? '\\' : cursor.take(), true);
    } else if (char === "'") {
      cursor.take();
      parts.push({ kind: 'text', text: this.#until("'"), quoted: true });
    } else if (char === '"') {
      cursor.take();
      const quoted = this.doubleQuoted('"');
      cursor.take();
      parts.push({ kind: 'quoted', parts: quoted });
    } else if (char === '$' && cursor.peek() === "'" && !inBraces) {
      cursor.skip(2);
      parts.push({ kind: 'text', text: this.#ansiC(), quoted: true });
    } else if (char === '$' || char === '`') this.#dollar(parts, false);
    else addText(parts, cursor.take(), false);
  }

  #until(end: string): string {
    const cursor = this.#cursor;
    const startLine = cursor.line;
    const from = cursor.at;
    while (cursor.char !== end) {
      if (cursor.ended) throw new SyntaxFailure('syntax error: unterminated quoted string', startLine, true);
      cursor.take();
    }
    const text = cursor.source.slice(from, cursor.at);
    cursor.take();
    return text;
  }

  #escapeInQuotes(parts: Part[], end: string): void {
    const cursor = this.#cursor;
    const next = cursor.peek();
    cursor.take();
    if (next === '\n') cursor.take();
    else if (
      next !== '' &&
      ('$`\\'.includes(next) || (next === '"' && end !== '') || (end === '}' && next === '}'))
    ) {
      addText(parts, cursor.take(), true);
    } else addText(parts, '\\', true);
  }

  #tilde(parts: Part[], ends: ReadonlySet<string>): void {
    const cursor = this.#cursor;
    const from = cursor.at;
    cursor.take();
    while (/[\w.-]/.test(cursor.char)) cursor.take();
    if (cursor.ended || cursor.char === '/' || cursor.char === ':' || ends.has(cursor.char)) {
      parts.push({ kind: 'tilde', user: cursor.source.slice(from + 1, cursor.at) });
    } else addText(parts, cursor.source.slice(from, cursor.at), false);
  }

  #dollar(parts: Part[], quoted: boolean): void {
    const cursor = this.#cursor;
    if (++this.#depth > 200) throw new SyntaxFailure('syntax error: too many levels', cursor.line);
    try {
      if (cursor.char === '`') {
        this.#backquotes(parts, quoted);
        return;
      }
      cursor.take();
      if (cursor.startsWith('((')) {
        const saved = { at: cursor.at, line: cursor.line };
        const expression = this.#arithmetic();
        if (expression !== undefined) {
          parts.push({ kind: 'arithmetic', expression });
          return;
        }
        Object.assign(cursor, saved);
      }
      if (cursor.char === '(') {
        cursor.take();
        parts.push({ kind: 'command', body: this.#parseCommands(cursor) });
      } else if (cursor.char === '{') this.#braces(parts, quoted);
      else if (/[A-Za-z_]/.test(cursor.char)) {
        const from = cursor.at;
        while (/\w/.test(cursor.char)) cursor.take();
        parts.push(plain(cursor.source.slice(from, cursor.at)));
      } else if (cursor.char !== '' && specials.includes(cursor.char)) parts.push(plain(cursor.take()));
      else addText(parts, '$', quoted);
    } finally {
      this.#depth--;
    }
  }

  #backquotes(parts: Part[], quoted: boolean): void {
    const cursor = this.#cursor;
    const startLine = cursor.line;
    cursor.take();
    let inner = '';
    while (cursor.char !== '`') {
      if (cursor.ended)
        throw new SyntaxFailure('syntax error: EOF in backquote substitution', startLine, true);
      const char = cursor.take();
      if (char === '\\' && ('$`\\'.includes(cursor.char) || (quoted && cursor.char === '"')))
        inner += cursor.take();
      else inner += char;
    }
    cursor.take();
    const sub = new (cursor.constructor as new (source: string) => Cursor)(`${inner}\n)`);
    sub.line = startLine;
    parts.push({ kind: 'command', body: this.#parseCommands(sub) });
  }

  /** Undefined: it was `$( (…) …)`. */
  #arithmetic(): Word | undefined {
    const cursor = this.#cursor;
    const startLine = cursor.line;
    cursor.skip(2);
    const parts: Part[] = [];
    let open = 0;
    for (;;) {
      if (cursor.ended) throw new SyntaxFailure("syntax error: missing '))'", startLine, true);
      const { char } = cursor;
      if (char === ')' && open === 0) {
        if (cursor.peek() !== ')') return undefined;
        cursor.skip(2);
        return parts;
      }
      if (char === '(') open++;
      if (char === ')') open--;
      if (char === '$' || char === '`') this.#dollar(parts, true);
      else if (char === '\\') this.#escapeInQuotes(parts, '"');
      else if (char === '"') cursor.take();
      else addText(parts, cursor.take(), true);
    }
  }

  #braces(parts: Part[], quoted: boolean): void {
    const cursor = this.#cursor;
    const startLine = cursor.line;
    cursor.take();
    const isLength =
      cursor.char === '#' &&
      cursor.peek() !== '}' &&
      /[\w@*?$!#-]/.test(cursor.peek()) &&
      !(/[?#-]/.test(cursor.peek()) && cursor.peek(2) !== '}');
    if (isLength) cursor.take();
    const name = /^(?:[A-Za-z_]\w*|\d+|[@*#?$!-])/.exec(cursor.source.slice(cursor.at, cursor.at + 256))?.[0];
    if (name === undefined) throw new SyntaxFailure('syntax error: bad substitution', cursor.line);
    cursor.skip(name.length);
    if (cursor.char === '}') {
      cursor.take();
      parts.push({
        kind: 'parameter',
        name,
        operator: isLength ? '#len' : '',
        argument: [],
        second: undefined,
      });
      return;
    }
    const operator = /^(?::[-=?+]|[-=?+]|##?|%%?|\/\/?|:|\^\^?|,,?)/.exec(
      cursor.source.slice(cursor.at, cursor.at + 2),
    )?.[0];
    if (operator === undefined || isLength)
      throw new SyntaxFailure('syntax error: bad substitution', cursor.line);
    cursor.skip(operator.length);
    const quotesKept = quoted && !/^[#%/]/.test(operator);
    const argument = this.#braceWord(
      quotesKept,
      operator.startsWith('/') ? '/' : operator === ':' ? ':' : '',
      startLine,
    );
    let second: Word | undefined;
    if ((operator.startsWith('/') && cursor.char === '/') || (operator === ':' && cursor.char === ':')) {
      cursor.take();
      second = this.#braceWord(quotesKept, '', startLine);
    }
    cursor.take();
    parts.push({ kind: 'parameter', name, operator, argument, second });
  }

  #braceWord(quoted: boolean, separator: string, startLine: number): Word {
    const parts: Part[] = [];
    const cursor = this.#cursor;
    if (cursor.char === '~' && !quoted) this.#tilde(parts, new Set('}'));
    while (cursor.char !== '}' && (separator === '' || cursor.char !== separator)) {
      if (cursor.ended) throw new SyntaxFailure("syntax error: missing '}'", startLine, true);
      if (!quoted) this.#part(parts, true);
      else if (cursor.char === '"') {
        cursor.take();
        parts.push({ kind: 'quoted', parts: this.doubleQuoted('"') });
        cursor.take();
      } else if (cursor.char === '\\') this.#escapeInQuotes(parts, '}');
      else if (cursor.char === '$' || cursor.char === '`') this.#dollar(parts, true);
      else addText(parts, cursor.take(), true);
    }
    return parts;
  }

  #ansiC(): string {
    const cursor = this.#cursor;
    const startLine = cursor.line;
    let text = '';
    while (cursor.char !== "'") {
      if (cursor.ended) throw new SyntaxFailure('syntax error: unterminated quoted string', startLine, true);
      if (cursor.char === '\\') {
        cursor.take();
        const octal = /^[0-7]{1,3}/.exec(cursor.source.slice(cursor.at, cursor.at + 3))?.[0];
        const hex = /^x([0-9a-fA-F]{1,2})/.exec(cursor.source.slice(cursor.at, cursor.at + 3));
        if (octal !== undefined) {
          text += String.fromCharCode(Number.parseInt(octal, 8) & 255);
          cursor.skip(octal.length);
        } else if (hex !== null) {
          text += String.fromCharCode(Number.parseInt(hex[1] ?? '0', 16));
          cursor.skip(hex[0].length);
        } else {
          const char = cursor.take();
          const escapes: { readonly [key: string]: string } = {
            n: '\n',
            t: '\t',
            r: '\r',
            a: '\x07',
            b: '\b',
            e: '\x1b',
            f: '\f',
            v: '\v',
          };
          text += escapes[char] ?? ('\\\'"'.includes(char) ? char : `\\${char}`);
        }
      } else text += cursor.take();
    }
    cursor.take();
    return text;
  }
}

function plain(name: string): Part {
  return { kind: 'parameter', name, operator: '', argument: [], second: undefined };
}

function addText(parts: Part[], text: string, quoted: boolean): void {
  const last = parts.at(-1);
  if (last?.kind === 'text' && last.quoted === quoted) {
    parts[parts.length - 1] = { kind: 'text', text: last.text + text, quoted };
  } else parts.push({ kind: 'text', text, quoted });
}
