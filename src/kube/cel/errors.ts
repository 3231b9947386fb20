import type { EvaluationError, ParseError } from '@marcbachmann/cel-js';

/** An expression that does not compile; the message is upstream's, `ERROR: <input>:1:5: undefined field 'x'` with a marker. */
export class CelCompileError extends Error {}

/** An expression that failed on the values it got: `no such key: x`. */
export class CelRuntimeError extends Error {}

/** The evaluation took more steps than any rule needs. */
export class CelBudgetError extends CelRuntimeError {}

/** What the library knows of a place in the source: nodes of its syntax tree. */
export interface CelNode {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly end: number;
}

const expecting =
  "expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

function at(source: string, offset: number, message: string): string {
  const before = source.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - (before.lastIndexOf('\n') + 1);
  const text = source.split('\n')[line - 1] ?? '';
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${'.'.repeat(column)}^`;
}

export const isNode = (value: unknown): value is CelNode =>
  typeof value === 'object' && value !== null && typeof (value as CelNode).op === 'string';

/** cel-go points at the operator, at the dot and at the parenthesis, where the library points at the whole expression. */
function placeOf(source: string, node: CelNode | undefined, fallback: number): number {
  if (!isNode(node)) return fallback;
  const args = Array.isArray(node.args) ? (node.args as unknown[]) : [];
  if (node.op === 'call' || node.op === 'rcall') {
    const receiver = args[1];
    const paren = source.indexOf('(', isNode(receiver) ? receiver.end : node.start);
    return paren < 0 ? node.start : paren;
  }
  if (node.op === '?:' && isNode(args[0])) {
    const mark = source.indexOf('?', args[0].end);
    return mark < 0 ? node.start : mark;
  }
  const operator = node.op;
  if (isNode(args[0]) && isNode(args[1])) {
    const found = source.indexOf(operator, args[0].end);
    return found < 0 ? node.start : found;
  }
  return node.start;
}

/** `found no matching overload for '_>_' applied to '(int, string)'` */
function overloadText(summary: string): string {
  const binary = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(summary);
  if (binary !== null) {
    const name = binary[2] === 'in' ? '@in' : `_${binary[2]}_`;
    return `found no matching overload for '${name}' applied to '(${goType(binary[1] ?? '')}, ${goType(binary[3] ?? '')})'`;
  }
  const unary = /^no such overload: ([!-])(.+)$/.exec(summary);
  if (unary !== null)
    return `found no matching overload for '${unary[1]}_' applied to '(${goType(unary[2] ?? '')})'`;
  const ternary = /same type, got '(.+)' and '(.+)'$/.exec(summary);
  if (ternary !== null)
    return `found no matching overload for '_?_:_' applied to '(bool, ${goType(ternary[1] ?? '')}, ${goType(ternary[2] ?? '')})'`;
  return summary;
}

/** `list<int>` is `list(int)` in Go. */
function goType(type: string): string {
  return type
    .replaceAll('<', '(')
    .replaceAll('>', ')')
    .replace(/T\d+_object/g, 'object')
    .replace(/^list$/, 'list(dyn)')
    .replace(/^map$/, 'map(dyn, dyn)');
}

/** An error of the check in cel-go's words. `knows` says whether a function of that name exists. */
export function checkErrorText(
  source: string,
  error: ParseError | Error,
  knows: (name: string) => boolean,
): string {
  const { code, summary, range, node } = describe(error);
  const start = range?.start ?? 0;
  switch (code) {
    case 'unknown_variable':
      return at(source, start, `undeclared reference to '${summary.slice(18)}' (in container '')`);
    case 'no_such_key': {
      // The key starts after the dot, perhaps with blanks or a backtick between.
      const dot = source.lastIndexOf('.', start);
      return at(source, dot < 0 ? start : dot, `undefined field '${summary.slice(13)}'`);
    }
    case 'no_matching_overload': {
      const call = /'(?:(.+)\.)?(\w+)\((.*)\)'/.exec(summary);
      const name = call?.[2] ?? '';
      const place = placeOf(source, node, start);
      if (!knows(name)) return at(source, place, `undeclared reference to '${name}' (in container '')`);
      const args = `(${goType(call?.[3] ?? '')})`;
      const applied = call?.[1] === undefined ? args : `${goType(call[1])}.${args}`;
      return at(source, place, `found no matching overload for '${name}' applied to '${applied}'`);
    }
    default:
      return at(source, placeOf(source, node, start), overloadText(summary));
  }
}

/** A syntax error; the parser differs from upstream's, so only the usual ones read alike. */
export function syntaxErrorText(source: string, error: Error): string {
  const { summary, range } = describe(error);
  const start = range?.start ?? source.length;
  const token = start >= source.length ? '<EOF>' : source.slice(start, Math.max(range?.end ?? 0, start + 1));
  if (/\.\s*$/.test(source) && start >= source.length)
    return at(source, start, "Syntax error: no viable alternative at input '.'");
  if (/^Unexpected token/.test(summary))
    return at(source, start, `Syntax error: mismatched input '${token}' ${expecting}`);
  if (/^Unexpected character/.test(summary))
    return at(source, start, `Syntax error: token recognition error at: '${token}'`);
  return at(source, start, `Syntax error: ${summary}`);
}

/** What went wrong at run time, as cel-go says it. */
export function runtimeErrorText(error: Error): string {
  const { code, summary } = describe(error as EvaluationError);
  if (code === 'no_such_key') {
    const index = /index out of bounds, index (\d+)/.exec(summary);
    return index === null ? `no such key: ${summary.slice(13)}` : `index out of bounds: ${index[1]}`;
  }
  if (code === 'index_out_of_bounds')
    return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? ''}`;
  if (code === 'no_such_overload' || code === 'no_matching_overload' || code === 'field_type_mismatch')
    return 'no such overload';
  if (code === 'modulo_by_zero') return 'modulus by zero';
  if (code === 'numeric_overflow') return 'integer overflow';
  return summary;
}

function describe(error: Error): {
  code: string;
  summary: string;
  range: { start: number; end: number } | undefined;
  node: CelNode | undefined;
} {
  const known = error as Partial<ParseError> & { node?: CelNode };
  return {
    code: known.code ?? '',
    summary: known.summary ?? error.message,
    range: known.range,
    node: known.node,
  };
}
