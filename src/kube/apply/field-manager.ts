import type { ManagedFieldsEntry } from '../api/meta-v1.ts';
import { type KubeObject, setKey } from '../object.ts';
import { cloneValue, getKey, isDict, type Value, type ValueDict } from '../patch/dict.ts';
import { canonicalize } from '../schema/canonical.ts';
import type { StructSchema } from '../schema/schema.ts';
import { badRequest, plainFailure } from '../status.ts';
import { ElementError } from './atoms.ts';
import { ApplyConflicts, conflictStatus } from './conflict.ts';
import { difference, type Fields, fieldsOf, noFields, union } from './fields.ts';
import { forgiveLastApplied, renewLastApplied } from './last-applied.ts';
import {
  capManagers,
  decodeManaged,
  emptyManaged,
  encodeManaged,
  type Managed,
  managerId,
  setOwned,
} from './managers.ts';
import { withoutNulls } from './nulls.ts';
import { noteApply, noteUpdate, type Typed, type UpdateRules } from './updater.ts';
import { TypedError, validateTyped } from './validate.ts';

/** Objects in the other versions of their resource, for entries that were made in those. */
export interface OtherVersions {
  schemaOf(apiVersion: string): StructSchema | undefined;
  /** Undefined when the version is not served any more. */
  convert(object: KubeObject, apiVersion: string): KubeObject | undefined;
}

interface CommonInput {
  /** Of the version of the request. Without one the object is untyped and nothing is tracked. */
  readonly schema: StructSchema | undefined;
  /** As stored (canonical), in the version of the request; undefined when there is none yet. */
  readonly live: KubeObject | undefined;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339 with seconds, UTC. */
  readonly now: string;
  /** Field paths that this endpoint may not change (upstream's GetResetFields). */
  readonly reset?: readonly (readonly string[])[];
  readonly versions?: OtherVersions;
}

export interface TrackInput extends CommonInput {
  /** Decoded and defaulted, before preparation and admission. */
  readonly updated: KubeObject;
}

export interface ApplyInput extends CommonInput {
  /** What the client sent, not decoded by type: only what it says is owned. */
  readonly applied: KubeObject;
  readonly force: boolean;
  /** Of the endpoint. Default: what the schema of a built-in type is called. */
  readonly kind?: string;
}

/** Nobody owns what only the server sets. */
const stripped: Fields = fieldsOf([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation'].map(
    (name) => ['metadata', name],
  ),
  ['metadata', 'managedFields'],
  ['metadata', 'resourceVersion'],
]);

const working = 'current-operation';

/**
 * The managedFields after a create, update or (non-apply) patch; undefined when there are to be none. Mirrors
 * FieldManager.UpdateNoErrors: never throws because of what the objects hold.
 */
export function trackUpdate(input: TrackInput): ManagedFieldsEntry[] | undefined {
  const { schema, live, updated } = input;
  const managed = managedOf(live, updated, input.subresource !== '');
  if (schema === undefined) return undefined;
  if (managed.managers.size === 0 && (live?.metadata.uid ?? '') !== '') return undefined;
  const before = live === undefined ? emptyObject(schema, input) : asValue(live);
  try {
    update(input, schema, managed, before, canonicalValue(schema, updated), input.manager);
  } catch (error) {
    if (error instanceof ElementError || error instanceof TypedError) return undefined;
    throw error;
  }
  return encodeManaged(managed);
}

/**
 * The object that results from applying, with its managedFields, in the version of the request; not defaulted. Fresh: it
 * shares nothing with the inputs. Throws 409 with the conflicts, 400 and 500 in upstream's words. Mirrors FieldManager.Apply.
 */
export function applyConfiguration(input: ApplyInput): KubeObject {
  const { schema, live, applied, manager } = input;
  checkKind(input);
  if (schema === undefined) throw plainFailure(`no corresponding type for ${kindText(applied)}`);
  const base: ValueDict = live === undefined ? emptyObject(schema, input) : withoutManaged(asValue(live));
  let result: { object: ValueDict; managed: Managed };
  try {
    result = attempt(input, schema, base, input.force);
  } catch (error) {
    if (!(error instanceof ApplyConflicts)) throw error;
    const left =
      manager === 'kubectl'
        ? forgiveLastApplied(schema, base, input.apiVersion, error.conflicts)
        : error.conflicts;
    if (left.length > 0) throw conflictStatus(left);
    result = attempt(input, schema, base, true);
  }
  const whole = schema.goType === '' ? withoutNulls(schema, result.object) : result.object;
  const object = cloneValue(whole) as ValueDict;
  if (manager === 'kubectl') renewLastApplied(object, asValue(applied));
  const entries = encodeManaged(result.managed);
  const metadata = getKey(object, 'metadata');
  if (isDict(metadata)) {
    if (entries === undefined) delete metadata.managedFields;
    else metadata.managedFields = entries as unknown as Value;
  }
  return object as unknown as KubeObject;
}

function attempt(
  input: ApplyInput,
  schema: StructSchema,
  base: ValueDict,
  force: boolean,
): { object: ValueDict; managed: Managed } {
  const { apiVersion, applied, now } = input;
  const managed = decodeManaged(input.live?.metadata.managedFields);
  if (managed === undefined) throw plainFailure('failed to decode managed fields');
  // Objects from before managedFields belong to somebody too.
  if (managed.managers.size === 0 && input.live !== undefined)
    update(input, schema, managed, emptyObject(schema, input), base, 'before-first-apply');
  const config = typedConfig(schema, applied, apiVersion);
  const id = managerId(
    input.manager === '' ? 'unknown' : input.manager,
    'Apply',
    apiVersion,
    input.subresource,
  );
  const live: Typed = { schema, value: base, apiVersion };
  const next = unlessUntyped(applied, () =>
    noteApply(live, config, managed.managers, id, force, rulesOf(input, schema)),
  );
  strip(managed, id);
  if (next !== undefined) managed.times.set(id, now);
  return { object: isDict(next) ? next : base, managed };
}

/** Mirrors versionCheckManager and the checks of structuredMergeManager.Apply. */
function checkKind({ applied, apiVersion, kind, schema }: ApplyInput): void {
  const goType = schema?.goType ?? '';
  const expected = kind ?? (goType === '' ? applied.kind : goType.slice(goType.lastIndexOf('.') + 1));
  if (applied.apiVersion !== apiVersion || applied.kind !== expected)
    throw badRequest(`invalid object type: ${kindText(applied)}`);
  const metadata = getKey(asValue(applied), 'metadata');
  if (isDict(metadata) && (getKey(metadata, 'managedFields') ?? null) !== null)
    throw badRequest('metadata.managedFields must be nil');
}

/** `/v1, Kind=ConfigMap` */
function kindText({ apiVersion = '', kind = '' }: Partial<KubeObject>): string {
  return `${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}`;
}

function typedConfig(schema: StructSchema, applied: KubeObject, apiVersion: string): Typed {
  const value = asValue(applied);
  return unlessUntyped(applied, () => {
    validateTyped(schema, value, false);
    return { schema, value, apiVersion };
  });
}

function unlessUntyped<T>(applied: KubeObject, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TypedError || error instanceof ElementError)) throw error;
    const { namespace = '', name = '' } = applied.metadata ?? {};
    throw plainFailure(
      `failed to create typed patch object (${namespace}/${name}; ${kindText(applied)}): ${error.message}`,
    );
  }
}

function update(
  input: CommonInput,
  schema: StructSchema,
  managed: Managed,
  before: ValueDict,
  after: Value,
  manager: string,
): void {
  const { apiVersion, subresource, now } = input;
  const { managers, times } = managed;
  noteUpdate(
    { schema, value: withoutManaged(before), apiVersion },
    { schema, value: isDict(after) ? withoutManaged(after) : after, apiVersion },
    managers,
    working,
    rulesOf(input, schema),
  );
  strip(managed, working);
  const done = managers.get(working);
  if (done !== undefined) {
    const id = managerId(manager === '' ? 'unknown' : manager, 'Update', apiVersion, subresource);
    managers.delete(working);
    managers.set(id, { ...done, set: union(done.set, managers.get(id)?.set ?? noFields) });
    times.set(id, now);
  }
  capManagers(managed);
}

function strip({ managers }: Managed, id: string): void {
  const owned = managers.get(id);
  if (owned !== undefined) setOwned(managers, id, { ...owned, set: difference(owned.set, stripped) });
}

function rulesOf(input: CommonInput, schema: StructSchema): UpdateRules {
  const { versions } = input;
  return {
    reset: input.reset === undefined ? noFields : fieldsOf(input.reset),
    convert: (object, apiVersion) => {
      if (object.apiVersion === apiVersion) return object;
      // Without conversion all versions are alike.
      if (versions === undefined) return { ...object, schema, apiVersion };
      const other = versions.schemaOf(apiVersion);
      const value = versions.convert(object.value as unknown as KubeObject, apiVersion);
      return other === undefined || value === undefined
        ? undefined
        : { schema: other, value: asValue(value), apiVersion };
    },
  };
}

/** Mirrors decodeLiveOrNew: the client's own entries count when they can be read; `[]` and `[{}]` clear. */
function managedOf(live: KubeObject | undefined, updated: KubeObject, subresource: boolean): Managed {
  const old = () => decodeManaged(live?.metadata.managedFields) ?? emptyManaged();
  if (subresource) return old();
  const sent = updated.metadata.managedFields;
  if (Array.isArray(sent)) {
    const [first] = sent;
    if (first === undefined || (sent.length === 1 && Object.keys(first).length === 0)) return emptyManaged();
  }
  const managed = decodeManaged(sent ?? undefined);
  return managed === undefined || managed.managers.size === 0 ? old() : managed;
}

const asValue = (object: KubeObject): ValueDict => object as unknown as ValueDict;

function canonicalValue(schema: StructSchema, object: KubeObject): ValueDict {
  return asValue(canonicalize(schema, object));
}

function withoutManaged(object: ValueDict): ValueDict {
  const metadata = getKey(object, 'metadata');
  if (!isDict(metadata) || !Object.hasOwn(metadata, 'managedFields')) return object;
  const { managedFields: _, ...rest } = metadata;
  const copy: ValueDict = {};
  for (const key of Object.keys(object)) setKey(copy, key, key === 'metadata' ? rest : (object[key] ?? null));
  return copy;
}

const emptyObjects = new WeakMap<StructSchema, ValueDict>();

/** What Go prints of a new object: `spec: {}`, `creationTimestamp: null`. */
function emptyObject(schema: StructSchema, { apiVersion }: CommonInput): ValueDict {
  const known = emptyObjects.get(schema);
  const empty = known ?? canonicalValue(schema, { metadata: {} } as KubeObject);
  if (known === undefined) emptyObjects.set(schema, empty);
  return { ...empty, apiVersion };
}
