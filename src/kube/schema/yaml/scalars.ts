import type { Cursor } from './cursor.ts';
import { scanError, type Token } from './token.ts';

/** Folds what was between two words: one break is a blank, more are breaks. */
function folded(leading: string, trailing: string): string {
  if (leading.startsWith('\n')) return trailing === '' ? ' ' : trailing;
  return leading + trailing;
}

export interface PlainScalar {
  readonly token: Token;
  /** It ended on another line, so that a key may follow. */
  readonly brokeLine: boolean;
}

export function scanPlain(cursor: Cursor, flow: boolean, parentIndent: number): PlainScalar {
  const mark = cursor.mark();
  const indent = parentIndent + 1;
  let value = '';
  let end = mark;
  let blanks = '';
  let leading = '';
  let trailing = '';
  let brokeLine = false;
  for (;;) {
    if (cursor.atDocumentIndicator() || cursor.peek() === '#') break;
    while (!cursor.isBlankOrEnd()) {
      const c = cursor.peek();
      if (c === ':' && cursor.isBlankOrEnd(1)) break;
      if (flow && ',?[]{}'.includes(c)) break;
      if (brokeLine) {
        value += folded(leading, trailing);
        leading = '';
        trailing = '';
        brokeLine = false;
      } else value += blanks;
      blanks = '';
      value += cursor.take();
      end = cursor.mark();
    }
    if (!(cursor.isBlank() || cursor.isBreak())) break;
    while (cursor.isBlank() || cursor.isBreak()) {
      if (cursor.isBlank()) {
        if (brokeLine && cursor.column < indent && cursor.peek() === '\t')
          throw scanError('found a tab character that violates indentation', mark);
        if (brokeLine) cursor.skip();
        else blanks += cursor.take();
      } else if (brokeLine) trailing += cursor.takeBreak();
      else {
        blanks = '';
        leading = cursor.takeBreak();
        brokeLine = true;
      }
    }
    if (!flow && cursor.column < indent) break;
  }
  return { token: { type: 'scalar', mark, end, value, plain: true }, brokeLine };
}

const escapes: { readonly [c: string]: string } = {
  '0': '\0',
  a: '\u0007',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\u001b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '/': '/',
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};
const hexDigits: { readonly [c: string]: number } = { x: 2, u: 4, U: 8 };

export function scanQuoted(cursor: Cursor, single: boolean): Token {
  const mark = cursor.mark();
  const quote = single ? "'" : '"';
  cursor.skip();
  let value = '';
  for (;;) {
    if (cursor.atDocumentIndicator()) throw scanError('found unexpected document indicator', cursor.mark());
    if (cursor.atEnd()) throw scanError('found unexpected end of stream', cursor.mark());
    let leading: string | undefined;
    let trailing = '';
    while (!cursor.isBlankOrEnd()) {
      const c = cursor.peek();
      if (single && c === "'" && cursor.peek(1) === "'") {
        value += "'";
        cursor.skip(2);
      } else if (c === quote) break;
      else if (!single && c === '\\' && cursor.isBreak(1)) {
        cursor.skip();
        cursor.takeBreak();
        leading = '';
        break;
      } else if (!single && c === '\\') value += scanEscape(cursor);
      else value += cursor.take();
    }
    if (cursor.peek() === quote) break;
    let blanks = '';
    while (cursor.isBlank() || cursor.isBreak()) {
      if (cursor.isBlank()) {
        if (leading === undefined) blanks += cursor.take();
        else cursor.skip();
      } else if (leading === undefined) {
        blanks = '';
        leading = cursor.takeBreak();
      } else trailing += cursor.takeBreak();
    }
    value += leading === undefined ? blanks : folded(leading, trailing);
  }
  cursor.skip();
  return { type: 'scalar', mark, end: cursor.mark(), value, plain: false };
}

function scanEscape(cursor: Cursor): string {
  const start = cursor.mark();
  const c = cursor.peek(1);
  const known = c === '' ? undefined : escapes[c];
  if (known !== undefined) {
    cursor.skip(2);
    return known;
  }
  const digits = hexDigits[c];
  if (digits === undefined) throw scanError('found unknown escape character', start);
  cursor.skip(2);
  const text = cursor.text.slice(cursor.index, cursor.index + digits);
  if (!/^[0-9a-fA-F]+$/.test(text) || text.length < digits)
    throw scanError('did not find expected hexdecimal number', start);
  const code = Number.parseInt(text, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw scanError('found invalid Unicode character escape code', start);
  cursor.skip(digits);
  return String.fromCodePoint(code);
}

export function scanBlock(cursor: Cursor, literal: boolean, parentIndent: number): Token {
  const mark = cursor.mark();
  cursor.skip();
  let chomping = '';
  let increment = 0;
  for (let i = 0; i < 2; i += 1) {
    const c = cursor.peek();
    if (chomping === '' && (c === '+' || c === '-')) chomping = cursor.take();
    else if (increment === 0 && /^[0-9]$/.test(c)) {
      if (c === '0') throw scanError('found an indentation indicator equal to 0', mark);
      increment = Number(cursor.take());
    }
  }
  while (cursor.isBlank()) cursor.skip();
  if (cursor.peek() === '#') while (!cursor.isBreak() && !cursor.atEnd()) cursor.skip();
  if (!cursor.isBreak() && !cursor.atEnd())
    throw scanError('did not find expected comment or line break', mark);
  if (cursor.isBreak()) cursor.takeBreak();
  const base = Math.max(parentIndent, 0);
  let indent = increment > 0 ? base + increment : 0;
  let breaks: string;
  [indent, breaks] = blockBreaks(cursor, indent, parentIndent, mark);
  let value = '';
  let leading = '';
  let leadingBlank = false;
  while (cursor.column === indent && !cursor.atEnd()) {
    const trailingBlank = cursor.isBlank();
    if (!literal && leading.startsWith('\n') && !leadingBlank && !trailingBlank) {
      if (breaks === '') value += ' ';
    } else value += leading;
    value += breaks;
    leadingBlank = cursor.isBlank();
    while (!cursor.isBreak() && !cursor.atEnd()) value += cursor.take();
    leading = cursor.isBreak() ? cursor.takeBreak() : '';
    [indent, breaks] = blockBreaks(cursor, indent, parentIndent, mark);
  }
  if (chomping !== '-') value += leading;
  if (chomping === '+') value += breaks;
  return { type: 'scalar', mark, end: cursor.mark(), value, plain: false };
}

/** Empty lines, and the indentation if it is not known yet. */
function blockBreaks(
  cursor: Cursor,
  known: number,
  parentIndent: number,
  start: Token['mark'],
): [number, string] {
  let breaks = '';
  let deepest = 0;
  for (;;) {
    while ((known === 0 || cursor.column < known) && cursor.peek() === ' ') cursor.skip();
    deepest = Math.max(deepest, cursor.column);
    if ((known === 0 || cursor.column < known) && cursor.peek() === '\t')
      throw scanError('found a tab character where an indentation space is expected', start);
    if (!cursor.isBreak()) break;
    breaks += cursor.takeBreak();
  }
  return [known === 0 ? Math.max(deepest, parentIndent + 1, 1) : known, breaks];
}
