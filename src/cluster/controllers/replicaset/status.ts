import type { ReplicaSetCondition, ReplicaSetStatus } from '../../../kube/api/apps-v1.ts';
import { equalJson } from '../../../kube/object.ts';
import { labelSelectorFromSet } from '../../../kube/selectors/labels.ts';
import { formatTime } from '../../../kube/time.ts';
import { messageOf } from '../pods/pod-control.ts';
import { isPodAvailable, isPodReady, type Pod } from '../pods/pod-state.ts';
import type { Replicas } from './replica-kind.ts';

/** Mirrors calculateStatus of pkg/controller/replicaset. `failure`: why Pods could not be created or deleted. */
export function statusOf(
  object: Replicas,
  pods: readonly Pod[],
  failure: { readonly error: unknown } | undefined,
  nowMs: number,
): ReplicaSetStatus {
  const { spec, status: before } = object;
  const template = labelSelectorFromSet(spec?.template?.metadata?.labels ?? {});
  const minReady = spec?.minReadySeconds ?? 0;
  const conditions = conditionsOf(object, pods.length, failure, nowMs);
  const count = (is: (pod: Pod) => boolean) => pods.filter(is).length;
  return {
    ...before,
    replicas: pods.length,
    fullyLabeledReplicas: orAbsent(count((pod) => template.matches(pod.metadata.labels ?? {}))),
    readyReplicas: orAbsent(count(isPodReady)),
    availableReplicas: orAbsent(count((pod) => isPodAvailable(pod, minReady, nowMs))),
    observedGeneration: orAbsent(object.metadata.generation ?? 0),
    conditions: conditions.length === 0 ? undefined : conditions,
  };
}

export function sameStatus(a: ReplicaSetStatus, b: ReplicaSetStatus | undefined): boolean {
  return equalJson(a, { ...b, replicas: b?.replicas ?? 0 });
}

const orAbsent = (count: number): number | undefined => (count === 0 ? undefined : count);

function conditionsOf(
  { spec, status }: Replicas,
  count: number,
  failure: { readonly error: unknown } | undefined,
  nowMs: number,
): ReplicaSetCondition[] {
  const before = [...(status?.conditions ?? [])];
  const told = before.some(({ type }) => type === 'ReplicaFailure');
  if (failure === undefined) return before.filter(({ type }) => type !== 'ReplicaFailure');
  if (told) return before;
  const difference = count - (spec?.replicas ?? 1);
  const condition: ReplicaSetCondition = {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: formatTime(nowMs),
    ...(difference === 0 ? {} : { reason: difference < 0 ? 'FailedCreate' : 'FailedDelete' }),
    message: messageOf(failure.error),
  };
  return [...before, condition];
}
