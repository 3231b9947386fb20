import type { DeploymentCondition, DeploymentStatus } from '../../../kube/api/apps-v1.ts';
import { equalJson } from '../../../kube/object.ts';
import { timeToMs } from '../../../kube/time.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';
import {
  actualOf,
  availableOf,
  type Deployment,
  maxUnavailable,
  readyOf,
  replicasOf,
  wantedOf,
} from './arithmetic.ts';
import {
  type Conditions,
  conditionOf,
  hasDeadline,
  makeCondition,
  setCondition,
  withoutCondition,
} from './conditions.ts';
import { allOf, type DeploymentParts, type SetsOfDeployment, writeStatus } from './parts.ts';

/** What the ReplicaSets say together. Mirrors calculateStatus of pkg/controller/deployment. */
function countsOf(deployment: Deployment, sets: SetsOfDeployment, nowMs: number): DeploymentStatus {
  const all = allOf(sets);
  const available = availableOf(all);
  const { collisionCount, conditions = [] } = deployment.status ?? {};
  const enough = available >= replicasOf(deployment) - maxUnavailable(deployment);
  const condition = enough
    ? makeCondition(
        'Available',
        'True',
        'MinimumReplicasAvailable',
        'Deployment has minimum availability.',
        nowMs,
      )
    : makeCondition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        nowMs,
      );
  return {
    observedGeneration: orAbsent(deployment.metadata.generation ?? 0),
    replicas: orAbsent(actualOf(all)),
    updatedReplicas: orAbsent(sets.current === undefined ? 0 : actualOf([sets.current])),
    readyReplicas: orAbsent(readyOf(all)),
    availableReplicas: orAbsent(available),
    unavailableReplicas: orAbsent(Math.max(0, wantedOf(all) - available)),
    conditions: [...setCondition(conditions, condition)],
    collisionCount,
  };
}

const orAbsent = (count: number): number | undefined => (count === 0 ? undefined : count);

/** Outside a roll-out: no progress is judged. Mirrors syncDeploymentStatus. */
export async function syncStatus(
  { client, now }: DeploymentParts,
  deployment: Deployment,
  sets: SetsOfDeployment,
): Promise<void> {
  const status = countsOf(deployment, sets, now());
  if (!equalJson(status, deployment.status ?? {})) await writeStatus(client, { ...deployment, status });
}

export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status?.updatedReplicas ?? 0) === replicas &&
    (status?.replicas ?? 0) === replicas &&
    (status?.availableReplicas ?? 0) === replicas &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** More that are new, ready or available, or fewer that are old, than the last time. */
function hasProgressed(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus | undefined) =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

/** In a roll-out. Resolves with the milliseconds after which to see whether it is stuck. Mirrors syncRolloutStatus. */
export async function syncRolloutStatus(
  { client, now }: DeploymentParts,
  deployment: Deployment,
  sets: SetsOfDeployment,
): Promise<number | undefined> {
  const counts = countsOf(deployment, sets, now());
  const conditions = failureOf(sets, progressOf(deployment, sets, counts, now()));
  const status = { ...counts, conditions: [...conditions] };
  if (equalJson(status, deployment.status ?? {})) return lookAgain(deployment, status, now());
  await writeStatus(client, { ...deployment, status });
  return undefined;
}

function progressOf(
  deployment: Deployment,
  { current }: SetsOfDeployment,
  counts: DeploymentStatus,
  nowMs: number,
): Conditions {
  const conditions = counts.conditions ?? [];
  if (!hasDeadline(deployment)) return withoutCondition(conditions, 'Progressing');
  const before = conditionOf(deployment.status, 'Progressing');
  // With a single active ReplicaSet nothing is being rolled out.
  if ((counts.replicas ?? 0) === (counts.updatedReplicas ?? 0) && before?.reason === 'NewReplicaSetAvailable')
    return conditions;
  const who =
    current === undefined
      ? `Deployment "${deployment.metadata.name ?? ''}"`
      : `ReplicaSet "${current.metadata.name ?? ''}"`;
  const tell = (status: 'True' | 'False', reason: string, what: string) =>
    makeCondition('Progressing', status, reason, `${who} ${what}`, nowMs);
  if (isComplete(deployment, counts))
    return setCondition(conditions, tell('True', 'NewReplicaSetAvailable', 'has successfully progressed.'));
  if (hasProgressed(deployment.status, counts)) {
    const condition = tell('True', 'ReplicaSetUpdated', 'is progressing.');
    // Also with the reason it had: that it moved on is what its time of update says.
    const since = before?.status === 'True' ? before.lastTransitionTime : condition.lastTransitionTime;
    return [...withoutCondition(conditions, 'Progressing'), { ...condition, lastTransitionTime: since }];
  }
  if (hasTimedOut(deployment, before, nowMs))
    return setCondition(conditions, tell('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'));
  return conditions;
}

const deadlineMs = ({ spec }: Deployment): number => (spec?.progressDeadlineSeconds ?? 0) * 1000;

function hasTimedOut(
  deployment: Deployment,
  before: DeploymentCondition | undefined,
  nowMs: number,
): boolean {
  if (before === undefined || before.reason === 'NewReplicaSetAvailable') return false;
  if (before.reason === 'ProgressDeadlineExceeded') return true;
  return timeToMs(before.lastUpdateTime) + deadlineMs(deployment) < nowMs;
}

/** Why Pods are missing, of the new ReplicaSet or else of any. */
function failureOf(sets: SetsOfDeployment, conditions: Conditions): Conditions {
  const failure =
    failureIn(sets.current) ??
    allOf(sets)
      .map(failureIn)
      .find((one) => one !== undefined);
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  const { type, status, lastTransitionTime, reason, message } = failure;
  return setCondition(conditions, {
    type,
    status,
    lastTransitionTime,
    lastUpdateTime: lastTransitionTime,
    reason,
    message,
  });
}

const failureIn = (set: ReplicaSet | undefined) =>
  set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');

function lookAgain(deployment: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const before = conditionOf(deployment.status, 'Progressing');
  if (!hasDeadline(deployment) || before === undefined) return undefined;
  if (isComplete(deployment, status) || before.reason === 'ProgressDeadlineExceeded') return undefined;
  const leftMs = timeToMs(before.lastUpdateTime) + deadlineMs(deployment) - nowMs;
  return Math.max(0, leftMs) + 1000;
}
