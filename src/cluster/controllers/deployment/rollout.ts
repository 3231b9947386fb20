import { controlledBy } from '../pods/owner.ts';
import { isPodFinished } from '../pods/pod-state.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';
import {
  activeOf,
  actualOf,
  availableOf,
  byCreation,
  type Deployment,
  maxUnavailable,
  newSize,
  replicasOf,
  wantedOf,
} from './arithmetic.ts';
import { type Revisions, syncRevisions } from './new-replica-set.ts';
import { allOf, type DeploymentParts } from './parts.ts';
import { cleanUp, scaleTo } from './scale.ts';
import { isComplete, syncRolloutStatus } from './status.ts';

/** One step of a rolling update: grow the new, else shrink the old. Mirrors pkg/controller/deployment/rolling.go. */
export async function rollOut(
  parts: DeploymentParts,
  before: Deployment,
  sets: readonly ReplicaSet[],
): Promise<number | undefined> {
  const revisions = await syncRevisions(parts, before, sets, true);
  const { deployment, old } = revisions;
  const moved = (await growNew(parts, revisions)) || (await shrinkOld(parts, revisions));
  if (!moved && isComplete(deployment, deployment.status)) await cleanUp(parts, deployment, old);
  return syncRolloutStatus(parts, deployment, revisions);
}

async function growNew(parts: DeploymentParts, revisions: Revisions): Promise<boolean> {
  const { deployment, current } = revisions;
  if (current === undefined || replicasOf(current) === replicasOf(deployment)) return false;
  const size =
    replicasOf(current) > replicasOf(deployment)
      ? replicasOf(deployment)
      : newSize(deployment, allOf(revisions), replicasOf(current));
  return (await scaleTo(parts, deployment, current, size)).scaled;
}

async function shrinkOld(parts: DeploymentParts, { deployment, current, old }: Revisions): Promise<boolean> {
  const active = activeOf(old).sort(byCreation);
  if (wantedOf(active) === 0) return false;
  const minimum = replicasOf(deployment) - maxUnavailable(deployment);
  const missingOfNew =
    current === undefined ? 0 : replicasOf(current) - (current.status?.availableReplicas ?? 0);
  const all = current === undefined ? active : [...active, current];
  const most = wantedOf(all) - minimum - missingOfNew;
  if (most <= 0) return false;
  const cleaned = await dropUnhealthy(parts, deployment, active, most);
  if (cleaned === undefined) return false;
  const left = current === undefined ? cleaned.sets : [...cleaned.sets, current];
  let spare = availableOf(left) - minimum;
  let moved = cleaned.count;
  for (const set of cleaned.sets) {
    if (spare <= 0) break;
    const fewer = Math.min(replicasOf(set), spare);
    if (fewer === 0) continue;
    await scaleTo(parts, deployment, set, replicasOf(set) - fewer);
    spare -= fewer;
    moved += fewer;
  }
  return moved > 0;
}

/**
 * Pods that do not serve anyhow go first: they would block the roll-out. Undefined: a status counts more Pods than there should
 * be, so it is of before the last change of size, and nothing may be concluded from it.
 */
async function dropUnhealthy(
  parts: DeploymentParts,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  most: number,
): Promise<{ readonly sets: readonly ReplicaSet[]; readonly count: number } | undefined> {
  let count = 0;
  const after: ReplicaSet[] = [];
  for (const set of sets) {
    const unhealthy = replicasOf(set) - (set.status?.availableReplicas ?? 0);
    if (count >= most || replicasOf(set) === 0 || unhealthy === 0) {
      after.push(set);
      continue;
    }
    if (unhealthy < 0) return undefined;
    const fewer = Math.min(most - count, unhealthy);
    after.push((await scaleTo(parts, deployment, set, replicasOf(set) - fewer)).set);
    count += fewer;
  }
  return { sets: after, count };
}

/** All old Pods go before the first new one comes. Mirrors pkg/controller/deployment/recreate.go. */
export async function recreate(
  parts: DeploymentParts,
  before: Deployment,
  sets: readonly ReplicaSet[],
): Promise<number | undefined> {
  let revisions = await syncRevisions(parts, before, sets, false);
  let scaledDown = false;
  for (const set of activeOf(revisions.old))
    scaledDown = (await scaleTo(parts, revisions.deployment, set, 0)).scaled || scaledDown;
  if (scaledDown || oldPodsRun(parts, revisions, sets))
    return syncRolloutStatus(parts, revisions.deployment, revisions);
  if (revisions.current === undefined)
    revisions = await syncRevisions(parts, revisions.deployment, sets, true);
  const { deployment, current, old } = revisions;
  if (current !== undefined) await scaleTo(parts, deployment, current, replicasOf(deployment));
  if (isComplete(deployment, deployment.status)) await cleanUp(parts, deployment, old);
  return syncRolloutStatus(parts, deployment, revisions);
}

function oldPodsRun(
  { pods }: DeploymentParts,
  { current, old }: Revisions,
  sets: readonly ReplicaSet[],
): boolean {
  if (actualOf(old) > 0) return true;
  return sets
    .filter(({ metadata }) => metadata.uid !== current?.metadata.uid)
    .some((set) => controlledBy(pods, set.metadata.uid ?? '').some((pod) => !isPodFinished(pod)));
}
