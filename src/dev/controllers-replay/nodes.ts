import type { Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { formatTime } from '../../kube/time.ts';

export const nodesRef = { group: '', version: 'v1', plural: 'nodes' };

const conditions = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

/** bandeja-1, bandeja-2…: 4 CPU, 8Gi, 110 Pods, Ready. */
export async function createReplayNodes(client: KubeClient, clock: Clock, count: number): Promise<void> {
  const room = { cpu: '4', memory: '8Gi', pods: '110' };
  const now = formatTime(clock.now());
  for (let number = 1; number <= count; number++) {
    const name = `bandeja-${number}`;
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
      spec: {},
      status: {
        capacity: room,
        allocatable: room,
        addresses: [{ type: 'InternalIP', address: `10.1.0.1${number}` }],
        conditions: conditions.map(([type, status, reason, message]) => ({
          type,
          status,
          reason,
          message,
          lastHeartbeatTime: now,
          lastTransitionTime: now,
        })),
      },
    };
    const created: KubeObject = await client.create(nodesRef, '', node as unknown as KubeObject);
    // Every Node is born with the taint of one that is not ready.
    await client.update(nodesRef, { ...created, spec: {} } as KubeObject);
  }
}
