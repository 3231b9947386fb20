import type { KubeClient } from '../../../kube/client.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { LabelSelector } from '../../../kube/selectors/labels.ts';
import { isNotFound } from '../controller.ts';
import { slowStart } from '../pods/batches.ts';
import { claim } from '../pods/claim.ts';
import type { Expectations } from '../pods/expectations.ts';
import { controlledBy, controllerOf, orphansIn } from '../pods/owner.ts';
import { isNamespaceTerminating, type PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { isPodActive, isTerminating, type Pod } from '../pods/pod-state.ts';
import { rankedForDeletion } from '../pods/ranking.ts';
import { pods as podsRef } from '../refs.ts';
import type { ReplicaKind, Replicas } from './replica-kind.ts';
import { sameStatus, statusOf } from './status.ts';

/** As many Pods are created or deleted at a time at most. */
const burst = 500;

export interface ReplicasParts {
  readonly kind: ReplicaKind;
  readonly client: KubeClient;
  readonly owners: Informer<Replicas>;
  readonly pods: Informer<Pod>;
  readonly control: PodControl;
  readonly expectations: Expectations;
  now(): number;
}

/**
 * One look at one ReplicaSet or ReplicationController: as many Pods as asked for, and what there is told in its status.
 * Resolves with the milliseconds after which to look again. Mirrors syncReplicaSet of pkg/controller/replicaset.
 */
export async function syncReplicas(
  parts: ReplicasParts,
  key: string,
  namespace: string,
  name: string,
): Promise<number | undefined> {
  const { kind, client, owners, pods, expectations } = parts;
  const owner = owners.get(namespace, name);
  if (owner === undefined) {
    expectations.forget(key);
    return undefined;
  }
  const mayManage = expectations.satisfied(key);
  const selector = kind.selectorOf(owner);
  const candidates = [...controlledBy(pods, owner.metadata.uid ?? ''), ...orphansIn(pods, namespace)].filter(
    isPodActive,
  );
  const claimed = await claim(candidates, { client, owner, ownerRef: kind.ref, ref: podsRef, selector });
  let failure: { readonly error: unknown } | undefined;
  if (mayManage && !isTerminating(owner)) failure = await manage(parts, key, owner, claimed);
  const updated = await writeStatus(parts, owner, claimed, failure);
  if (failure !== undefined) throw failure.error;
  const wanted = updated.spec?.replicas ?? 1;
  const minReady = updated.spec?.minReadySeconds ?? 0;
  const waits =
    minReady > 0 &&
    (updated.status?.readyReplicas ?? 0) === wanted &&
    (updated.status?.availableReplicas ?? 0) !== wanted;
  return waits ? minReady * 1000 : undefined;
}

async function manage(
  { owners, pods, control, expectations, kind, now }: ReplicasParts,
  key: string,
  owner: Replicas,
  claimed: readonly Pod[],
): Promise<{ readonly error: unknown } | undefined> {
  const difference = claimed.length - (owner.spec?.replicas ?? 1);
  if (difference < 0) {
    const count = Math.min(-difference, burst);
    expectations.expectCreations(key, count);
    const { done, failure } = await slowStart(count, async () => {
      try {
        await control.create(podFromTemplate(owner.spec?.template, owner), owner);
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
    });
    // What was not created will not be seen.
    if (done < count) expectations.creationObserved(key, count - done);
    return failure;
  }
  if (difference === 0) return undefined;
  const count = Math.min(difference, burst);
  const perNode = related(owners, pods, owner, kind);
  const order =
    count < claimed.length
      ? rankedForDeletion(claimed, (pod) => perNode.get(pod.spec?.nodeName ?? '') ?? 0, now())
      : claimed;
  const leaving = order.slice(0, count);
  const nameOf = (pod: Pod) => pod.metadata.name ?? '';
  expectations.expectDeletions(key, leaving.map(nameOf));
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    leaving.map(async (pod) => {
      try {
        await control.delete(pod, owner);
      } catch (error) {
        expectations.deletionObserved(key, nameOf(pod));
        if (!isNotFound(error)) failure ??= { error };
      }
    }),
  );
  return failure;
}

/** How many active Pods each node has of all that have the same grandparent. */
function related(
  owners: Informer<Replicas>,
  pods: Informer<Pod>,
  owner: Replicas,
  kind: ReplicaKind,
): ReadonlyMap<string, number> {
  const perNode = new Map<string, number>();
  const parent = controllerOf(owner);
  if (parent === undefined) return perNode;
  const seen = new Set<string>();
  for (const sibling of controlledBy(owners, parent.uid)) {
    const selector = selectorOrNone(kind, sibling);
    if (selector === undefined) continue;
    for (const pod of controlledBy(pods, sibling.metadata.uid ?? '')) {
      const uid = pod.metadata.uid ?? '';
      if (seen.has(uid) || !isPodActive(pod) || !selector.matches(pod.metadata.labels ?? {})) continue;
      seen.add(uid);
      const node = pod.spec?.nodeName ?? '';
      perNode.set(node, (perNode.get(node) ?? 0) + 1);
    }
  }
  return perNode;
}

function selectorOrNone(kind: ReplicaKind, object: Replicas): LabelSelector | undefined {
  try {
    return kind.selectorOf(object);
  } catch {
    return undefined;
  }
}

/** Once more with what is there now, when somebody else wrote meanwhile. */
async function writeStatus(
  { client, kind, now }: ReplicasParts,
  owner: Replicas,
  claimed: readonly Pod[],
  failure: { readonly error: unknown } | undefined,
): Promise<Replicas> {
  const status = statusOf(owner, claimed, failure, now());
  if (sameStatus(status, owner.status)) return owner;
  const draft = { ...owner, status } as Replicas;
  try {
    return await client.update<Replicas>(kind.ref, draft, { subresource: 'status' });
  } catch (error) {
    const { namespace = '', name = '' } = owner.metadata;
    if (isNotFound(error)) throw error;
    const fresh = await client.get<Replicas>(kind.ref, namespace, name);
    if (fresh.metadata.uid !== owner.metadata.uid) throw error;
    return await client.update<Replicas>(kind.ref, { ...fresh, status } as Replicas, {
      subresource: 'status',
    });
  }
}
