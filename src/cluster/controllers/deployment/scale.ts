import { ignoring, isNotFound } from '../controller.ts';
import { isTerminating } from '../pods/pod-state.ts';
import { replicaSets } from '../refs.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';
import { desiredReplicasOf, maxReplicasOf, replicaAnnotations, revisionOf } from './annotations.ts';
import {
  activeOf,
  byCreation,
  type Deployment,
  isRolling,
  maxSurge,
  replicasOf,
  wantedOf,
} from './arithmetic.ts';
import { allOf, type DeploymentParts, type SetsOfDeployment } from './parts.ts';

/** Gives the ReplicaSet that size, and says so. `scaled` only when it had another. Mirrors scaleReplicaSet. */
export async function scaleTo(
  { client, recorder }: DeploymentParts,
  deployment: Deployment,
  set: ReplicaSet,
  size: number,
): Promise<{ readonly scaled: boolean; readonly set: ReplicaSet }> {
  const before = replicasOf(set);
  const annotations = replicaAnnotations(set, deployment);
  if (before === size && annotations === undefined) return { scaled: false, set };
  const draft: ReplicaSet = {
    ...set,
    metadata: { ...set.metadata, annotations: annotations ?? set.metadata.annotations },
    spec: { ...set.spec, replicas: size },
  };
  const updated = await client.update<ReplicaSet>(replicaSets, draft);
  if (before === size) return { scaled: false, set: updated };
  recorder.event(
    deployment,
    'Normal',
    'ScalingReplicaSet',
    `Scaled ${before < size ? 'up' : 'down'} replica set ${set.metadata.name ?? ''} from ${before} to ${size}`,
  );
  return { scaled: true, set: updated };
}

/** Somebody changed how many Pods the Deployment should have. */
export function isScaling(deployment: Deployment, sets: SetsOfDeployment): boolean {
  return activeOf(allOf(sets)).some((set) => {
    const desired = desiredReplicasOf(set);
    return desired !== undefined && desired !== replicasOf(deployment);
  });
}

/** A change of size outside a roll-out, or in the middle of one: shared out in proportion. Mirrors scale of sync.go. */
export async function scaleAll(
  parts: DeploymentParts,
  deployment: Deployment,
  { current, old }: SetsOfDeployment,
): Promise<void> {
  const replicas = replicasOf(deployment);
  const active = activeOf(allOf({ current, old }));
  const newestOld = [...old].sort(byCreation).at(-1);
  if (active.length <= 1) {
    const only = active[0] ?? current ?? newestOld;
    if (only !== undefined && replicasOf(only) !== replicas) await scaleTo(parts, deployment, only, replicas);
    return;
  }
  if (isSaturated(deployment, current)) {
    for (const set of activeOf(old)) await scaleTo(parts, deployment, set, 0);
    return;
  }
  if (!isRolling(deployment)) return;
  const toAdd = (replicas > 0 ? replicas + maxSurge(deployment) : 0) - wantedOf(active);
  const larger = (a: ReplicaSet, b: ReplicaSet) => replicasOf(b) - replicasOf(a);
  const sorted = [...active].sort(
    (a, b) => larger(a, b) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b)),
  );
  let added = 0;
  const sizes = sorted.map((set) => {
    const share = proportion(deployment, set, toAdd, added);
    added += share;
    return replicasOf(set) + share;
  });
  for (const [index, set] of sorted.entries()) {
    const leftover = index === 0 ? toAdd - added : 0;
    await scaleTo(parts, deployment, set, Math.max(0, (sizes[index] ?? 0) + leftover));
  }
}

/** As large as it should be, and all of it available. */
function isSaturated(deployment: Deployment, set: ReplicaSet | undefined): boolean {
  const replicas = replicasOf(deployment);
  return (
    set !== undefined &&
    replicasOf(set) === replicas &&
    desiredReplicasOf(set) === replicas &&
    (set.status?.availableReplicas ?? 0) === replicas
  );
}

function proportion(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  const size = replicasOf(set);
  if (size === 0 || toAdd === 0 || toAdd === added) return 0;
  const share = fraction(deployment, set);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

/** By how much it changes when it keeps its part of the whole. */
function fraction(deployment: Deployment, set: ReplicaSet): number {
  const size = replicasOf(set);
  if (replicasOf(deployment) === 0) return -size;
  const most = maxReplicasOf(set);
  const before = most === undefined || most === 0 ? (deployment.status?.replicas ?? 0) : most;
  if (before === 0) return 0;
  // Sizes are not negative: half goes up, as Go rounds it.
  return Math.round((size * (replicasOf(deployment) + maxSurge(deployment))) / before) - size;
}

/** Deletes old ReplicaSets that are beyond the history that is kept. Mirrors cleanupDeployment. */
export async function cleanUp(
  { client }: DeploymentParts,
  deployment: Deployment,
  old: readonly ReplicaSet[],
): Promise<void> {
  const limit = deployment.spec?.revisionHistoryLimit;
  if (limit === undefined || limit === 2 ** 31 - 1) return;
  const alive = old.filter((set) => !isTerminating(set));
  const surplus = alive.length - limit;
  if (surplus <= 0) return;
  const sorted = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b));
  for (const set of sorted.slice(0, surplus)) {
    const { namespace = '', name = '', generation = 0 } = set.metadata;
    if ((set.status?.replicas ?? 0) !== 0 || replicasOf(set) !== 0) continue;
    if (generation > (set.status?.observedGeneration ?? 0)) continue;
    await ignoring(isNotFound, client.delete(replicaSets, namespace, name));
  }
}
