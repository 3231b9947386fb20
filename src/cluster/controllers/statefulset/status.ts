import type { StatefulSetStatus } from '../../../kube/api/apps-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { equalJson } from '../../../kube/object.ts';
import { isConflict } from '../controller.ts';
import { isPodAvailable, isPodReady, isTerminating, type Pod } from '../pods/pod-state.ts';
import { statefulSets } from '../refs.ts';
import { countOf, revisionOfPod, type StatefulSet } from './identity.ts';
import type { SetRevisions } from './revisions.ts';

export const isCreated = (pod: Pod): boolean => (pod.status?.phase ?? '') !== '';
export const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isPodReady(pod);

export function isUnavailable(set: StatefulSet, pod: Pod, nowMs: number): boolean {
  return isTerminating(pod) || !isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
}

/** Mirrors updateStatus and completeRollingUpdate of pkg/controller/statefulset. `leaving`: deleted just now. */
export function statusOf(
  set: StatefulSet,
  pods: readonly Pod[],
  { current, update, collisionCount }: SetRevisions,
  leaving: number,
  nowMs: number,
): StatefulSetStatus {
  const minReady = set.spec?.minReadySeconds ?? 0;
  const created = pods.filter(isCreated);
  const ready = created.filter(isRunningAndReady);
  const at = (name: string | undefined) =>
    created.filter((pod) => !isTerminating(pod) && revisionOfPod(pod) === name).length;
  const updated = at(update.metadata.name);
  const count = countOf(set);
  const isComplete =
    set.spec?.updateStrategy?.type === 'RollingUpdate' &&
    updated === count &&
    ready.length === count &&
    created.length === count;
  return {
    observedGeneration: orAbsent(set.metadata.generation ?? 0),
    replicas: created.length,
    readyReplicas: orAbsent(ready.length),
    currentReplicas: orAbsent(isComplete ? updated : at(current.metadata.name) - leaving),
    updatedReplicas: orAbsent(updated),
    currentRevision: isComplete ? update.metadata.name : current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, minReady, nowMs)).length,
  };
}

const orAbsent = (count: number): number | undefined => (count === 0 ? undefined : count);

/** Once more on what is there now, when somebody else wrote meanwhile. */
export async function writeStatus(
  client: KubeClient,
  set: StatefulSet,
  status: StatefulSetStatus,
): Promise<void> {
  if (equalJson(status, set.status ?? {})) return;
  try {
    await client.update<StatefulSet>(statefulSets, { ...set, status }, { subresource: 'status' });
  } catch (error) {
    if (!isConflict(error)) throw error;
    const { namespace = '', name = '', uid } = set.metadata;
    const fresh = await client.get<StatefulSet>(statefulSets, namespace, name);
    if (fresh.metadata.uid !== uid) throw error;
    await client.update<StatefulSet>(statefulSets, { ...fresh, status }, { subresource: 'status' });
  }
}
