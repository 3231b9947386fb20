import { type FieldError, invalid } from '../field-error.ts';

/** One error per message why `value` will not do. */
export function invalidFor(messages: readonly string[], field: string, value: unknown): FieldError[] {
  return messages.map((message) => invalid(field, value, message));
}

export const immutableMessage = 'field is immutable';
