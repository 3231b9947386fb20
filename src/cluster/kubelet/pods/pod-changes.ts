import type { Pod } from '../../../kube/api/core-v1.ts';
import { equalJson } from '../../../kube/object.ts';
import { specOf } from './pod.ts';

/** More than the status changed: a sync is due. Readiness gates are part of the status. */
export function differs(before: Pod, after: Pod): boolean {
  const gates = specOf(after).readinessGates ?? [];
  const own = ({ metadata, spec, status }: Pod) => ({
    spec,
    labels: metadata?.labels,
    annotations: metadata?.annotations,
    deletionTimestamp: metadata?.deletionTimestamp,
    grace: metadata?.deletionGracePeriodSeconds,
    gates: gates.map(
      ({ conditionType }) => status?.conditions?.find(({ type }) => type === conditionType)?.status,
    ),
  });
  return !equalJson(own(before), own(after));
}
