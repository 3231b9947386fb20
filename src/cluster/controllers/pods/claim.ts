import type { KubeClient, ResourceRef } from '../../../kube/client.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { LabelSelector } from '../../../kube/selectors/labels.ts';
import { StatusError } from '../../../kube/status.ts';
import { isNotFound } from '../controller.ts';
import { controllerOf, ownerReference } from './owner.ts';
import { isTerminating } from './pod-state.ts';

export interface ClaimOptions {
  readonly client: KubeClient;
  readonly owner: KubeObject;
  /** Of the owner. */
  readonly ownerRef: ResourceRef;
  /** Of what is claimed. */
  readonly ref: ResourceRef;
  readonly selector: LabelSelector;
  /** Says no to some whose labels match. */
  readonly alsoMatches?: (object: KubeObject) => boolean;
  /** Put on what is adopted, taken from what is let go. */
  readonly finalizers?: readonly string[];
}

/**
 * Of `candidates` those that belong to `owner`, after adopting orphans that match and releasing its own that no longer do.
 * Mirrors pkg/controller/controller_ref_manager.go. Throws the last failure, when all have been tried.
 */
export async function claim<T extends KubeObject>(
  candidates: readonly T[],
  options: ClaimOptions,
): Promise<readonly T[]> {
  const { owner, selector } = options;
  const matches = (object: T) =>
    selector.matches(object.metadata.labels ?? {}) && (options.alsoMatches?.(object) ?? true);
  const ending = isTerminating(owner);
  let mayAdopt: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const claimed: T[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches(object)) claimed.push(object);
      else if (!ending) {
        await release(object, options).catch((error) => {
          failure = { error };
        });
      }
    } else if (!ending && matches(object) && !isTerminating(object)) {
      if (object.metadata.namespace !== owner.metadata.namespace) continue;
      mayAdopt ??= recheck(options);
      try {
        await mayAdopt;
        await adopt(object, options);
        claimed.push(object);
      } catch (error) {
        if (!isNotFound(error)) failure = { error };
      }
    }
  }
  if (failure !== undefined) throw failure.error;
  return claimed;
}

/** An orphan must not be adopted by an owner that is about to go, whatever the informer still shows. */
async function recheck({ client, owner, ownerRef }: ClaimOptions): Promise<void> {
  const { namespace = '', name = '', uid = '' } = owner.metadata;
  const fresh = await client.get<KubeObject>(ownerRef, namespace, name);
  if (fresh.metadata.uid !== uid) {
    const now = fresh.metadata.uid ?? '';
    throw new Error(`original ${owner.kind} ${namespace}/${name} is gone: got uid ${now}, wanted ${uid}`);
  }
  if (isTerminating(fresh)) {
    throw new Error(
      `${namespace}/${name} has just been deleted at ${fresh.metadata.deletionTimestamp ?? ''}`,
    );
  }
}

async function adopt(object: KubeObject, { client, owner, ref, finalizers }: ClaimOptions): Promise<void> {
  const { namespace = '', name = '', uid } = object.metadata;
  await client.patch(ref, namespace, name, 'strategic', {
    metadata: {
      uid,
      ownerReferences: [ownerReference(owner)],
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
    },
  });
}

async function release(object: KubeObject, { client, owner, ref, finalizers }: ClaimOptions): Promise<void> {
  const { namespace = '', name = '', uid } = object.metadata;
  const patch = {
    metadata: {
      uid,
      ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }],
      ...(finalizers === undefined ? {} : { '$deleteFromPrimitiveList/finalizers': [...finalizers] }),
    },
  };
  try {
    await client.patch(ref, namespace, name, 'strategic', patch);
  } catch (error) {
    // Gone, or another object with its name.
    if (isNotFound(error) || (error instanceof StatusError && error.status.reason === 'Invalid')) return;
    throw error;
  }
}
