import { badRequest } from '../status.ts';
import { isDict, type Value, type ValueDict } from './dict.ts';

/** As Go's decoder names parsed JSON in its complaints. */
export function jsonKind(value: Value): string {
  if (Array.isArray(value)) return 'array';
  if (isDict(value)) return 'object';
  if (typeof value === 'string') return 'string';
  return typeof value === 'boolean' ? 'bool' : 'number';
}

/**
 * The body of a merge or strategic merge patch as the map that upstream decodes it into: null stays null, everything else
 * that is no object is a 400. `prefix`: `error decoding patch: ` for merge patches when fieldValidation is Warn or Strict.
 */
export function patchMap(value: Value, prefix = ''): ValueDict | null {
  if (value === null || isDict(value)) return value;
  throw badRequest(
    `${prefix}json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`,
  );
}
