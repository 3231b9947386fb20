import { RawNumber } from './parse-json.ts';

/** Why a value is no value of its type, in Go's words. The caller wraps it in the Status of its endpoint. */
export class DecodeError extends Error {}

/** How Go names the kind of JSON it found. */
export function jsonKind(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' || value instanceof RawNumber ? 'number' : 'object';
}

/** Where in a document the decoder is: Go names the innermost struct and the fields that led to it, without indices. */
export interface GoPlace {
  /** `PodSpec`; '' when there is no struct around. */
  readonly struct: string;
  readonly fields: readonly string[];
}

export function typeMismatch(found: string, type: string, { struct, fields }: GoPlace): DecodeError {
  if (struct === '' && fields.length === 0)
    return new DecodeError(`json: cannot unmarshal ${found} into Go value of type ${type}`);
  return new DecodeError(
    `json: cannot unmarshal ${found} into Go struct field ${struct}.${fields.join('.')} of type ${type}`,
  );
}
