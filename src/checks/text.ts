import type { Json } from '../base/json.ts';
import { cleanText } from '../base/text.ts';

/** Longest `expected`, `found`, `command` or piece of evidence, in characters. */
export const maxValueLength = 400;
/** Longest sentence of advice, description or progress, in characters. */
const maxSentenceLength = 800;
/** Stands before the first difference when both texts are long. */
const differenceMark = '▸';
/** What a template or a value that is not known shows. */
export const noValue = '(sin dato)';

/** Values at most this long are compared at a glance; longer ones get a window and a mark. */
const glanceLength = 40;
const contextBefore = 60;

// What `cleanText` of base leaves and a value must not hide: soft hyphens, joiners and other marks without width.
const unseen = /\p{Default_Ignorable_Code_Point}/gu;
const loneSurrogates = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * One line without control characters: line breaks and tabs become visible (`\n`, `\t`), ANSI sequences, bidirectional
 * overrides and invisible characters go. Idempotent.
 */
export function cleanValue(text: string): string {
  return cleanText(text)
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replace(unseen, '')
    .replace(loneSurrogates, '\ufffd');
}

/** Cleans like {@link cleanValue} but joins the lines of a YAML block with spaces: for prose, not for values. */
export function cleanSentence(text: string): string {
  return boundText(cleanValue(text.trim().replace(/[ \t]*[\r\n]+[ \t]*/g, ' ')), maxSentenceLength);
}

/** At most `limit` characters; what is cut is replaced by `…`. Never splits a surrogate pair. */
export function boundText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A value as a learner reads it: texts bare, lists and maps as compact JSON without quotes around simple words. */
export function showValue(value: Json | undefined): string {
  if (value === undefined) return 'no está';
  // A huge text is cut before cleaning, so that cleaning is bounded too.
  const raw = typeof value === 'string' ? value.slice(0, maxValueLength * 8) : value;
  const text = cleanValue(rawText(raw)).trim();
  return text === '' ? '(vacío)' : boundText(text, maxValueLength);
}

/**
 * Expected and found when both should be equal texts: at most 400 characters each, the first difference inside. Short
 * texts stay as they are; long ones show a window around the first difference, with a mark before it.
 */
export function showDifference(expected: string, found: string): { expected: string; found: string } {
  const left = cleanValue(expected);
  const right = cleanValue(found);
  const at = firstDifference(left, right);
  const short = left.length <= glanceLength && right.length <= glanceLength;
  if (at === undefined || short) {
    const shown = { expected: showValue(left), found: showValue(right) };
    // They differ only in what is not seen (a space at the end, a control character): spell it out.
    return shown.expected === shown.found && expected !== found
      ? { expected: spelledOut(expected), found: spelledOut(found) }
      : shown;
  }
  return { expected: around(left, at), found: around(right, at) };
}

function spelledOut(text: string): string {
  const quoted = JSON.stringify(text.slice(0, maxValueLength));
  return boundText(
    quoted.replace(
      /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    ),
    maxValueLength,
  );
}

function around(text: string, at: number): string {
  if (text === '') return '(vacío)';
  const from = at <= contextBefore ? 0 : at - contextBefore;
  const before = `${from > 0 ? '…' : ''}${text.slice(from, at)}`.replace(/^…[\udc00-\udfff]/, '…');
  return boundText(`${before}${differenceMark}${text.slice(at, at + maxValueLength)}`, maxValueLength);
}

function firstDifference(left: string, right: string): number | undefined {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    if (left[at] !== right[at]) return /[\udc00-\udfff]/.test(left[at] ?? '') ? Math.max(0, at - 1) : at;
  }
  return left.length === right.length ? undefined : length;
}

function rawText(value: Json): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (typeof value !== 'object') return String(value);
  return compact(value, { left: maxValueLength * 4 });
}

/** Compact JSON whose simple texts go without quotes; stops when the budget is spent, so cyclic cost is impossible. */
function compact(value: Json, budget: { left: number }): string {
  if (budget.left <= 0) return '…';
  if (typeof value === 'string') {
    const word = value.slice(0, budget.left);
    budget.left -= word.length + 2;
    return /^[\p{L}\p{N}_./:@+-]+$/u.test(word) ? word : JSON.stringify(word);
  }
  if (value === null || typeof value !== 'object') {
    budget.left -= 6;
    return String(value);
  }
  budget.left -= 2;
  if (Array.isArray(value)) return `[${pieces(value, budget, (item: Json) => compact(item, budget))}]`;
  return `{${pieces(Object.entries(value), budget, ([key, item]) => {
    budget.left -= key.length + 2;
    return `${key}: ${compact(item, budget)}`;
  })}}`;
}

function pieces<T>(items: readonly T[], budget: { left: number }, show: (item: T) => string): string {
  const shown: string[] = [];
  for (const item of items) {
    if (budget.left <= 0) {
      shown.push('…');
      break;
    }
    shown.push(show(item));
  }
  return shown.join(', ');
}
