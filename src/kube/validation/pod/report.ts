import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../field-error.ts';

/** One error per message about the same value. */
export function invalidFor(field: string, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map((message) => invalid(field, value, message));
}

/** Required when empty, refused when not one of `supported`. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (value === undefined || value === '') return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** As `oneOf`, for a pointer that was given: empty is just another value that is not supported. */
export function oneOfGiven(field: string, value: string, supported: readonly string[]): FieldError[] {
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

export function nonNegative(field: string, value: number | undefined): FieldError[] {
  return (value ?? 0) < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

/** Each handler or source after the first: `may not specify more than 1 volume type`. */
export function onlyOne(
  what: string,
  choices: readonly { readonly field: string; readonly given: boolean; check(): FieldError[] }[],
): { errors: FieldError[]; count: number } {
  const errors: FieldError[] = [];
  let count = 0;
  for (const { field, given, check } of choices) {
    if (!given) continue;
    if (count > 0) errors.push(forbiddenField(field, `may not specify more than 1 ${what}`));
    else {
      count += 1;
      errors.push(...check());
    }
  }
  return { errors, count };
}
