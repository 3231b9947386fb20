import { SyntaxFailure, type Word } from './ast.ts';

export type Token =
  | {
      readonly kind: 'word';
      readonly word: Word;
      readonly text: string;
      readonly line: number;
      readonly quoted: boolean;
    }
  | { readonly kind: 'operator'; readonly text: string; readonly line: number }
  | { readonly kind: 'number'; readonly text: string; readonly line: number }
  | { readonly kind: 'newline'; readonly text: string; readonly line: number }
  | { readonly kind: 'end'; readonly text: string; readonly line: number };

const operators = [
  '<<-',
  '&&',
  '||',
  ';;',
  ';&',
  '<<',
  '>>',
  '<&',
  '>&',
  '<>',
  '>|',
  '&>',
  '&',
  '|',
  ';',
  '<',
  '>',
  '(',
  ')',
];

/** A position in the script; words are read by whoever gives `readWord`. */
export class Cursor {
  readonly source: string;
  at = 0;
  line = 1;

  constructor(source: string) {
    this.source = source;
  }

  get char(): string {
    return this.source[this.at] ?? '';
  }

  peek(offset = 1): string {
    return this.source[this.at + offset] ?? '';
  }

  get ended(): boolean {
    return this.at >= this.source.length;
  }

  take(): string {
    const char = this.char;
    if (char === '\n') this.line++;
    this.at++;
    return char;
  }

  startsWith(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  skip(count: number): void {
    for (let n = 0; n < count; n++) this.take();
  }

  /** Blanks, comments and escaped line ends. */
  skipBlanks(): void {
    for (;;) {
      const char = this.char;
      if (char === ' ' || char === '\t' || char === '\r') this.at++;
      else if (char === '\\' && this.peek() === '\n') this.skip(2);
      else if (char === '#') while (!this.ended && this.char !== '\n') this.at++;
      else return;
    }
  }

  /** The rest of the line, without its newline, which is taken too. Undefined at the end. */
  takeLine(): string | undefined {
    if (this.ended) return undefined;
    const end = this.source.indexOf('\n', this.at);
    const text = this.source.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.source.length : end + 1;
    this.line++;
    return text;
  }
}

export function operatorAt(cursor: Cursor): string | undefined {
  return operators.find((operator) => cursor.startsWith(operator));
}

export function unexpected(token: Token, wanted?: string): SyntaxFailure {
  const hint = wanted === undefined ? '' : ` (expecting "${wanted}")`;
  if (token.kind === 'end')
    return new SyntaxFailure(`syntax error: unexpected end of file${hint}`, token.line, true);
  if (token.kind === 'newline')
    return new SyntaxFailure(`syntax error: unexpected newline${hint}`, token.line);
  const what =
    token.kind === 'operator' ? `"${token.text}"` : reserved.has(token.text) ? `"${token.text}"` : 'word';
  return new SyntaxFailure(`syntax error: unexpected ${what}${hint}`, token.line);
}

export const reserved: ReadonlySet<string> = new Set(
  '! { } if then elif else fi while until for do done case esac in'.split(' '),
);
