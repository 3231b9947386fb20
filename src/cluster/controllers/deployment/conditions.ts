import type { DeploymentCondition, DeploymentStatus } from '../../../kube/api/apps-v1.ts';
import { formatTime } from '../../../kube/time.ts';
import type { Deployment } from './arithmetic.ts';

export type Conditions = readonly DeploymentCondition[];

export const conditionOf = (
  status: DeploymentStatus | undefined,
  type: string,
): DeploymentCondition | undefined => status?.conditions?.find((condition) => condition.type === type);

export function makeCondition(
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  nowMs: number,
): DeploymentCondition {
  const now = formatTime(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** Of the same status and reason, the one that is there stays as it is. Mirrors SetDeploymentCondition. */
export function setCondition(conditions: Conditions, condition: DeploymentCondition): Conditions {
  const current = conditions.find(({ type }) => type === condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return conditions;
  const since =
    current?.status === condition.status
      ? { ...condition, lastTransitionTime: current.lastTransitionTime }
      : condition;
  return [...withoutCondition(conditions, condition.type), since];
}

export const withoutCondition = (conditions: Conditions, type: string): Conditions =>
  conditions.filter((condition) => condition.type !== type);

/** Waiting for ever is no deadline. */
export function hasDeadline({ spec }: Deployment): boolean {
  return spec?.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== 2 ** 31 - 1;
}

export function withCondition(deployment: Deployment, condition: DeploymentCondition): Deployment {
  const conditions = [...setCondition(deployment.status?.conditions ?? [], condition)];
  return { ...deployment, status: { ...deployment.status, conditions } };
}
