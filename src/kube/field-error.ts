import { failure, type StatusError } from './status.ts';

/** Mirrors apimachinery/pkg/util/validation/field: what is wrong, where, in upstream's words. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.containers[0].name`, `metadata.labels`, `data[key]` */
  readonly field: string;
  /** As upstream's `ErrorBody()`: `Invalid value: "x": must be…`, without the field. */
  readonly body: string;
}

/** A Go literal that must be printed as it is (`%v` of a non-JSON value): `0x0`, `null`. */
export class GoText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** As upstream prints a bad value: strings quoted with `%q`, and so is what is null; numbers and booleans bare, others as compact JSON. */
function goValue(value: unknown): string {
  if (value instanceof GoText) return value.text;
  if (typeof value === 'string') return goQuote(value);
  if (value === undefined || value === null) return '"null"';
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** Go's `%q`. */
export function goQuote(text: string): string {
  return `"${text.replace(/["\\\u0000-\u001f\u007f]/g, (c) => {
    const short: { [c: string]: string } = {
      '"': '\\"',
      '\\': '\\\\',
      '\n': '\\n',
      '\t': '\\t',
      '\r': '\\r',
      '\u0007': '\\a',
      '\b': '\\b',
      '\f': '\\f',
      '\v': '\\v',
    };
    return short[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  })}"`;
}

const withDetail = (text: string, detail: string) => (detail === '' ? text : `${text}: ${detail}`);

export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  body: withDetail('Required value', detail),
});
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  body: withDetail(`Invalid value: ${goValue(value)}`, detail),
});
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueTypeInvalid',
  field,
  body: withDetail(`Invalid value: ${goValue(value)}`, detail),
});
export const forbiddenField = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  body: withDetail('Forbidden', detail),
});
export const duplicate = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  body: `Duplicate value: ${goValue(value)}`,
});
/** `supported` in the order in which upstream lists it (it sorts sets by text). */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  body: withDetail(
    `Unsupported value: ${goValue(value)}`,
    supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`,
  ),
});
export const notFoundField = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  body: `Not found: ${goValue(value)}`,
});
export const tooLong = (field: string, _value: unknown, maxLength: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  body: `Too long: may not be more than ${maxLength} bytes`,
});
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  body: `Too many: ${actual}: must have at most ${max} items`,
});
export const internalFieldError = (field: string, why: string): FieldError => ({
  type: 'InternalError',
  field,
  body: `Internal error: ${why}`,
});

/** `errors.NewInvalid` (422): equal errors are told once, in order. */
export function invalidObject(
  group: string,
  kind: string,
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const causes = errors.map(({ type, field, body }) => ({ reason: type, message: body, field }));
  const texts = [...new Set(errors.map(({ field, body }) => `${field}: ${body}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return failure(
    422,
    'Invalid',
    `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${list}`,
    {
      ...(name === '' ? {} : { name }),
      ...(group === '' ? {} : { group }),
      ...(kind === '' ? {} : { kind }),
      causes,
    },
  );
}
