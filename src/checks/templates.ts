import type { Json, JsonObject } from '../base/json.ts';
import { evaluateExpression, expressionProblem, expressionReads } from './expression.ts';
import { noValue } from './text.ts';

/** A template that cannot be rendered. Offsets are characters of the text, end exclusive. */
export interface TemplateProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly source: string; readonly start: number };

/**
 * Renders `@{expression}` inside a text. What cannot be evaluated shows `(sin dato)`, so a message is never lost nor
 * half written. The result is not cleaned: callers that show it do that.
 */
export function renderText(template: string, scope: JsonObject): string {
  return pieces(template)
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      const result = evaluateExpression(piece.source, scope);
      return result.ok ? plainText(result.value) : noValue;
    })
    .join('');
}

/**
 * Renders every text inside a JSON value. A text that is exactly one `@{expression}` keeps the expression's type; when
 * it cannot be evaluated the whole result is undefined, so that nothing is ever equal to an unknown value.
 */
export function renderValue(value: Json, scope: JsonObject): Json | undefined {
  if (typeof value === 'string') {
    const parts = pieces(value);
    const [only] = parts;
    if (parts.length === 1 && only?.kind === 'expression') {
      const result = evaluateExpression(only.source, scope);
      return result.ok ? result.value : undefined;
    }
    return parts.some((part) => part.kind === 'expression') ? renderText(value, scope) : value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => renderValue(item, scope));
    return items.some((item) => item === undefined) ? undefined : (items as Json[]);
  }
  const entries = Object.entries(value).map(([key, item]) => [key, renderValue(item, scope)] as const);
  if (entries.some(([, item]) => item === undefined)) return undefined;
  return Object.fromEntries(entries) as JsonObject;
}

/** Renders the parameters of a check; one that cannot be evaluated shows `(sin dato)`. */
export function renderParams(params: JsonObject, scope: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [key, renderValue(value, scope) ?? noValue]),
  );
}

/** Everything wrong with the templates of a text, knowing which names they may use. */
export function templateProblems(template: string, names: Iterable<string>): readonly TemplateProblem[] {
  const known = [...names];
  const problems: TemplateProblem[] = [];
  for (const piece of pieces(template)) {
    if (piece.kind === 'text') {
      const open = piece.text.indexOf('@{');
      if (open < 0) continue;
      const start = template.lastIndexOf(piece.text);
      problems.push({
        message: 'falta la llave `}` que cierra `@{`',
        start: start + open,
        end: template.length,
      });
      continue;
    }
    const problem = expressionProblem(piece.source, known, 'value');
    if (!problem) continue;
    problems.push({
      message: problem.message,
      start: piece.start + problem.start,
      end: piece.start + problem.end,
    });
  }
  return problems;
}

/** Names that the templates inside a JSON value read. */
export function templateNames(value: Json): readonly string[] {
  if (typeof value === 'string') {
    return pieces(value).flatMap((piece) =>
      piece.kind === 'text' ? [] : expressionReads(piece.source).names,
    );
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(templateNames);
}

/** Splits at `@{…}`, minding braces and quotes inside. What has no closing brace stays as text. */
function pieces(template: string): readonly Piece[] {
  const found: Piece[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('@{', at);
    const close = open < 0 ? -1 : closingBrace(template, open + 2);
    if (close < 0) break;
    if (open > at) found.push({ kind: 'text', text: template.slice(at, open) });
    found.push({ kind: 'expression', source: template.slice(open + 2, close), start: open + 2 });
    at = close + 1;
  }
  if (at < template.length || found.length === 0) found.push({ kind: 'text', text: template.slice(at) });
  return found;
}

function closingBrace(text: string, from: number): number {
  let depth = 0;
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '{') depth++;
    else if (character === '}' && depth-- === 0) return at;
  }
  return -1;
}

function plainText(value: Json): string {
  if (typeof value === 'string') return value;
  if (value === null) return noValue;
  if (Array.isArray(value)) return value.map(plainText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
