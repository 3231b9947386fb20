import { setKey } from '../object.ts';
import { badRequest } from '../status.ts';
import { cloneValue, getKey, isDict, type Value, type ValueDict } from './dict.ts';

/**
 * JSON merge patch (RFC 7386) as the API server's library does it: nulls delete, everything that is not an object replaces.
 * Nulls inside new content vanish, also those of objects in lists. Neither argument is changed; the result shares nothing
 * with them. Objects that were merged have their keys sorted, untouched ones keep their order: the texts of refusals show it.
 * Throws 400 when the patch is not an object.
 */
export function applyMergePatch(target: ValueDict, patch: Value): ValueDict {
  if (!isDict(patch)) throw badRequest('Invalid JSON Patch');
  return mergeDicts(target, patch);
}

function mergeDicts(target: ValueDict, patch: ValueDict): ValueDict {
  const keys = new Set([...Object.keys(target), ...Object.keys(patch)]);
  const merged: ValueDict = {};
  for (const key of [...keys].sort()) {
    const current = getKey(target, key);
    const change = getKey(patch, key);
    if (change === null) continue;
    if (change === undefined) setKey(merged, key, cloneValue(current ?? null));
    else if (current === undefined || current === null || !isDict(current))
      setKey(merged, key, pruned(change));
    else setKey(merged, key, isDict(change) ? mergeDicts(current, change) : cloneValue(change));
  }
  return merged;
}

/** Without members that are null; elements of lists that are null stay. */
function pruned(value: Value): Value {
  if (Array.isArray(value)) return value.map(pruned);
  if (!isDict(value)) return value;
  const copy: ValueDict = {};
  for (const key of Object.keys(value).sort()) {
    const member = value[key] ?? null;
    if (member !== null) setKey(copy, key, pruned(member));
  }
  return copy;
}
