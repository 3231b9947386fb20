import type { Node } from '../../../kube/api/core-v1.ts';
import { formatTime } from '../../../kube/time.ts';
import type { NodeStats } from '../node-access.ts';

const nanoPerMilli = 1_000_000;

/** What `/stats/summary` of a kubelet shows (k8s.io/kubelet/pkg/apis/stats/v1alpha1), as far as it is measured here. */
export function statsSummary(
  { node, atMs, cpuMilli, memoryBytes, pods }: NodeStats,
  object: Node | undefined,
): unknown {
  const time = formatTime(atMs);
  const usage = (cpu: number, memory: number) => ({
    cpu: { time, usageNanoCores: Math.round(cpu * nanoPerMilli) },
    memory: { time, usageBytes: memory, workingSetBytes: memory },
  });
  return {
    node: {
      nodeName: node,
      startTime: object?.metadata?.creationTimestamp ?? time,
      ...usage(cpuMilli, memoryBytes),
    },
    pods: pods.map(({ pod, containers }) => ({
      podRef: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
      containers: containers.map((one) => ({ name: one.name, ...usage(one.cpuMilli, one.memoryBytes) })),
      ...usage(sum(containers, 'cpuMilli'), sum(containers, 'memoryBytes')),
    })),
  };
}

type Usage = NodeStats['pods'][number]['containers'][number];

function sum(containers: readonly Usage[], field: 'cpuMilli' | 'memoryBytes'): number {
  return containers.reduce((total, one) => total + one[field], 0);
}

/** What `/metrics/resource` of a kubelet shows, in Prometheus' text. */
export function resourceMetrics({ atMs, memoryBytes, pods }: NodeStats): string {
  const at = Math.round(atMs);
  const lines = [
    '# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes',
    '# TYPE container_memory_working_set_bytes gauge',
  ];
  for (const { pod, containers } of pods)
    for (const one of containers)
      lines.push(
        `container_memory_working_set_bytes{container="${one.name}",namespace="${pod.namespace}",pod="${pod.name}"} ${one.memoryBytes} ${at}`,
      );
  lines.push(
    '# HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes',
    '# TYPE node_memory_working_set_bytes gauge',
    `node_memory_working_set_bytes ${memoryBytes} ${at}`,
    '# HELP pod_memory_working_set_bytes [STABLE] Current working set of the pod in bytes',
    '# TYPE pod_memory_working_set_bytes gauge',
  );
  for (const { pod, containers } of pods)
    lines.push(
      `pod_memory_working_set_bytes{namespace="${pod.namespace}",pod="${pod.name}"} ${sum(containers, 'memoryBytes')} ${at}`,
    );
  return `${lines.join('\n')}\n`;
}
