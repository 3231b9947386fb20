import type { KubeObject } from '../../../kube/object.ts';

/** The two classes that every cluster has. Mirrors pkg/apis/scheduling/v1/helpers.go (SystemPriorityClasses). */
export function systemPriorityClasses(): KubeObject[] {
  const make = (name: string, value: number, description: string) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    preemptionPolicy: 'PreemptLowerPriority',
    description,
  });
  return [
    make(
      'system-node-critical',
      2_000_001_000,
      'Used for system critical pods that must not be moved from their current node.',
    ),
    make(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
  ];
}
