import type { Pod as CorePod, PodCondition } from '../../../kube/api/core-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { timeToMs } from '../../../kube/time.ts';

export type Pod = CorePod & KubeObject;

/** Mirrors pkg/api/v1/pod and IsPodActive of pkg/controller. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export const isPodReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True';

/** Ready for `minReadySeconds` already. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return false;
  return minReadySeconds === 0 || timeToMs(ready.lastTransitionTime) + minReadySeconds * 1000 <= nowMs;
}

export const isPodFinished = (pod: Pod): boolean =>
  pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

export const isTerminating = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

/** Neither finished nor on its way out. */
export const isPodActive = (pod: Pod): boolean => !isPodFinished(pod) && !isTerminating(pod);
