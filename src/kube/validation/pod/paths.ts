import { type FieldError, invalid } from '../../field-error.ts';

/** Paths on a node or in a volume: relative or without `..`, as the case may be. */

export function noBacksteps(path: string, field: string): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}

export function localDescending(path: string, field: string): FieldError[] {
  const errors = noBacksteps(path, field);
  return path.startsWith('/') ? [invalid(field, path, 'must be a relative path'), ...errors] : errors;
}

export function localNonReserved(path: string, field: string): FieldError[] {
  const errors = localDescending(path, field);
  if (path.startsWith('..') && !path.startsWith('../'))
    errors.push(invalid(field, path, "must not start with '..'"));
  return errors;
}
