import type { Pod } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { formatTime } from '../../kube/time.ts';

export interface DisruptionReason {
  readonly reason: 'DeletionByTaintManager' | 'DeletionByPodGC';
  readonly message: string;
}

/**
 * A strategic patch that tells in a Pod's status why it is about to be deleted, as its last condition; undefined when it
 * does already. For this very Pod, not for another of its name.
 */
export function disruptionPatch(
  pod: Pod & KubeObject,
  why: DisruptionReason | undefined,
  nowMs: number,
  phase?: 'Failed',
): object | undefined {
  const conditions = pod.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'DisruptionTarget');
  const told =
    why === undefined ||
    (before?.status === 'True' && before.reason === why.reason && before.message === why.message);
  if (told && phase === undefined) return undefined;
  const order = conditions.filter((one) => one !== before).map(({ type }) => ({ type }));
  const target = { type: 'DisruptionTarget', status: 'True', ...why, lastTransitionTime: formatTime(nowMs) };
  return {
    metadata: { uid: pod.metadata.uid },
    status: {
      ...(phase === undefined ? {} : { phase }),
      ...(told
        ? {}
        : {
            conditions: [target],
            '$setElementOrder/conditions': [...order, { type: 'DisruptionTarget' }],
          }),
    },
  };
}
