import type { Namespace } from '../../../kube/api/core-v1.ts';
import { GoText, goQuote, invalid, invalidObject } from '../../../kube/field-error.ts';
import { asKind, cloneJson, equalJson, type KubeObject } from '../../../kube/object.ts';
import { badRequest, conflict, notFound, plainFailure } from '../../../kube/status.ts';
import { validateMetaOfUpdate } from '../../../kube/validation/metadata.ts';
import type { Change, KeyValue } from '../../store/store.ts';
import { forbiddenError, queryOf } from '../authz/forbidden.ts';
import { validateByAdmission } from './admit.ts';
import { type Call, hookOf, writeContext } from './call.ts';
import { commitChanges } from './commit.ts';
import { admitAndCreate } from './create.ts';
import { canonicalForm, invalidKind, matchNamespace } from './draft.ts';
import { keyOf } from './endpoint.ts';
import { encodeStored } from './stored-json.ts';
import { StoredView, viewOf } from './stored-view.ts';
import { specChanged, type UpdateRules } from './update-rules.ts';

const changedMeanwhile =
  'the object has been modified; please apply your changes to the latest version and try again';
const maxAttempts = 30;

/** How an object is to be changed, whichever verb asked for it. */
export interface UpdatePlan {
  readonly name: string;
  /**
   * The new object in the storage version, given a copy of what is there (undefined: nothing, and it may be created), with
   * defaults, managedFields and, if there is something, the admission plugins' changes. Its resourceVersion is what the client demands, if anything.
   */
  next(existing: KubeObject | undefined): KubeObject | Promise<KubeObject>;
  /** The object must have this uid. */
  readonly uid?: string;
  readonly mayCreate: boolean;
  /** '' for the object itself. */
  readonly rules: UpdateRules;
  readonly options: { readonly [key: string]: unknown };
}

export interface Updated {
  readonly view: StoredView;
  readonly created: boolean;
  /** The last finalizer went: the object is gone. */
  readonly deleted: boolean;
}

/** Mirrors registry.Store.Update over storage.GuaranteedUpdate: again from what is there, until nobody was faster. */
export async function updateObject(call: Call, plan: UpdatePlan): Promise<Updated> {
  const { runtime, endpoint, info } = call;
  const key = keyOf(endpoint.storage, info.namespace, plan.name);
  for (let attempt = 1; ; attempt++) {
    const there = runtime.store.get(key);
    if (there === undefined) {
      if (!plan.mayCreate) throw notFound(endpoint.resourceName, plan.name);
      return { view: await createInstead(call, plan), created: true, deleted: false };
    }
    const done = await attemptUpdate(call, plan, key, there);
    if (done !== undefined) return done;
    if (attempt >= maxAttempts) throw conflict(endpoint.resourceName, plan.name, changedMeanwhile);
  }
}

/** Whoever makes an object by PUT or by apply must be allowed to create it. */
function authorizeCreate(call: Call, name: string): void {
  const query = queryOf(call.user, { ...call.info, verb: 'create', name });
  const decision = call.runtime.authorizer.authorize(query);
  if (!decision.allowed) throw forbiddenError(query, decision.reason);
}

async function createInstead(call: Call, plan: UpdatePlan): Promise<StoredView> {
  if (plan.uid !== undefined) throw uidMismatch(call, plan, '');
  authorizeCreate(call, plan.name);
  const draft = await plan.next(undefined);
  matchNamespace(draft, call.info.namespace, call.endpoint.namespaced);
  delete draft.metadata.resourceVersion;
  return admitAndCreate(call, draft, plan.options);
}

async function attemptUpdate(
  call: Call,
  plan: UpdatePlan,
  key: string,
  there: KeyValue,
): Promise<Updated | undefined> {
  const { runtime, endpoint, info } = call;
  const { storage } = endpoint;
  const view = viewOf(there);
  const old = view.object;
  if (plan.uid !== undefined && plan.uid !== old.metadata.uid)
    throw uidMismatch(call, plan, old.metadata.uid ?? '');
  const draft = await plan.next(cloneJson(old));
  matchNamespace(draft, info.namespace, endpoint.namespaced);
  checkVersion(call, plan, draft, old);
  const extra = prepareUpdate(call, plan, draft, old);
  const next = canonicalForm(storage, draft);
  if (plan.rules.countsGeneration === true && specChanged(next, old))
    next.metadata.generation = (old.metadata.generation ?? 0) + 1;
  keepTimesOfManagers(next, old);
  await validateByAdmission({
    call,
    operation: 'UPDATE',
    name: plan.name,
    object: next,
    old,
    options: plan.options,
  });
  if (goesNow(next, old)) {
    const gone = encodeStored(next);
    if (call.dryRun) return { view: new StoredView(gone, view.revision), created: false, deleted: true };
    const released = hookOf(runtime, storage)?.release(old) ?? [];
    const result = await commitChanges(runtime.store, [
      { key, expectedRevision: there.modRevision, value: undefined },
      ...released,
    ]);
    if (!result.done) return undefined;
    return { view: new StoredView(gone, view.revision), created: false, deleted: true };
  }
  const value = encodeStored(next);
  if (extra.length === 0 && Buffer.compare(value, there.value) === 0)
    return { view, created: false, deleted: false };
  if (call.dryRun) return { view: new StoredView(value, view.revision), created: false, deleted: false };
  const result = await commitChanges(runtime.store, [
    { key, expectedRevision: there.modRevision, value },
    ...extra,
  ]);
  if (!result.done) return undefined;
  return { view: new StoredView(value, result.revision), created: false, deleted: false };
}

function checkVersion(call: Call, plan: UpdatePlan, draft: KubeObject, old: KubeObject): void {
  const { resourceName } = call.endpoint;
  const given = draft.metadata.resourceVersion ?? '';
  if (given === '' || given === '0') {
    if (!plan.rules.allowUnconditional)
      throw invalidObject(resourceName.group, resourceName.resource, plan.name, [
        invalid('metadata.resourceVersion', new GoText('0x0'), 'must be specified for an update'),
      ]);
  } else if (!/^\d+$/.test(given))
    throw plainFailure(`strconv.ParseUint: parsing ${goQuote(given)}: invalid syntax`);
  else if (given !== old.metadata.resourceVersion) throw conflict(resourceName, plan.name, changedMeanwhile);
  draft.metadata.resourceVersion = old.metadata.resourceVersion;
}

/** Mirrors rest.BeforeUpdate. Answers what must be written with the object. */
function prepareUpdate(call: Call, plan: UpdatePlan, draft: KubeObject, old: KubeObject): readonly Change[] {
  const { endpoint, runtime } = call;
  const meta = draft.metadata;
  const before = old.metadata;
  if (before.generation === undefined) delete meta.generation;
  else meta.generation = before.generation;
  const context = writeContext(call);
  plan.rules.prepare(draft, old, context);
  if ((meta.uid ?? '') === '') meta.uid = before.uid;
  if (before.creationTimestamp !== undefined) meta.creationTimestamp = before.creationTimestamp;
  if (before.deletionTimestamp !== undefined) meta.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined && meta.deletionGracePeriodSeconds === undefined)
    meta.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
  const errors = [
    ...validateMetaOfUpdate(meta, before, endpoint.namespaced),
    ...plan.rules.validate(draft, old, context),
  ];
  if (errors.length > 0) throw invalidKind(endpoint.definition, meta.name ?? '', errors);
  for (const text of plan.rules.warnings?.(draft, old) ?? []) call.warn(text);
  return hookOf(runtime, endpoint.storage)?.reserve(draft, old, runtime) ?? [];
}

/** Mirrors IgnoreManagedFieldsTimestampsTransformer: new times alone are no change. */
function keepTimesOfManagers(next: KubeObject, old: KubeObject): void {
  const now = next.metadata.managedFields;
  const before = old.metadata.managedFields;
  if (now === undefined || before === undefined || now.length !== before.length) return;
  const timeless = (object: KubeObject) => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: object.metadata.managedFields?.map(({ time: _, ...entry }) => entry),
    },
  });
  if (equalJson(timeless(next), timeless(old))) next.metadata.managedFields = before;
}

/** Mirrors ShouldDeleteDuringUpdate. */
function goesNow(object: KubeObject, { metadata: before }: KubeObject): boolean {
  const { metadata } = object;
  if (object.kind === 'Namespace' && object.apiVersion === 'v1' && hasOwnFinalizers(object)) return false;
  return (
    (metadata.finalizers ?? []).length === 0 &&
    before.deletionTimestamp !== undefined &&
    (before.deletionGracePeriodSeconds ?? 0) === 0
  );
}

/** A namespace goes when its content has gone as well. */
function hasOwnFinalizers(object: KubeObject): boolean {
  return (asKind<Namespace>(object).spec?.finalizers ?? []).length > 0;
}

function uidMismatch(call: Call, plan: UpdatePlan, found: string) {
  const { endpoint, info } = call;
  const key = keyOf(endpoint.storage, info.namespace, plan.name);
  return conflict(
    endpoint.resourceName,
    plan.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ` +
      `Precondition failed: UID in precondition: ${plan.uid ?? ''}, UID in object meta: ${found}`,
  );
}

/** The name in a PUT's body must be the one in its path. Throws a 400. */
export function matchName(draft: KubeObject, name: string): void {
  const given = draft.metadata.name ?? '';
  if (given === '')
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (given !== name)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}
