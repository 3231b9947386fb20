import type { Pod } from '../../../kube/api/core-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { formatTime } from '../../../kube/time.ts';
import { isConflict, isNotFound } from '../controller.ts';
import { pods as podsRef } from '../refs.ts';

/**
 * Nobody knows how the Pods of a silent node are: they are not ready. Resolves with whether all are marked. Mirrors
 * controller/util/node.MarkPodsNotReady.
 */
export async function markNotReady(
  client: KubeClient,
  recorder: EventRecorder,
  pods: readonly (Pod & KubeObject)[],
  nowMs: number,
): Promise<boolean> {
  let all = true;
  for (const pod of pods) {
    const conditions = pod.status?.conditions ?? [];
    if (!conditions.some(({ type, status }) => type === 'Ready' && status !== 'False')) continue;
    const marked = conditions.map((condition) =>
      condition.type === 'Ready'
        ? { ...condition, status: 'False', lastTransitionTime: formatTime(nowMs) }
        : condition,
    );
    const draft = { ...pod, status: { ...pod.status, conditions: marked } };
    try {
      await client.update(podsRef, draft, { subresource: 'status' });
      recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (isNotFound(error)) continue;
      if (!isConflict(error)) throw error;
      all = false;
    }
  }
  return all;
}
