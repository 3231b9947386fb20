import { type List, type Redirection, SyntaxFailure, type Word } from './ast.ts';
import { Cursor, operatorAt, type Token, unexpected } from './lexer.ts';
import { WordReader } from './words.ts';

const deepest = 150;

/** The tokens of a script, one ahead, with aliases and here-documents. */
export abstract class TokenStream {
  protected readonly cursor: Cursor;
  readonly #words: WordReader;
  protected readonly aliases: ReadonlyMap<string, string>;
  #ahead: Token | undefined;
  protected aheadFrom = 0;
  protected readonly documents: {
    readonly redirection: Redirection;
    readonly end: string;
    readonly tabs: boolean;
    readonly literal: boolean;
  }[] = [];
  protected depth: number;

  constructor(source: string | Cursor, aliases: ReadonlyMap<string, string> = new Map(), depth = 0) {
    this.cursor = typeof source === 'string' ? new Cursor(source) : source;
    this.aliases = aliases;
    this.depth = depth;
    this.#words = new WordReader(this.cursor, (cursor) => this.substitution(cursor));
  }

  /** Where the next command begins. */
  get offset(): number {
    return this.cursor.at;
  }

  protected deeper(): number {
    if (this.depth >= deepest) throw new SyntaxFailure('syntax error: too many levels', this.cursor.line);
    return this.depth + 1;
  }

  protected aliasing: string | undefined;
  protected readonly queue: Token[] = [];

  /** After the line they were announced on. */
  protected readDocuments(atEnd: boolean): void {
    for (const { redirection, end, tabs, literal } of this.documents.splice(0)) {
      let text = '';
      for (;;) {
        const line = this.cursor.takeLine();
        if (line === undefined) {
          if (!atEnd) throw new SyntaxFailure('here-document is not complete', this.cursor.line, true);
          break;
        }
        const shown = tabs ? line.replace(/^\t+/, '') : line;
        if (shown === end) break;
        text += `${shown}\n`;
      }
      redirection.target = literal
        ? [{ kind: 'text', text, quoted: true }]
        : new WordReader(new Cursor(text), (cursor) => this.substitution(cursor)).doubleQuoted('');
    }
  }

  protected name(): string {
    const token = this.take();
    if (token.kind !== 'word') throw unexpected(token);
    if (!/^[\w.:-]+$/.test(token.text))
      throw new SyntaxFailure('syntax error: bad for loop variable', token.line);
    return token.text;
  }

  protected word(wanted?: string): Word {
    const token = this.take();
    if (token.kind === 'number') return [{ kind: 'text', text: token.text, quoted: false }];
    if (token.kind !== 'word') throw unexpected(token, wanted);
    return token.word;
  }

  protected isWord(text: string): boolean {
    const token = this.peek();
    return token.kind === 'word' && !token.quoted && token.text === text;
  }

  protected isOperator(text: string): boolean {
    const token = this.peek();
    return token.kind === 'operator' && token.text === text;
  }

  protected expectOperator(text: string): void {
    const token = this.take();
    if (token.kind !== 'operator' || token.text !== text) throw unexpected(token, text);
  }

  protected skipNewlines(): void {
    while (this.peek().kind === 'newline') {
      this.take();
      this.readDocuments(false);
    }
  }

  protected peek(): Token {
    this.#ahead ??= this.queue.shift() ?? this.#read();
    return this.#ahead;
  }

  protected take(): Token {
    const token = this.peek();
    this.#ahead = undefined;
    if (token.kind !== 'word') this.aliasing = undefined;
    return token;
  }

  #read(): Token {
    const cursor = this.cursor;
    cursor.skipBlanks();
    const { line } = cursor;
    this.aheadFrom = cursor.at;
    if (cursor.ended) return { kind: 'end', text: '', line };
    if (cursor.char === '\n') {
      cursor.take();
      return { kind: 'newline', text: '\n', line };
    }
    const number = /^\d+(?=[<>])/.exec(cursor.source.slice(cursor.at, cursor.at + 8))?.[0];
    if (number !== undefined) {
      cursor.skip(number.length);
      return { kind: 'number', text: number, line };
    }
    const operator = operatorAt(cursor);
    if (operator !== undefined) {
      cursor.skip(operator.length);
      return { kind: 'operator', text: operator, line };
    }
    const from = cursor.at;
    const word = this.#words.word();
    const quoted = word.some((part) => part.kind !== 'text' || part.quoted);
    return { kind: 'word', word, text: cursor.source.slice(from, cursor.at), line, quoted };
  }

  protected abstract substitution(cursor: Cursor): List;
}
