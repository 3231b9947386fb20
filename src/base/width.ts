/** How many terminal cells a text takes, and fitting texts into them. Combining marks take 0, East Asian wide and emoji 2. */

const narrow =
  /^[\u0020-\u007e\u00a0-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff\u2500-\u25ff]*$/;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter('es', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function graphemeWidth(grapheme: string): number {
  if (wide.test(grapheme)) return 2;
  return /^[\p{M}\p{Cf}\p{Cc}]*$/u.test(grapheme) ? 0 : 1;
}

/** Columns that one line of text takes. */
export function textWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** At most `columns` columns; what does not fit gives way to «…». */
export function truncate(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 0) return '';
  return `${takeColumns(text, columns - 1).head}…`;
}

/** Fills with spaces on the right up to `columns`, cutting what is longer. */
export function padEnd(text: string, columns: number): string {
  const fitted = truncate(text, columns);
  return fitted + ' '.repeat(Math.max(0, columns - textWidth(fitted)));
}

function takeColumns(text: string, columns: number): { readonly head: string; readonly tail: string } {
  let used = 0;
  let head = '';
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme);
    if (used > columns) break;
    head += grapheme;
  }
  return { head, tail: text.slice(head.length) };
}

/**
 * Breaks at spaces into lines of at most `columns` (at least 10); a longer word is cut. Line breaks of the text are
 * kept. `first` opens the first line and `rest` the following ones: a list item hangs with `('- ', '  ')`.
 */
export function wrapText(text: string, columns: number, first = '', rest = first): readonly string[] {
  const limit = Math.max(10, columns);
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = lines.length === 0 ? first : rest;
    let empty = true;
    for (const word of paragraph.split(/[ \t]+/).filter((part) => part !== '')) {
      let pending = word;
      if (!empty && textWidth(line) + 1 + textWidth(pending) > limit) {
        lines.push(line);
        line = rest;
        empty = true;
      }
      while (empty && textWidth(line) + textWidth(pending) > limit) {
        const { head, tail } = takeColumns(pending, Math.max(2, limit - textWidth(line)));
        if (head === '') break;
        lines.push(line + head);
        pending = tail;
        line = rest;
      }
      line += (empty ? '' : ' ') + pending;
      empty = pending === '';
    }
    lines.push(line.trimEnd());
  }
  return lines;
}
