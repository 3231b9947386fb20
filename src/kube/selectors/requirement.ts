import { type FieldError, GoText, goQuote, invalid, notSupported } from '../field-error.ts';
import { isQualifiedName, isValidLabelValue } from '../names.ts';

/** Operators in upstream's words (apimachinery/pkg/selection). */
export type Operator = '!' | '=' | '==' | 'in' | '!=' | 'notin' | 'exists' | 'gt' | 'lt';

export const binaryOperators: readonly Operator[] = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'];

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export type Labels = { readonly [key: string]: string } | undefined;

/** A selector that cannot be read; the message is upstream's. */
export class SelectorError extends Error {}

/** Upstream's path of nothing prints so. */
const nowhere = '<nil>';

export function checkLabelKey(key: string, field = nowhere): FieldError[] {
  const messages = isQualifiedName(key);
  return messages.length === 0 ? [] : [invalid(field, key, messages.join('; '))];
}

const goList = (values: readonly string[]) => new GoText(`[]string{${values.map(goQuote).join(', ')}}`);

function checkCount(operator: Operator, values: readonly string[]): FieldError[] {
  const wrong = (why: string) => [invalid('values', goList(values), why)];
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0 ? [] : wrong("for 'in', 'notin' operators, values set can't be empty");
    case '=':
    case '==':
    case '!=':
      return values.length === 1 ? [] : wrong('exact-match compatibility requires one single value');
    case 'exists':
    case '!':
      return values.length === 0 ? [] : wrong('values set must be empty for exists and does not exist');
    case 'gt':
    case 'lt': {
      const errors =
        values.length === 1 ? [] : wrong("for 'Gt', 'Lt' operators, exactly one value is required");
      for (const [i, value] of values.entries())
        if (int64(value) === undefined)
          errors.push(
            invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"),
          );
      return errors;
    }
    default:
      return [notSupported('operator', operator, [...binaryOperators, 'exists', '!'])];
  }
}

/** Checks as labels.NewRequirement; throws SelectorError with its aggregated text. */
export function newRequirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const errors = [...checkLabelKey(key, 'key'), ...checkCount(operator, values)];
  for (const [i, value] of values.entries()) {
    const messages = isValidLabelValue(value);
    if (messages.length > 0) errors.push(invalid(`values[${i}][${key}]`, value, messages.join('; ')));
  }
  if (errors.length > 0) throw new SelectorError(aggregate(errors));
  return { key, operator, values };
}

/** `ErrorList.ToAggregate().Error()` */
export function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(({ field, body }) => `${field}: ${body}`))];
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

/** strconv.ParseInt(text, 10, 64) */
function int64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,63}$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

export function requirementMatches({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value);
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      const left = value === undefined ? undefined : int64(value);
      const right = int64(values[0] ?? '');
      if (left === undefined || right === undefined) return false;
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

/** As upstream prints it, values sorted. */
export function formatRequirement({ key, operator, values }: Requirement): string {
  const list = [...values].sort().join(',');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`;
    case 'gt':
      return `${key}>${list}`;
    case 'lt':
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}
