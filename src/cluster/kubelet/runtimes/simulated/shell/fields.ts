import type { Piece } from './pattern.ts';

export function textOf(pieces: readonly Piece[]): string {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only.text : pieces.map((piece) => piece.text).join('');
}

/** What a piece takes beside its text, about. */
const pieceBytes = 96;

/** Collects what a word expands to, and cuts it at IFS. */
export class FieldBuilder {
  readonly #done: Piece[][] = [];
  #current: Piece[] | undefined;
  readonly #separators: string;
  size = 0;

  constructor(separators: string) {
    this.#separators = separators;
  }

  text(text: string, quoted: boolean): void {
    if (text === '' && !quoted) return;
    this.size += text.length + pieceBytes;
    this.#current ??= [];
    this.#current.push({ text, quoted });
  }

  /** The result of an expansion: cut unless it is quoted. */
  value(text: string, quoted: boolean): void {
    if (quoted || this.#separators === '') {
      if (quoted || text !== '') this.text(text, quoted);
      return;
    }
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at] ?? '';
      if (!this.#separators.includes(char)) continue;
      this.text(text.slice(from, at), false);
      const space = (one: string) => /[ \t\n]/.test(one) && this.#separators.includes(one);
      let hard = !space(char);
      while (
        at + 1 < text.length &&
        (space(text[at + 1] ?? '') || (!hard && this.#separators.includes(text[at + 1] ?? '')))
      ) {
        at++;
        if (!space(text[at] ?? '')) hard = true;
      }
      if (hard) this.#current ??= [];
      this.end();
      from = at + 1;
    }
    this.text(text.slice(from), false);
  }

  /** The field ends here. */
  end(): void {
    if (this.#current !== undefined) this.#done.push(this.#current);
    this.#current = undefined;
  }

  fields(): Piece[][] {
    this.end();
    return this.#done;
  }

  all(): Piece[] {
    return this.fields().flat();
  }
}
