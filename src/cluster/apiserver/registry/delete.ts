import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import { conflict, notFound } from '../../../kube/status.ts';
import { formatTime, timeToMs } from '../../../kube/time.ts';
import type { KeyValue } from '../../store/store.ts';
import { mutateByAdmission, validateByAdmission } from './admit.ts';
import { type Call, hookOf } from './call.ts';
import { commitChanges } from './commit.ts';
import type { DeleteOptions } from './delete-options.ts';
import { canonicalForm } from './draft.ts';
import { keyOf } from './endpoint.ts';
import { collectionFinalizers, withFinalizers } from './finalizers.ts';
import { encodeStored } from './stored-json.ts';
import { StoredView, viewOf } from './stored-view.ts';

export interface Deleted {
  /** The last state, in the storage version. */
  readonly view: StoredView;
  /** False: it is only marked, or was already. */
  readonly gone: boolean;
  /** A deletion was pending already, and stays as it is. */
  readonly pending: boolean;
}

/** Mirrors registry.Store.Delete and rest.BeforeDelete. Throws NotFound, and Conflict for a precondition. */
export async function deleteObject(call: Call, name: string, options: DeleteOptions): Promise<Deleted> {
  const { endpoint, runtime, info } = call;
  const namespace = endpoint.namespaced ? info.namespace : '';
  const key = keyOf(endpoint.storage, namespace, name);
  let admitted: KubeObject | undefined;
  for (;;) {
    const there = runtime.store.get(key);
    if (there === undefined) throw notFound(endpoint.resourceName, name);
    const view = viewOf(there);
    checkPreconditions(call, view.object, options);
    const plan = planDeletion(call, view.object, options);
    if (plan === 'pending') return { view, gone: false, pending: true };
    if (admitted !== view.object) {
      const base = { call, operation: 'DELETE', name, object: undefined, old: view.object } as const;
      await mutateByAdmission({ ...base, options: options.raw });
      await validateByAdmission({ ...base, options: options.raw });
      admitted = view.object;
    }
    const done = plan === 'now' ? await remove(call, key, there) : await mark(call, key, there, plan);
    if (done !== undefined) return done;
  }
}

interface Marked {
  readonly draft: KubeObject;
  /** Nothing holds it any more: it goes in the same breath. */
  readonly thenRemove: boolean;
}

function planDeletion(call: Call, object: KubeObject, options: DeleteOptions): 'now' | 'pending' | Marked {
  const draft = cloneJson(object);
  const graceful = markGraceful(call, draft, options);
  if (graceful === 'pending') return 'pending';
  const finalizers = collectionFinalizers(call.endpoint.definition, object, options);
  withFinalizers(draft, finalizers);
  const held = finalizers.length > 0;
  if (!graceful && !held) return 'now';
  if (!graceful) markNow(draft, call.runtime.clock.now());
  const grace = draft.metadata.deletionGracePeriodSeconds ?? 0;
  return { draft, thenRemove: !held && grace === 0 };
}

/** Sets when a gracefully deleted object is to be gone. False: the kind knows no grace. */
function markGraceful(call: Call, draft: KubeObject, options: DeleteOptions): boolean | 'pending' {
  const { definition } = call.endpoint;
  if (definition.graceSeconds === undefined) return false;
  const meta = draft.metadata;
  const asked = options.gracePeriodSeconds;
  const requested = asked !== undefined && asked < 0 ? 1 : asked;
  if (meta.deletionTimestamp !== undefined) {
    const current = meta.deletionGracePeriodSeconds ?? 0;
    if (current === 0) return false;
    if (requested === undefined || requested >= current) return 'pending';
    const sinceMs = timeToMs(meta.deletionTimestamp) - 1000 * current;
    meta.deletionTimestamp = formatTime(sinceMs + 1000 * requested);
    meta.deletionGracePeriodSeconds = requested;
    return true;
  }
  const seconds = definition.graceSeconds(draft, requested);
  meta.deletionTimestamp = formatTime(call.runtime.clock.now() + 1000 * seconds);
  meta.deletionGracePeriodSeconds = seconds;
  if ((meta.generation ?? 0) > 0) meta.generation = (meta.generation ?? 0) + 1;
  return true;
}

/** Mirrors markAsDeleting. */
export function markNow(draft: KubeObject, nowMs: number): void {
  const meta = draft.metadata;
  if (meta.deletionTimestamp === undefined && (meta.generation ?? 0) > 0)
    meta.generation = (meta.generation ?? 0) + 1;
  if (meta.deletionTimestamp === undefined || timeToMs(meta.deletionTimestamp) > nowMs)
    meta.deletionTimestamp = formatTime(nowMs);
  meta.deletionGracePeriodSeconds = 0;
}

/** Undefined: somebody was faster. */
async function mark(call: Call, key: string, there: KeyValue, plan: Marked): Promise<Deleted | undefined> {
  const { runtime, endpoint } = call;
  const value = encodeStored(canonicalForm(endpoint.storage, plan.draft));
  const gone = plan.thenRemove;
  if (call.dryRun) return { view: new StoredView(value, there.modRevision), gone, pending: false };
  let revision = there.modRevision;
  if (Buffer.compare(value, there.value) !== 0) {
    const result = await commitChanges(runtime.store, [{ key, expectedRevision: revision, value }]);
    if (!result.done) return undefined;
    revision = result.revision;
  }
  const view = new StoredView(value, revision);
  if (!gone) return { view, gone, pending: false };
  const now = runtime.store.get(key);
  // Gone already: whoever was faster wanted the same.
  return (now === undefined ? undefined : await remove(call, key, now)) ?? { view, gone, pending: false };
}

async function remove(call: Call, key: string, there: KeyValue): Promise<Deleted | undefined> {
  const { runtime, endpoint } = call;
  const view = viewOf(there);
  if (call.dryRun) return { view, gone: true, pending: false };
  const released = hookOf(runtime, endpoint.storage)?.release(view.object) ?? [];
  const result = await commitChanges(runtime.store, [
    { key, expectedRevision: there.modRevision, value: undefined },
    ...released,
  ]);
  if (!result.done) return undefined;
  return { view: new StoredView(there.value, result.revision), gone: true, pending: false };
}

export function checkPreconditions(
  call: Call,
  { metadata }: KubeObject,
  { uid, resourceVersion }: Pick<DeleteOptions, 'uid' | 'resourceVersion'>,
): void {
  const { definition } = call.endpoint;
  // Upstream names the kind where the resource should be.
  const what = { group: definition.group, resource: definition.kind };
  const name = metadata.name ?? '';
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(
      what,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ''}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      what,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ''}). The object might have been modified`,
    );
}
