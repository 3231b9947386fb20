import { equalValue, type Value } from '../patch/dict.ts';
import type { Schema, StructSchema } from '../schema/schema.ts';
import { atomOf, memberSchema } from './atoms.ts';
import { type Comparison, compareValues, ignoring } from './compare.ts';
import { ApplyConflicts, conflictsOf } from './conflict.ts';
import { fieldSetOf, withNamedFields } from './field-set.ts';
import {
  difference,
  type Fields,
  intersection,
  isEmpty,
  leaf,
  noFields,
  recursiveDifference,
  union,
} from './fields.ts';
import { type Managers, type Owned, setOwned } from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { removeItems } from './remove.ts';

/** Mirrors structured-merge-diff/merge.Updater. */
export interface Typed {
  readonly schema: StructSchema;
  readonly value: Value;
  readonly apiVersion: string;
}

export interface UpdateRules {
  /** The same object in another version; undefined when the version is not served any more. */
  convert(object: Typed, apiVersion: string): Typed | undefined;
  /** What this endpoint may not change, and so nobody owns through it. */
  readonly reset: Fields;
}

/** Takes from the others what changed, and tells what did. Throws ApplyConflicts unless forced. `managers` is changed. */
function takeOver(
  before: Typed,
  after: Typed,
  managers: Managers,
  workflow: string,
  force: boolean,
  rules: UpdateRules,
): Comparison {
  const own = compare(before, after, rules.reset);
  const versions = new Map<string, Comparison | undefined>([[after.apiVersion, own]]);
  const conflicts = new Map<string, Fields>();
  const kept = new Map<string, Owned>();
  for (const [id, owned] of managers) {
    if (id === workflow) continue;
    const { apiVersion } = owned;
    if (!versions.has(apiVersion)) versions.set(apiVersion, compareAt(before, after, apiVersion, rules));
    const seen = versions.get(apiVersion);
    if (seen === undefined) {
      managers.delete(id);
      continue;
    }
    const taken = intersection(owned.set, union(seen.modified, seen.added));
    if (!isEmpty(taken)) conflicts.set(id, taken);
    kept.set(id, { ...owned, set: difference(difference(owned.set, taken), seen.removed) });
  }
  if (!force && conflicts.size > 0) throw new ApplyConflicts(conflictsOf(conflicts));
  for (const [id, owned] of kept) setOwned(managers, id, owned);
  for (const [id, owned] of [...managers]) setOwned(managers, id, owned);
  return own;
}

function compare(before: Typed, after: Typed, reset: Fields): Comparison {
  const seen = compareValues(after.schema, before.value, after.value);
  return isEmpty(reset) ? seen : ignoring(seen, reset);
}

function compareAt(
  before: Typed,
  after: Typed,
  apiVersion: string,
  rules: UpdateRules,
): Comparison | undefined {
  const old = rules.convert(before, apiVersion);
  const next = old === undefined ? undefined : rules.convert(after, apiVersion);
  return old === undefined || next === undefined ? undefined : compare(old, next, rules.reset);
}

/** Notes what changed from `before` to `after` for `workflow`. `managers` is changed. */
export function noteUpdate(
  before: Typed,
  after: Typed,
  managers: Managers,
  workflow: string,
  rules: UpdateRules,
): void {
  reconcile(before, managers, rules);
  const { removed, modified, added } = takeOver(before, after, managers, workflow, true, rules);
  const had = managers.get(workflow)?.set ?? noFields;
  const set = union(union(difference(had, removed), modified), added);
  setOwned(managers, workflow, {
    set: recursiveDifference(set, rules.reset),
    apiVersion: after.apiVersion,
    applied: false,
  });
}

/**
 * Lays the applied configuration over the live object, and removes what this manager applied before, no longer does and
 * nobody else owns. Undefined when nothing changes. Throws ApplyConflicts. `managers` is changed.
 */
export function noteApply(
  live: Typed,
  config: Typed,
  managers: Managers,
  manager: string,
  force: boolean,
  rules: UpdateRules,
): Value | undefined {
  reconcile(live, managers, rules);
  const merged: Typed = { ...live, value: mergeValues(live.schema, live.value, config.value) ?? null };
  const last = managers.get(manager);
  const set = recursiveDifference(fieldSetOf(config.schema, config.value), rules.reset);
  managers.set(manager, { set, apiVersion: config.apiVersion, applied: true });
  const next =
    last === undefined || isEmpty(last.set) ? merged : prune(merged, managers, config, last, rules);
  takeOver(live, next, managers, manager, force, rules);
  return equalValue(live.value, next.value) ? undefined : next.value;
}

const named = (typed: Typed, set: Fields): Fields => withNamedFields(set, typed.schema);
const without = (typed: Typed, gone: Fields): Typed => ({
  ...typed,
  value: removeItems(typed.schema, typed.value, gone),
});
const pathsOf = (typed: Typed): Fields => fieldSetOf(typed.schema, typed.value);

function prune(
  merged: Typed,
  managers: ReadonlyMap<string, Owned>,
  config: Typed,
  last: Owned,
  rules: UpdateRules,
): Typed {
  const whole = rules.convert(merged, last.apiVersion);
  if (whole === undefined) return merged;
  // The real server leaves what was applied through another version of a built-in kind (autoscaling/v1, then v2).
  if (last.apiVersion !== config.apiVersion && whole.schema.goType !== '') return merged;
  let pruned = without(whole, named(whole, last.set));
  pruned = addBackOwned(whole, pruned, managers, rules);
  pruned = addBackDangling(whole, pruned, last, rules);
  return rules.convert(pruned, config.apiVersion) ?? merged;
}

/** What anybody owns stays, and with it the structs around it. */
function addBackOwned(
  whole: Typed,
  pruned: Typed,
  managers: ReadonlyMap<string, Owned>,
  rules: UpdateRules,
): Typed {
  const owned = new Map<string, Fields>();
  for (const { set, apiVersion } of managers.values())
    owned.set(apiVersion, union(owned.get(apiVersion) ?? noFields, set));
  const versions = [...owned.keys()].filter((version) => version !== whole.apiVersion);
  let merged = whole;
  let rest = pruned;
  for (const version of owned.has(whole.apiVersion) ? [whole.apiVersion, ...versions] : versions) {
    const at = rules.convert(merged, version);
    const restAt = at === undefined ? undefined : rules.convert(rest, version);
    if (at === undefined || restAt === undefined) continue;
    const kept = union(named(at, pathsOf(restAt)), named(at, owned.get(version) ?? noFields));
    merged = at;
    rest = without(at, difference(named(at, pathsOf(at)), kept));
  }
  return rest;
}

/** What was removed although this manager had not applied it (leftovers of removed parents) comes back. */
function addBackDangling(whole: Typed, pruned: Typed, last: Owned, rules: UpdateRules): Typed {
  const rest = rules.convert(pruned, last.apiVersion);
  if (rest === undefined) return whole;
  const gone = difference(named(whole, pathsOf(whole)), named(whole, pathsOf(rest)));
  return without(whole, intersection(gone, named(whole, last.set)));
}

/** What is owned below a map or list that the schema has since made atomic becomes ownership of the whole. */
function reconcile(live: Typed, managers: Managers, rules: UpdateRules): void {
  for (const [id, owned] of managers) {
    const at = owned.apiVersion === live.apiVersion ? live : rules.convert(live, owned.apiVersion);
    if (at === undefined) {
      managers.delete(id);
      continue;
    }
    const set = collapsed(owned.set, at.schema);
    if (set !== owned.set) managers.set(id, { ...owned, set });
  }
}

function collapsed(set: Fields, schema: Schema): Fields {
  const { map, list } = atomOf(schema);
  let result: { [element: string]: Fields } | undefined;
  for (const element in set) {
    const node = set[element] ?? leaf;
    if (element === '.' || isEmpty(node)) continue;
    const inner = map === undefined ? list?.items : memberSchema(map, element.slice(2));
    if (inner === undefined) continue;
    const atom = atomOf(inner);
    const untyped = atom.map !== undefined && atom.scalar !== undefined;
    const atomic = !untyped && (atom.map?.atomic ?? atom.list?.atomic) === true;
    const next = atomic ? leaf : collapsed(node, inner);
    if (next === node) continue;
    result ??= { ...set };
    result[element] = next;
  }
  return result ?? set;
}
