import type { Json } from '../../base/json.ts';
import type { ManagedFieldsEntry } from '../api/meta-v1.ts';
import { decodeFields, encodeFields, type Fields, isEmpty, leaf, noFields, union } from './fields.ts';

/** What one manager owns, in the version in which it said so. Mirrors fieldpath.VersionedSet. */
export interface Owned {
  readonly set: Fields;
  readonly apiVersion: string;
  readonly applied: boolean;
}

/** By identifier: manager, operation, subresource and (for updates) version. */
export type Managers = Map<string, Owned>;

/** managedFields as they are worked on. */
export interface Managed {
  readonly managers: Managers;
  readonly times: Map<string, string | undefined>;
}

/** At most this many Update entries are kept apart. */
const maxUpdateManagers = 10;
const ancientManager = 'ancient-changes';

/** Upstream's identifier, JSON: its order decides ties. */
export function managerId(
  manager: string,
  operation: 'Apply' | 'Update',
  apiVersion: string,
  subresource: string,
): string {
  return JSON.stringify({
    ...(manager === '' ? {} : { manager }),
    operation,
    ...(operation === 'Apply' || apiVersion === '' ? {} : { apiVersion }),
    ...(subresource === '' ? {} : { subresource }),
  });
}

export interface ManagerParts {
  readonly manager?: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion?: string;
  readonly subresource?: string;
}

export const partsOf = (id: string): ManagerParts => JSON.parse(id) as ManagerParts;

export const emptyManaged = (): Managed => ({ managers: new Map(), times: new Map() });

/** Undefined when an entry cannot be read. Mirrors DecodeManagedFields. */
export function decodeManaged(entries: readonly ManagedFieldsEntry[] | undefined): Managed | undefined {
  const managed = emptyManaged();
  for (const entry of entries ?? []) {
    const { operation, apiVersion = '', fieldsType, manager = '', subresource = '', time } = entry;
    if (operation !== 'Apply' && operation !== 'Update') return undefined;
    if (apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
    const set = entry.fieldsV1 === undefined ? leaf : decodeFields(entry.fieldsV1 as Json);
    if (set === undefined) return undefined;
    const id = managerId(manager, operation, apiVersion, subresource);
    managed.managers.set(id, { set, apiVersion, applied: operation === 'Apply' });
    managed.times.set(id, typeof time === 'string' ? time : undefined);
  }
  return managed;
}

/** Undefined when nobody owns anything. Mirrors EncodeObjectManagedFields. */
export function encodeManaged({ managers, times }: Managed): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  const entries: ManagedFieldsEntry[] = [];
  for (const [id, { set, apiVersion, applied }] of managers) {
    const { manager, operation, subresource } = partsOf(id);
    const time = times.get(id);
    entries.push({
      ...(manager === undefined ? {} : { manager }),
      operation: applied ? 'Apply' : operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFields(set) as NonNullable<ManagedFieldsEntry['fieldsV1']>,
      ...(subresource === undefined ? {} : { subresource }),
    });
  }
  return entries.sort(byTime);
}

const compareText = (a = '', b = '') => (a < b ? -1 : a > b ? 1 : 0);

/** Apply before Update, then by time, name, version and subresource. RFC 3339 in UTC sorts as text. */
function byTime(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

/** Of too many Update entries the oldest become one per version, `ancient-changes`. Mirrors capManagersManager. */
export function capManagers({ managers, times }: Managed): void {
  const updaters = [...managers.keys()].filter((id) => managers.get(id)?.applied === false);
  let count = updaters.length;
  if (count <= maxUpdateManagers) return;
  updaters.sort((a, b) => compareText(times.get(a), times.get(b)) || compareText(a, b));
  const firstOf = new Map<string, string>();
  // Joined at the end: one after the other would copy what is there for each of thousands of entries.
  const joined = new Map<string, Fields[]>();
  for (const id of updaters) {
    if (count <= maxUpdateManagers) break;
    const owned = managers.get(id);
    if (owned === undefined) continue;
    const { apiVersion } = owned;
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, id);
      continue;
    }
    const bucket = managerId(ancientManager, 'Update', apiVersion, '');
    if (!managers.has(bucket)) {
      const oldest = managers.get(first);
      managers.delete(first);
      if (oldest !== undefined) managers.set(bucket, oldest);
    }
    managers.delete(id);
    const sets = joined.get(bucket) ?? [managers.get(bucket)?.set ?? noFields];
    sets.push(owned.set);
    joined.set(bucket, sets);
    // Its place among the managers is taken at once.
    managers.set(bucket, owned);
    times.set(bucket, times.get(id));
    count--;
  }
  for (const [bucket, sets] of joined) {
    const owned = managers.get(bucket);
    if (owned !== undefined) managers.set(bucket, { ...owned, set: unionOf(sets) });
  }
}

/** The later of two comes first, as upstream joins them. */
function unionOf(sets: readonly Fields[]): Fields {
  if (sets.length <= 1) return sets[0] ?? noFields;
  const middle = sets.length >> 1;
  return union(unionOf(sets.slice(middle)), unionOf(sets.slice(0, middle)));
}

export function setOwned(managers: Managers, id: string, owned: Owned): void {
  if (isEmpty(owned.set)) managers.delete(id);
  else managers.set(id, owned);
}
