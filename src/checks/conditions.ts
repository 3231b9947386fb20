import type { Json, JsonObject } from '../base/json.ts';
import { type Condition, type Matcher, type MatcherOperator, matcherOperators } from './check.ts';
import { evaluateExpression, expressionProblem, expressionReads } from './expression.ts';
import { fieldAt, numberIn, sameValue } from './fields.ts';
import { renderValue, templateProblems } from './templates.ts';
import { noValue, showDifference, showValue } from './text.ts';

export type Outcome = { readonly ok: true; readonly evidence: string } | ({ readonly ok: false } & Mismatch);

/** The first field that is not as it should be; texts are clean and at most 400 characters. */
export interface Mismatch {
  /** '' when the condition is an expression that reads no field of `o`. */
  readonly field: string;
  /** '' when the condition is an expression: only its author can say it in words. */
  readonly expected: string;
  readonly found: string;
}

/** A condition that cannot be understood; `path` is inside the condition, offsets inside the text there. */
export interface ConditionProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly start?: number;
  readonly end?: number;
}

/**
 * Whether a condition holds over what was seen. `scope` has the parameters and, by check id with `_`, what the
 * ancestors saw; `o` is added here. A missing field makes a comparison false; nothing throws.
 */
export function evaluateCondition(condition: Condition, seen: JsonObject, scope: JsonObject): Outcome {
  const names: JsonObject = { ...scope, o: seen };
  if (typeof condition === 'string') return evaluateCel(condition, seen, names);
  const evidence: string[] = [];
  for (const [field, matcher] of Object.entries(condition)) {
    const found = fieldAt(seen, field);
    const wanted = renderValue(matcher, names);
    if (!matches(found, wanted)) return mismatch(field, wanted, found);
    evidence.push(`${field}: ${showValue(found)}`);
  }
  return { ok: true, evidence: evidence.join(', ') };
}

/** Everything wrong with a condition, knowing which names it may use (`o` included). */
export function conditionProblems(
  condition: Condition,
  names: Iterable<string>,
): readonly ConditionProblem[] {
  const known = [...names];
  if (typeof condition === 'string') {
    const problem = expressionProblem(condition, known, 'condition');
    return problem ? [{ path: [], ...problem }] : [];
  }
  const entries = Object.entries(condition);
  if (entries.length === 0) return [{ path: [], message: 'la condición está vacía: se cumpliría siempre' }];
  return entries.flatMap(([field, matcher]) => matcherProblems(matcher, [field], known));
}

function evaluateCel(source: string, seen: JsonObject, names: JsonObject): Outcome {
  const result = evaluateExpression(source, names);
  const [field = ''] = expressionReads(source).fields;
  const found = field === '' ? '' : showValue(fieldAt(seen, field));
  if (result.ok && result.value === true)
    return { ok: true, evidence: field === '' ? '' : `${field}: ${found}` };
  return { ok: false, field, expected: '', found };
}

type Operation = { readonly operator: MatcherOperator; readonly operand: Json };

/** An object made only of operators is a comparison; any other value means "equal". */
function operationsOf(matcher: Json): readonly Operation[] | undefined {
  if (matcher === null || typeof matcher !== 'object' || Array.isArray(matcher)) return undefined;
  const entries = Object.entries(matcher) as [string, Json][];
  if (entries.length === 0 || !entries.every(([key]) => isOperator(key))) return undefined;
  return entries.map(([operator, operand]) => ({ operator: operator as MatcherOperator, operand }));
}

function isOperator(key: string): key is MatcherOperator {
  return (matcherOperators as readonly string[]).includes(key);
}

function matches(found: Json | undefined, wanted: Json | undefined): boolean {
  if (wanted === undefined) return false;
  const operations = operationsOf(wanted);
  if (!operations) return found !== undefined && sameValue(found, wanted);
  return operations.every(({ operator, operand }) => applies[operator](found, operand));
}

/** Only `existe: false` and `vacio: true` hold for a field that is not there. */
const applies: Record<MatcherOperator, (found: Json | undefined, operand: Json) => boolean> = {
  min: (found, operand) => compare(found, operand, (left, right) => left >= right),
  max: (found, operand) => compare(found, operand, (left, right) => left <= right),
  distinto: (found, operand) => found !== undefined && !sameValue(found, operand),
  contiene: (found, operand) => contains(found, operand),
  patron: (found, operand) => patternFinds(found, operand),
  existe: (found, operand) => (found !== undefined && found !== null) === (operand === true),
  conjunto: (found, operand) =>
    isList(found) && isList(operand) && subset(found, operand) && subset(operand, found),
  uno: (found, operand) =>
    found !== undefined && isList(operand) && operand.some((item) => sameValue(found, item)),
  vacio: (found, operand) => isEmpty(found) === (operand === true),
};

function compare(
  found: Json | undefined,
  operand: Json,
  holds: (left: number, right: number) => boolean,
): boolean {
  const left = numberIn(found);
  const right = numberIn(operand);
  return left !== undefined && right !== undefined && holds(left, right);
}

function contains(found: Json | undefined, operand: Json): boolean {
  if (isList(operand)) return operand.length > 0 && operand.every((item) => contains(found, item));
  if (isList(found)) return found.some((item) => sameValue(item, operand));
  return typeof found === 'string' && found.includes(String(operand));
}

function patternFinds(found: Json | undefined, operand: Json): boolean {
  const text = typeof found === 'number' ? String(found) : found;
  if (typeof text !== 'string' || typeof operand !== 'string') return false;
  try {
    return new RegExp(operand, 'u').test(text);
  } catch {
    return false; // a pattern completed by a template may turn out invalid; the validator sees the fixed ones
  }
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function subset(part: readonly Json[], whole: readonly Json[]): boolean {
  return part.every((item) => whole.some((other) => sameValue(item, other)));
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function mismatch(field: string, wanted: Json | undefined, found: Json | undefined): Outcome {
  if (typeof wanted === 'string' && typeof found === 'string') {
    return { ok: false, field, ...showDifference(wanted, found) };
  }
  return { ok: false, field, expected: inWords(wanted), found: showValue(found) };
}

function inWords(wanted: Json | undefined): string {
  if (wanted === undefined) return noValue;
  const operations = operationsOf(wanted);
  if (!operations) return showValue(wanted);
  return operations.map(({ operator, operand }) => phrases[operator](operand)).join(' y ');
}

const phrases: Record<MatcherOperator, (operand: Json) => string> = {
  min: (operand) => `${showValue(operand)} o más`,
  max: (operand) => `${showValue(operand)} o menos`,
  distinto: (operand) => `algo distinto de ${showValue(operand)}`,
  contiene: (operand) => `que contenga ${showValue(operand)}`,
  patron: (operand) => `que coincida con ${showValue(operand)}`,
  existe: (operand) => (operand === true ? 'que esté' : 'que no esté'),
  conjunto: (operand) => `${showValue(operand)}, en cualquier orden`,
  uno: (operand) =>
    isList(operand) ? operand.map((item) => showValue(item)).join(' o ') : showValue(operand),
  vacio: (operand) => (operand === true ? '(vacío)' : 'que no esté vacío'),
};

function matcherProblems(
  matcher: Matcher,
  path: readonly (string | number)[],
  names: readonly string[],
): readonly ConditionProblem[] {
  const problems = textProblems(matcher, path, names);
  if (matcher === null || typeof matcher !== 'object' || Array.isArray(matcher)) return problems;
  const keys = Object.keys(matcher);
  if (keys.length > 0 && keys.some(isOperator) && !keys.every(isOperator)) {
    const strange = keys.find((key) => !isOperator(key)) ?? '';
    return [
      ...problems,
      {
        path: [...path, strange],
        message: `«${strange}» no es un comparador (hay ${matcherOperators.join(', ')})`,
      },
    ];
  }
  const operations = operationsOf(matcher) ?? [];
  return [...problems, ...operations.flatMap((operation) => operandProblem(operation, path))];
}

function operandProblem(
  { operator, operand }: Operation,
  path: readonly (string | number)[],
): ConditionProblem[] {
  const at = [...path, operator];
  const isTemplate = typeof operand === 'string' && operand.includes('@{');
  if (isTemplate) return [];
  if ((operator === 'min' || operator === 'max') && numberIn(operand) === undefined) {
    return [{ path: at, message: `«${operator}» necesita un número` }];
  }
  if ((operator === 'existe' || operator === 'vacio') && typeof operand !== 'boolean') {
    return [{ path: at, message: `«${operator}» necesita true o false` }];
  }
  if ((operator === 'conjunto' || operator === 'uno') && !isList(operand)) {
    return [{ path: at, message: `«${operator}» necesita una lista` }];
  }
  if (operator === 'contiene' && isList(operand) && operand.length === 0) {
    return [{ path: at, message: '«contiene» necesita al menos un elemento' }];
  }
  if (operator !== 'patron') return [];
  if (typeof operand !== 'string') return [{ path: at, message: '`patron` necesita un texto' }];
  try {
    new RegExp(operand, 'u');
    return [];
  } catch (error) {
    return [{ path: at, message: `la expresión regular no es válida: ${(error as Error).message}` }];
  }
}

function textProblems(
  value: Json,
  path: readonly (string | number)[],
  names: readonly string[],
): readonly ConditionProblem[] {
  if (typeof value === 'string')
    return templateProblems(value, names).map((problem) => ({ path, ...problem }));
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value))
    return value.flatMap((item: Json, at) => textProblems(item, [...path, at], names));
  return Object.entries(value).flatMap(([key, item]) => textProblems(item, [...path, key], names));
}
