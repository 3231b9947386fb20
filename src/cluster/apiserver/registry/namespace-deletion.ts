import type { Namespace } from '../../../kube/api/core-v1.ts';
import { asKind, cloneJson } from '../../../kube/object.ts';
import { notFound } from '../../../kube/status.ts';
import { mutateByAdmission, validateByAdmission } from './admit.ts';
import type { Call } from './call.ts';
import { commitChanges } from './commit.ts';
import { checkPreconditions, type Deleted, deleteObject, markNow } from './delete.ts';
import type { DeleteOptions } from './delete-options.ts';
import { canonicalForm } from './draft.ts';
import { keyOf } from './endpoint.ts';
import { collectionFinalizers, withFinalizers } from './finalizers.ts';
import { encodeStored } from './stored-json.ts';
import { StoredView, viewOf } from './stored-view.ts';

/**
 * A namespace is first marked Terminating, whatever its finalizers; it goes once `spec.finalizers` is empty too.
 * Mirrors pkg/registry/core/namespace/storage.
 */
export async function deleteNamespace(call: Call, name: string, options: DeleteOptions): Promise<Deleted> {
  const { runtime, endpoint } = call;
  const key = keyOf(endpoint.storage, '', name);
  for (;;) {
    const there = runtime.store.get(key);
    if (there === undefined) throw notFound(endpoint.resourceName, name);
    const view = viewOf(there);
    checkPreconditions(call, view.object, options);
    const namespace = asKind<Namespace>(view.object);
    if (view.object.metadata.deletionTimestamp !== undefined) {
      if ((namespace.spec?.finalizers ?? []).length > 0) return { view, gone: false, pending: false };
      return deleteObject(call, name, options);
    }
    const admission = { call, operation: 'DELETE', name, object: undefined, old: view.object } as const;
    await mutateByAdmission({ ...admission, options: options.raw });
    await validateByAdmission({ ...admission, options: options.raw });
    const draft = cloneJson(view.object);
    const { generation } = draft.metadata;
    markNow(draft, runtime.clock.now());
    delete draft.metadata.deletionGracePeriodSeconds;
    if (generation !== undefined) draft.metadata.generation = generation;
    asKind<Namespace>(draft).status = { ...namespace.status, phase: 'Terminating' };
    withFinalizers(draft, collectionFinalizers(endpoint.definition, draft, options));
    const value = encodeStored(canonicalForm(endpoint.storage, draft));
    if (call.dryRun) return { view: new StoredView(value, there.modRevision), gone: false, pending: false };
    const result = await commitChanges(runtime.store, [{ key, expectedRevision: there.modRevision, value }]);
    if (result.done) return { view: new StoredView(value, result.revision), gone: false, pending: false };
  }
}
