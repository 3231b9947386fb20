import type { Dict, MutableJson } from '../../../kube/object.ts';

/** The value at `spec.replicas` (no lists), or undefined. */
export function valueAt(object: object, path: string): MutableJson | undefined {
  let value: unknown = object;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Dict)[key];
  }
  return value as MutableJson | undefined;
}

/** Sets the value at a path, making the objects on the way. `undefined` removes it. */
export function setValueAt(object: object, path: string, value: MutableJson | undefined): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let into = object as Dict;
  for (const key of keys) {
    const next = Object.hasOwn(into, key) ? into[key] : undefined;
    if (typeof next === 'object' && next !== null && !Array.isArray(next)) into = next;
    else {
      const made: Dict = {};
      into[key] = made;
      into = made;
    }
  }
  if (value === undefined) delete into[last];
  else into[last] = value;
}
