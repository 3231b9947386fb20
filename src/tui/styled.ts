import { textWidth } from '../base/width.ts';

/** Measuring, cutting, padding and breaking lines that carry SGR styles. Widths are terminal cells. */

const sgr = /\u001b\[[0-9;]*m/g;
const ansi = /\u001b\[[0-9;]*m|\u001b\]8;[^\u0007\u001b]*(?:\u0007|\u001b\\)/g;

const unsafe = /[\u0000-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[[0-9;]*m)/;
const unsafeAll = new RegExp(unsafe, 'g');

/** The text without styles or links. */
export function stripStyles(line: string): string {
  return line.includes('\u001b') ? line.replace(ansi, '') : line;
}

/** The line with nothing in it that could act on a terminal but our own styles. */
export function onlyStyles(line: string): string {
  return unsafe.test(line) ? line.replace(unsafeAll, '') : line;
}

export function styledWidth(line: string): number {
  return cells(stripStyles(line));
}

/** Signs of our own are one cell each; skipping the grapheme segmenter for them is what keeps a repaint short. */
function cells(text: string): number {
  return textWidth(/[\u2700-\u27bf]/.test(text) ? text.replace(/[✓✗]/g, 'x') : text);
}

/** At most `columns` cells, closing the styles that were open. */
export function clip(line: string, columns: number): string {
  if (styledWidth(line) <= columns) return line;
  if (columns <= 1) return columns === 1 ? '…' : '';
  const pieces = wrapStyled(line, columns - 1, { hard: true });
  return `${pieces[0] ?? ''}…`;
}

/** Exactly `columns` cells. */
export function padStyled(line: string, columns: number): string {
  const fitted = clip(line, columns);
  return fitted + ' '.repeat(Math.max(0, columns - styledWidth(fitted)));
}

/** `left` and `right` at the two ends of a line; the left one gives way. */
export function between(left: string, right: string, columns: number): string {
  const room = columns - styledWidth(right);
  if (room < 12) return clip(left, columns);
  return padStyled(clip(left, room - 1), room) + right;
}

interface WrapOptions {
  /** Opens the first line, and the following ones: `('- ', '  ')` hangs a list item. */
  readonly first?: string;
  readonly rest?: string;
  /** Cuts anywhere instead of at spaces. */
  readonly hard?: boolean;
}

/** Breaks a styled line (without newlines) into lines of at most `columns` cells, reopening styles on each. */
export function wrapStyled(text: string, columns: number, options: WrapOptions = {}): readonly string[] {
  const { first = '', rest = first, hard = false } = options;
  const limit = Math.max(hard ? 1 : 4, columns);
  if (styledWidth(first) + styledWidth(text) <= limit) return [first + text];
  const lines: string[] = [];
  const open = new Map<string, string>();
  let current = first;
  let used = styledWidth(first);
  let empty = true;
  const flush = () => {
    const line = current.replace(/ +((?:\u001b\[[0-9;]*m)*)$/, '$1');
    lines.push(open.size > 0 ? `${line}\u001b[0m` : line);
    current = rest + [...open.values()].join('');
    used = styledWidth(rest);
    empty = true;
  };
  const put = (pieces: readonly string[], width: number) => {
    if (used + width > limit && !empty) flush();
    const fits = used + width <= limit;
    for (const piece of pieces) {
      if (piece.startsWith('\u001b')) {
        track(open, piece);
        current += piece;
      } else if (fits) {
        current += piece;
      } else {
        for (const character of piece) {
          const cell = cells(character);
          if (used + cell > limit && !empty) flush();
          current += character;
          used += cell;
          empty = false;
        }
      }
    }
    if (fits) used += width;
    if (width > 0) empty = false;
  };
  // A word goes from space to space, whatever styles begin or end within it.
  let word: string[] = [];
  for (const token of tokens(text, hard)) {
    if (hard) put([token], token.startsWith('\u001b') ? 0 : cells(token));
    else if (token === ' ') {
      if (word.length > 0) put(word, cells(stripStyles(word.join(''))));
      word = [];
      if (empty) continue;
      if (used + 1 > limit) flush();
      else {
        current += ' ';
        used += 1;
      }
    } else word.push(token);
  }
  if (word.length > 0) put(word, cells(stripStyles(word.join(''))));
  if (!empty || lines.length === 0) lines.push(current.trimEnd());
  else if (current !== rest && lines.length > 0) lines[lines.length - 1] += current.slice(rest.length);
  return lines;
}

function tokens(line: string, hard: boolean): readonly string[] {
  const parts: string[] = [];
  let last = 0;
  for (const match of line.matchAll(sgr)) {
    words(line.slice(last, match.index), hard, parts);
    parts.push(match[0]);
    last = match.index + match[0].length;
  }
  words(line.slice(last), hard, parts);
  return parts;
}

function words(text: string, hard: boolean, into: string[]): void {
  if (text === '') return;
  if (hard) into.push(...text);
  else into.push(...(text.match(/ |[^ ]+/g) ?? []));
}

/** Keeps which attributes are on. Colours share one slot: a new one replaces the old. */
function track(open: Map<string, string>, code: string): void {
  const value = Number(code.slice(2, -1).split(';')[0] || 0);
  if (value === 0) open.clear();
  else if (value === 39) open.delete('colour');
  else if (value === 22) open.delete('1');
  else if (value >= 23 && value <= 29) open.delete(String(value - 20));
  else if ((value >= 30 && value <= 38) || (value >= 90 && value <= 97)) open.set('colour', code);
  else open.set(String(value), code);
}
