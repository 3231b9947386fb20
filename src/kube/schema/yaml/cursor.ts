import { type Mark, YamlError } from './token.ts';

const forbidden = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ud800-\udfff\ue000-\ufffd]/;

/** The text with a position in it. Looking beyond the end gives ''. */
export class Cursor {
  readonly text: string;
  index = 0;
  line = 0;
  column = 0;

  constructor(text: string) {
    if (forbidden.test(text)) throw new YamlError('yaml: control characters are not allowed');
    this.text = text;
  }

  mark(): Mark {
    return { index: this.index, line: this.line, column: this.column };
  }

  peek(ahead = 0): string {
    return this.text.charAt(this.index + ahead);
  }

  skip(count = 1): void {
    this.index += count;
    this.column += count;
  }

  /** Reads characters of one line. */
  take(count = 1): string {
    const taken = this.text.slice(this.index, this.index + count);
    this.skip(count);
    return taken;
  }

  atEnd(ahead = 0): boolean {
    return this.index + ahead >= this.text.length;
  }

  isBlank(ahead = 0): boolean {
    const c = this.peek(ahead);
    return c === ' ' || c === '\t';
  }

  isBreak(ahead = 0): boolean {
    return isBreak(this.peek(ahead));
  }

  /** Blank, line break or end. */
  isBlankOrEnd(ahead = 0): boolean {
    return this.isBlank(ahead) || this.isBreak(ahead) || this.atEnd(ahead);
  }

  /** Passes a line break and gives it as it counts in a scalar. */
  takeBreak(): string {
    const c = this.peek();
    this.index += c === '\r' && this.peek(1) === '\n' ? 2 : 1;
    this.line += 1;
    this.column = 0;
    return c === '\u2028' || c === '\u2029' ? c : '\n';
  }

  /** `---` or `...` at the beginning of a line. */
  atDocumentIndicator(): boolean {
    if (this.column !== 0) return false;
    const three = this.text.slice(this.index, this.index + 3);
    return (three === '---' || three === '...') && this.isBlankOrEnd(3);
  }
}

function isBreak(c: string): boolean {
  return c === '\n' || c === '\r' || c === '\u0085' || c === '\u2028' || c === '\u2029';
}
