import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import type { Json, JsonObject } from '../base/json.ts';

/** A CEL expression that cannot be understood. Offsets are characters from its beginning, end exclusive. */
export interface ExpressionProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

export type Evaluated =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly why: string };

const options = {
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxDepth: 64, maxAstNodes: 2000 },
} as const;

/** Built on first use: an environment costs about a millisecond, and opening the course needs none. */
let shared: Environment | undefined;
const compiled = new Map<string, ReturnType<Environment['parse']> | ParseError>();
const maxCompiled = 2000;

/**
 * Evaluates a CEL expression. Whole JSON numbers are CEL ints, others doubles, and they mix in comparisons and
 * arithmetic. A missing field, an unknown name or a wrong type is `ok: false`, never a throw.
 */
export function evaluateExpression(source: string, scope: JsonObject): Evaluated {
  const program = compile(source);
  if (program instanceof Error) return { ok: false, why: program.message };
  try {
    return { ok: true, value: fromCel(program(toCel(scope) as Record<string, unknown>)) };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Says what is wrong with an expression, knowing which names it may use; undefined when nothing is.
 * Types are only known for literals, so a wrong field is not found here.
 */
export function expressionProblem(
  source: string,
  names: Iterable<string>,
  result: 'condition' | 'value',
): ExpressionProblem | undefined {
  if (source.trim() === '') return { message: 'la expresión está vacía', start: 0, end: source.length };
  const strict = withMixedArithmetic(new Environment({ ...options, unlistedVariablesAreDyn: false }));
  for (const name of new Set(names)) {
    // Names CEL keeps for itself cannot be variables; using one fails below as a reserved word.
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reserved.has(name)) strict.registerVariable(name, 'dyn');
  }
  const checked = strict.check(source);
  if (checked.error) {
    const range = checked.error.range ?? { start: 0, end: source.length };
    return { message: inSpanish(checked.error), start: range.start, end: range.end };
  }
  if (result === 'condition' && !['bool', 'dyn', undefined].includes(checked.type?.toString())) {
    return {
      message: `da un valor de tipo «${checked.type}» y hace falta verdadero o falso`,
      start: 0,
      end: source.length,
    };
  }
  return undefined;
}

/** Names of the variables an expression reads, and the field paths of `o` it reads, in order of appearance. */
export function expressionReads(source: string): {
  readonly names: readonly string[];
  readonly fields: readonly string[];
} {
  const program = compile(source);
  const names: string[] = [];
  const fields: string[] = [];
  if (program instanceof Error) return { names, fields };
  visit(program.ast, names, fields);
  return { names: [...new Set(names)], fields: [...new Set(fields)] };
}

function compile(source: string): ReturnType<Environment['parse']> | ParseError {
  const known = compiled.get(source);
  if (known) return known;
  shared ??= withMixedArithmetic(new Environment({ ...options, unlistedVariablesAreDyn: true }));
  if (compiled.size >= maxCompiled) compiled.clear();
  let result: ReturnType<Environment['parse']> | ParseError;
  try {
    result = shared.parse(source);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    result = error;
  }
  compiled.set(source, result);
  return result;
}

/** CEL keeps int and double apart; JSON does not, so an author may not know which of the two an observation carries. */
function withMixedArithmetic(environment: Environment): Environment {
  const operations = {
    '+': (left: number, right: number) => left + right,
    '-': (left: number, right: number) => left - right,
    '*': (left: number, right: number) => left * right,
    '/': (left: number, right: number) => left / right,
  };
  for (const [sign, apply] of Object.entries(operations)) {
    const mixed = (left: number | bigint, right: number | bigint) => apply(Number(left), Number(right));
    environment.registerOperator(`int ${sign} double`, mixed);
    environment.registerOperator(`double ${sign} int`, mixed);
  }
  return environment;
}

/** Observations are immutable and judged many times, so each is converted once. */
const converted = new WeakMap<object, unknown>();

function toCel(value: Json): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  const known = converted.get(value);
  if (known !== undefined) return known;
  const result = Array.isArray(value)
    ? value.map(toCel)
    : Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== undefined)
          .map(([key, item]) => [key, toCel(item)]),
      );
  converted.set(value, result);
  return result;
}

function fromCel(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), fromCel(item)]));
  if (Array.isArray(value) || value instanceof Set) return [...value].map(fromCel);
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromCel(item)]));
  }
  return String(value);
}

function visit(
  node: ASTNode,
  names: string[],
  fields: string[],
  hidden: ReadonlySet<string> = new Set(),
): void {
  const path = fieldPath(node);
  if (path && !hidden.has(path.root)) {
    names.push(path.root);
    if (path.root === 'o' && path.field !== '') fields.push(path.field);
    return;
  }
  if (node.op === 'rcall' || node.op === 'call') {
    const [name, ...rest] = node.args as [string, ...(ASTNode | ASTNode[])[]];
    const parts = rest.flat();
    // A macro like `list.exists(x, …)` binds its first argument; that name is not read from outside.
    const bound = ['all', 'exists', 'exists_one', 'map', 'filter', 'bind'].includes(name)
      ? parts.slice(1).find((part) => part.op === 'id')
      : undefined;
    const inner = bound ? new Set([...hidden, String(bound.args)]) : hidden;
    for (const part of parts) visit(part, names, fields, part === parts[0] ? hidden : inner);
    return;
  }
  for (const child of children(node.args)) visit(child, names, fields, hidden);
}

function fieldPath(node: ASTNode): { root: string; field: string } | undefined {
  if (node.op === 'id') return { root: node.args as string, field: '' };
  if (node.op === '.' || node.op === '.?') {
    const [object, name] = node.args as [ASTNode, string];
    const parent = fieldPath(object);
    return parent && { root: parent.root, field: parent.field === '' ? name : `${parent.field}.${name}` };
  }
  if (node.op !== '[]' && node.op !== '[?]') return undefined;
  const [object, index] = node.args as [ASTNode, ASTNode];
  const parent = index.op === 'value' ? fieldPath(object) : undefined;
  if (!parent) return undefined;
  if (typeof index.args === 'bigint') return { root: parent.root, field: `${parent.field}[${index.args}]` };
  return {
    root: parent.root,
    field: parent.field === '' ? `${index.args}` : `${parent.field}.${index.args}`,
  };
}

function children(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(children);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}

const reserved = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);

/** True when CEL keeps the word for itself, so no parameter nor check may be called so. */
export function isReservedName(name: string): boolean {
  return reserved.has(name);
}

function inSpanish(error: Pick<ParseError, 'code' | 'summary' | 'message'>): string {
  const detail = error.summary ?? error.message;
  const name = /: (\S+)$/.exec(detail)?.[1] ?? '';
  switch (error.code) {
    case 'unknown_variable':
      return `no existe el nombre «${name}» (hay parámetros, \`o\` y los padres por su id, con \`_\` en vez de \`-\`)`;
    case 'reserved_identifier':
      return `«${name}» es una palabra reservada de CEL`;
    case 'unexpected_token':
      return detail.endsWith('EOF') ? 'la expresión está incompleta' : `no se esperaba «${name}»`;
    case 'no_such_overload':
    case 'no_matching_overload':
      return `esa operación no existe entre esos tipos (CEL dice: ${detail})`;
    default:
      return `CEL no la entiende: ${detail}`;
  }
}
