import type { ManagedFieldsEntry } from '../api/meta-v1.ts';
import { difference, type Fields, fieldsOf, hasPath, isEmpty } from './fields.ts';
import { decodeManaged, emptyManaged, encodeManaged } from './managers.ts';

/**
 * Ownership of `replicas` through `/scale`: a Scale shows who owns the field in its parent, and what becomes of that is
 * written back to the parent. Mirrors managedfields.ScaleHandler.
 */
export interface ScaleOwnership {
  /** managedFields of the parent. */
  readonly entries: readonly ManagedFieldsEntry[] | undefined;
  /** The parent's version of this request. */
  readonly apiVersion: string;
  /** Where the replicas are in a version of the parent: field names; undefined for versions that are not served. */
  pathIn(apiVersion: string): readonly string[] | undefined;
}

const scaleVersion = 'autoscaling/v1';
const replicas: Fields = fieldsOf([['spec', 'replicas']]);
const replicasPath = ['f:spec', 'f:replicas'];
const elements = (path: readonly string[]) => path.map((name) => `f:${name}`);

/** The managedFields of the Scale. */
export function scaleEntries({ entries, pathIn }: ScaleOwnership): ManagedFieldsEntry[] | undefined {
  const parent = decodeManaged(entries) ?? emptyManaged();
  const scale = emptyManaged();
  for (const [id, owned] of parent.managers) {
    const path = pathIn(owned.apiVersion);
    if (path === undefined || !hasPath(owned.set, elements(path))) continue;
    scale.managers.set(id, { set: replicas, apiVersion: scaleVersion, applied: owned.applied });
    scale.times.set(id, parent.times.get(id));
  }
  return encodeManaged(scale);
}

/** The managedFields of the parent after the Scale's have become `changed`. */
export function parentEntries(
  { entries, apiVersion, pathIn }: ScaleOwnership,
  changed: readonly ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  const parent = decodeManaged(entries) ?? emptyManaged();
  const scale = decodeManaged(changed) ?? emptyManaged();
  const result = emptyManaged();
  for (const [id, owned] of parent.managers) {
    const path = pathIn(owned.apiVersion);
    if (path === undefined) continue;
    const kept = scale.managers.delete(id) || !hasPath(owned.set, elements(path));
    const set = kept ? owned.set : difference(owned.set, fieldsOf([path]));
    if (isEmpty(set)) continue;
    result.managers.set(id, { ...owned, set });
    result.times.set(id, parent.times.get(id));
  }
  const path = pathIn(apiVersion);
  for (const [id, { set, applied }] of scale.managers) {
    if (path === undefined || !hasPath(set, replicasPath)) continue;
    result.managers.set(id, { set: fieldsOf([path]), apiVersion, applied });
    // As upstream: only managers that the parent knows keep their time.
    result.times.set(id, parent.times.get(id));
  }
  return encodeManaged(result);
}
