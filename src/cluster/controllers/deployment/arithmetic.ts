import type { Deployment as AppsDeployment } from '../../../kube/api/apps-v1.ts';
import { scaledValue } from '../../../kube/int-or-string.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';

export type Deployment = AppsDeployment & KubeObject;

export const replicasOf = (object: {
  readonly spec?: { readonly replicas?: number | undefined } | undefined;
}): number => object.spec?.replicas ?? 1;

export const isRolling = (deployment: Deployment): boolean =>
  deployment.spec?.strategy?.type === 'RollingUpdate';

/** How many Pods there may be too many, while a roll-out is under way. */
export function maxSurge(deployment: Deployment): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0;
}

/** How many may be missing. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicas);
}

/** Both 0 would mean that nothing may move: one may be missing then. Mirrors ResolveFenceposts. */
function fenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  const replicas = replicasOf(deployment);
  const surge = scaledValue(rolling?.maxSurge, replicas, true);
  const unavailable = scaledValue(rolling?.maxUnavailable, replicas, false);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

export const wantedOf = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + replicasOf(set), 0);
export const actualOf = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + (set.status?.replicas ?? 0), 0);
export const readyOf = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + (set.status?.readyReplicas ?? 0), 0);
export const availableOf = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);

/** Those that have, or should have, Pods. */
export const activeOf = (sets: readonly ReplicaSet[]): ReplicaSet[] =>
  sets.filter((set) => replicasOf(set) > 0);

/**
 * To what size the new ReplicaSet may grow now. Mirrors NewRSNewReplicas, but for Pods that are still to be deleted: upstream
 * counts what the ReplicaSets want, so that there may be too many for a moment.
 */
export function newSize(deployment: Deployment, sets: readonly ReplicaSet[], current: number): number {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment)) return replicas;
  const there = sets.reduce((sum, set) => sum + Math.max(replicasOf(set), set.status?.replicas ?? 0), 0);
  const room = replicas + maxSurge(deployment) - there;
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

export function byCreation(a: KubeObject, b: KubeObject): number {
  const [one, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (one !== other) return one < other ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
