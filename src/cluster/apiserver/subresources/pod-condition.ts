import type { Pod, PodCondition } from '../../../kube/api/core-v1.ts';

type Condition = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** Adds or replaces a condition; its time only moves with its status. Mirrors podutil.UpdatePodCondition. */
export function setCondition(pod: Pod, condition: Condition, now: string): void {
  pod.status ??= {};
  const conditions = pod.status.conditions ?? [];
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const old = conditions[at];
  const lastTransitionTime = old?.status === condition.status ? (old.lastTransitionTime ?? now) : now;
  const next: PodCondition = { ...condition, lastTransitionTime };
  pod.status.conditions =
    old === undefined ? [...conditions, next] : conditions.map((one, i) => (i === at ? next : one));
}
