import type { DaemonSetStatus } from '../../../kube/api/apps-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { equalJson } from '../../../kube/object.ts';
import { isNotFound } from '../controller.ts';
import { isPodAvailable, isPodReady } from '../pods/pod-state.ts';
import { daemonSets } from '../refs.ts';
import { byAge, type DaemonSet, isUpdated } from './daemon-pods.ts';
import type { Scene } from './placement.ts';

/** Counts per node. `observed`: this generation was acted upon. Mirrors updateDaemonSetStatus. */
export function statusOf(
  { set, nodes, podsOn, hash, nowMs, suits }: Scene,
  observed: boolean,
): DaemonSetStatus {
  let desired = 0;
  let current = 0;
  let misplaced = 0;
  let ready = 0;
  let updated = 0;
  let available = 0;
  for (const node of nodes) {
    const pod = [...(podsOn.get(node.metadata.name ?? '') ?? [])].sort(byAge)[0];
    if (!suits(node).run) {
      if (pod !== undefined) misplaced += 1;
      continue;
    }
    desired += 1;
    if (pod === undefined) continue;
    current += 1;
    if (isPodReady(pod)) ready += 1;
    if (isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs)) available += 1;
    if (isUpdated(set, pod, hash)) updated += 1;
  }
  const { generation = 0 } = set.metadata;
  return {
    ...set.status,
    currentNumberScheduled: current,
    numberMisscheduled: misplaced,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: observed ? orAbsent(generation) : set.status?.observedGeneration,
    updatedNumberScheduled: orAbsent(updated),
    numberAvailable: orAbsent(available),
    numberUnavailable: orAbsent(desired - available),
  };
}

const orAbsent = (count: number): number | undefined => (count === 0 ? undefined : count);

/** Once more on what is there now, when somebody else wrote meanwhile. */
export async function writeStatus(
  client: KubeClient,
  set: DaemonSet,
  status: DaemonSetStatus,
): Promise<void> {
  if (equalJson(status, set.status)) return;
  try {
    await client.update<DaemonSet>(daemonSets, { ...set, status }, { subresource: 'status' });
  } catch (error) {
    if (isNotFound(error)) throw error;
    const { namespace = '', name = '', uid } = set.metadata;
    const fresh = await client.get<DaemonSet>(daemonSets, namespace, name);
    if (fresh.metadata.uid !== uid) throw error;
    const collisionCount = fresh.status?.collisionCount;
    const draft = { ...fresh, status: { ...status, collisionCount } };
    await client.update<DaemonSet>(daemonSets, draft, { subresource: 'status' });
  }
}
