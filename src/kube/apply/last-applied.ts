import { utf8Length } from '../names.ts';
import { cloneValue, escapeHtml, getKey, isDict, type Value, type ValueDict } from '../patch/dict.ts';
import { RawNumber } from '../schema/parse-json.ts';
import type { StructSchema } from '../schema/schema.ts';
import { totalAnnotationSizeLimit } from '../validation/metadata.ts';
import { compareValues } from './compare.ts';
import type { Conflict } from './conflict.ts';
import { fieldSetOf } from './field-set.ts';
import { difference, type Fields, hasPath } from './fields.ts';
import { validateTyped } from './validate.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

function annotationsOf(object: ValueDict): ValueDict | undefined {
  const metadata = getKey(object, 'metadata');
  const annotations = isDict(metadata) ? getKey(metadata, 'annotations') : undefined;
  return isDict(annotations) ? annotations : undefined;
}

function lastAppliedOf(object: ValueDict): string | undefined {
  const annotations = annotationsOf(object);
  const text = annotations === undefined ? undefined : getKey(annotations, annotation);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/**
 * Who goes over from client-side to server-side apply may overwrite what it applied before, as long as it is still so.
 * Answers the conflicts that stay. Mirrors lastAppliedManager.
 */
export function forgiveLastApplied(
  schema: StructSchema,
  live: ValueDict,
  apiVersion: string,
  conflicts: readonly Conflict[],
): readonly Conflict[] {
  const allowed = allowedBy(schema, live, apiVersion);
  return allowed === undefined ? conflicts : conflicts.filter(({ path }) => !hasPath(allowed, path));
}

function allowedBy(schema: StructSchema, live: ValueDict, apiVersion: string): Fields | undefined {
  const text = lastAppliedOf(live);
  if (text === undefined) return undefined;
  try {
    const last = JSON.parse(text) as Value;
    if (!isDict(last) || last.apiVersion !== apiVersion) return undefined;
    validateTyped(schema, live, false);
    validateTyped(schema, last, false);
    const { removed, modified, added } = compareValues(schema, last, live);
    return difference(difference(difference(fieldSetOf(schema, last), modified), added), removed);
  } catch {
    // Whatever is wrong with the annotation: it forgives nothing.
    return undefined;
  }
}

/** `kubectl apply --server-side` keeps the annotation that `kubectl apply` left. Changes `object`. */
export function renewLastApplied(object: ValueDict, applied: ValueDict): void {
  if (lastAppliedOf(object) === undefined) return;
  const annotations = annotationsOf(object);
  if (annotations === undefined) return;
  annotations[annotation] = encodeApplied(applied);
  let size = 0;
  for (const key of Object.keys(annotations)) size += utf8Length(key) + utf8Length(String(annotations[key]));
  if (size > totalAnnotationSizeLimit) delete annotations[annotation];
}

/** As Go encodes unstructured objects: keys sorted, a newline at the end. */
function encodeApplied(applied: ValueDict): string {
  const copy = cloneValue(applied) as ValueDict;
  const annotations = annotationsOf(copy);
  if (annotations !== undefined) delete annotations[annotation];
  return `${escapeHtml(JSON.stringify(sorted(copy)))}\n`;
}

function sorted(value: Value): Value {
  if (value instanceof RawNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(sorted);
  if (!isDict(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
}
