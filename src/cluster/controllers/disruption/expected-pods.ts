import type { OwnerReference } from '../../../kube/api/meta-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { goQuote } from '../../../kube/field-error.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { isNotFound } from '../controller.ts';
import { controllerOf, resolveController } from '../pods/owner.ts';
import type { Pod } from '../pods/pod-state.ts';
import { findTarget, groupResource, type LiveScale } from '../scale-target.ts';
import { type Budget, scaled } from './budget.ts';

type Replicated = KubeObject & { readonly spec?: { readonly replicas?: number | undefined } | undefined };

interface Scalables {
  readonly client: KubeClient;
  readonly replicaSets: Informer<Replicated>;
  readonly deployments: Informer<Replicated>;
  readonly statefulSets: Informer<Replicated>;
  readonly replicationControllers: Informer<Replicated>;
}

export interface Expected {
  readonly expected: number;
  readonly desired: number;
  /** Pods that nobody controls: a part of nothing. */
  readonly unmanaged: readonly Pod[];
}

/** How many Pods there should be, and how many of them healthy. Rejects when that cannot be known. Mirrors getExpectedPodCount. */
export async function expectedPods(
  scalables: Scalables,
  { spec }: Budget,
  pods: readonly Pod[],
): Promise<Expected> {
  if (spec?.maxUnavailable !== undefined) {
    const { count, unmanaged } = await expectedScale(scalables, pods);
    const desired = Math.max(0, count - scaled(spec.maxUnavailable, count));
    return { expected: count, desired, unmanaged };
  }
  if (spec?.minAvailable === undefined) return { expected: 0, desired: 0, unmanaged: [] };
  if (typeof spec.minAvailable === 'number')
    return { expected: pods.length, desired: spec.minAvailable, unmanaged: [] };
  const { count, unmanaged } = await expectedScale(scalables, pods);
  return { expected: count, desired: scaled(spec.minAvailable, count), unmanaged };
}

/** The sum of what those who control the Pods want. Mirrors getExpectedScale. */
async function expectedScale(
  scalables: Scalables,
  pods: readonly Pod[],
): Promise<{ readonly count: number; readonly unmanaged: readonly Pod[] }> {
  const scales = new Map<string, number>();
  /** A ReplicaSet's Pods are its Deployment's: seen by both. */
  const seen = new Set<string>();
  const unmanaged: Pod[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      unmanaged.push(pod);
      continue;
    }
    if (seen.has(owner.uid)) continue;
    seen.add(owner.uid);
    const found = await scaleOf(scalables, owner, pod.metadata.namespace ?? '');
    if (found === undefined)
      throw new Error(`found no controllers for pod ${goQuote(pod.metadata.name ?? '')}`);
    scales.set(found.uid, found.replicas);
  }
  return { count: [...scales.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
}

interface Found {
  readonly uid: string;
  readonly replicas: number;
}

const sizeOf = ({ metadata, spec }: Replicated): Found => ({
  uid: metadata.uid ?? '',
  replicas: spec?.replicas ?? 1,
});

async function scaleOf(
  scalables: Scalables,
  owner: OwnerReference,
  namespace: string,
): Promise<Found | undefined> {
  const resolve = (informer: Informer<Replicated>) => {
    const object = resolveController(informer, owner.kind, namespace, owner);
    return object === undefined ? undefined : sizeOf(object);
  };
  if (owner.kind === 'ReplicationController' && owner.apiVersion === 'v1')
    return resolve(scalables.replicationControllers);
  if (owner.apiVersion === 'apps/v1' && owner.kind === 'StatefulSet') return resolve(scalables.statefulSets);
  if (owner.apiVersion === 'apps/v1' && owner.kind === 'ReplicaSet') {
    const set = resolveController(scalables.replicaSets, 'ReplicaSet', namespace, owner);
    const above = set === undefined ? undefined : controllerOf(set);
    if (set === undefined || above?.kind !== 'Deployment') return set === undefined ? undefined : sizeOf(set);
    const deployment = resolveController(scalables.deployments, 'Deployment', namespace, above);
    return deployment === undefined ? undefined : sizeOf(deployment);
  }
  const target = await findTarget(scalables.client, owner.apiVersion, owner.kind);
  if (!target.scalable) throw new Error(`${groupResource(target)} does not implement the scale subresource`);
  try {
    const scale = await scalables.client.get<LiveScale>(target, namespace, owner.name, 'scale');
    return scale.metadata.uid === owner.uid ? sizeOf(scale) : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
