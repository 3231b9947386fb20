import type { JobSpec, SuccessPolicyRule } from '../api/batch-v1.ts';
import { type FieldError, goQuote, invalid, required, tooLong, tooMany } from '../field-error.ts';
import { utf8Length } from '../names.ts';
import { nonNegative } from './pod/report.ts';

/** Lists of indexes (`0,2-5`) in Jobs. Mirrors validateIndexesFormat of pkg/apis/batch/validation. */

/** How many they are. Throws an Error with upstream's text. */
export function countIndexes(text: string, completions: number): number {
  let total = 0;
  let last: number | undefined;
  for (const [first, end] of intervals(text, completions)) {
    if (last !== undefined && last >= first)
      throw new Error(`non-increasing order, previous: ${last}, current: ${first}`);
    total += end - first + 1;
    last = end;
  }
  return total;
}

function* intervals(text: string, completions: number): Generator<readonly [number, number]> {
  if (text === '') return;
  for (const fragment of text.split(',')) yield interval(fragment, completions);
}

function interval(fragment: string, completions: number): readonly [number, number] {
  const limits = fragment.split('-');
  if (limits.length > 2)
    throw new Error(
      `the fragment ${goQuote(fragment)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  const [first = 0, end] = limits.map((limit) => {
    if (!/^\+?\d+$/.test(limit))
      throw new Error(`cannot convert string to integer for index: ${goQuote(limit)}`);
    if (Number(limit) >= completions) throw new Error(`too large index: ${goQuote(limit)}`);
    return Number(limit);
  });
  if (end === undefined) return [first, first];
  if (first >= end) throw new Error(`non-increasing order, previous: ${first}, current: ${end}`);
  return [first, end];
}

/** The first index that is in both lists; fragments that cannot be read are nobody's. */
export function commonIndex(a: string, b: string, completions: number): number | undefined {
  const left = readable(a, completions);
  const right = readable(b, completions);
  let i = 0;
  let j = 0;
  for (;;) {
    const one = left[i];
    const other = right[j];
    if (one === undefined || other === undefined) return undefined;
    if (one[0] <= other[1] && other[0] <= one[1]) return Math.max(one[0], other[0]);
    if (one[0] <= other[0]) i += 1;
    else j += 1;
  }
}

function readable(text: string, completions: number): (readonly [number, number])[] {
  return text.split(',').flatMap((fragment) => {
    try {
      return [interval(fragment, completions)];
    } catch {
      return [];
    }
  });
}

const maxRules = 20;
const maxLength = 64 * 1024;

export function validateSuccessPolicy(spec: JobSpec, field: string): FieldError[] {
  const rules = spec.successPolicy?.rules ?? [];
  const at = `${field}.rules`;
  const errors: FieldError[] = [];
  if (rules.length === 0)
    errors.push(required(at, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > maxRules) errors.push(tooMany(at, rules.length, maxRules));
  for (const [i, rule] of rules.entries())
    errors.push(...validateRule(rule, spec.completions ?? 0, `${at}[${i}]`));
  return errors;
}

function validateRule(rule: SuccessPolicyRule, completions: number, field: string): FieldError[] {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  const errors: FieldError[] = [];
  if (count === undefined && indexes === undefined)
    errors.push(required(field, 'at least one of succeededCount or succeededIndexes must be specified'));
  let total = 0;
  if (indexes !== undefined) {
    if (utf8Length(indexes) > maxLength) errors.push(tooLong(`${field}.succeededIndexes`, '', maxLength));
    try {
      total = countIndexes(indexes, completions);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      errors.push(invalid(`${field}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${why}`));
    }
  }
  if (count === undefined) return errors;
  const at = `${field}.succeededCount`;
  errors.push(...nonNegative(at, count));
  const atMost = (limit: number, what: string) => {
    if (count > limit) errors.push(invalid(at, count, `must be less than or equal to ${limit} (${what})`));
  };
  atMost(completions, 'the number of specified completions');
  if (indexes !== undefined) atMost(total, 'the number of indexes in the specified succeededIndexes field');
  return errors;
}
