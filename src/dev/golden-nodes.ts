import type { Clock } from '../base/clock.ts';
import type { NodeStatus } from '../kube/api/core-v1.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../kube/object.ts';
import { formatMicroTime, formatTime } from '../kube/time.ts';

const nodes = { group: '', version: 'v1', plural: 'nodes' };
const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

/** The three Nodes that recordings of kubectl count on, Ready, with nobody behind them. */
export async function createGoldenNodes(client: KubeClient, clock: Clock): Promise<void> {
  for (const number of [1, 2, 3]) {
    const name = `bandeja-${number}`;
    const podCIDR = `10.244.${number}.0/24`;
    const created: KubeObject = await client.create(nodes, '', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
        labels: {
          'beta.kubernetes.io/arch': 'amd64',
          'beta.kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
        },
      },
      spec: { podCIDR, podCIDRs: [podCIDR] },
    });
    const status = statusOf(name, number, formatTime(clock.now()));
    const ready: KubeObject = await client.update(nodes, { ...created, status } as KubeObject, {
      subresource: 'status',
    });
    // Every Node is born with the taint of one that is not ready.
    await client.update(nodes, { ...ready, spec: { podCIDR, podCIDRs: [podCIDR] } } as KubeObject);
    await client.create(leases, 'kube-node-lease', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: formatMicroTime(clock.now()) },
    });
  }
}

/** The recorded cluster held Pods of others, whose lines the recordings leave out; `--ignore` leaves out ours by this name. */
const ofOthers = 'otros-productos';

/** A Pod that concerns nobody: no scheduler looks at it. */
export async function createPodOfOthers(client: KubeClient): Promise<void> {
  const metadata = { name: ofOthers };
  await client.create({ group: '', version: 'v1', plural: 'namespaces' }, '', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
  });
  await client.create({ group: '', version: 'v1', plural: 'serviceaccounts' }, ofOthers, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  await client.create({ group: '', version: 'v1', plural: 'pods' }, ofOthers, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { schedulerName: ofOthers, containers: [{ name: ofOthers, image: ofOthers }] },
  } as KubeObject);
}

const conditions = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

function statusOf(name: string, number: number, now: string): NodeStatus {
  const room = { cpu: '4', 'ephemeral-storage': '100Gi', memory: '8Gi', pods: '110' };
  return {
    capacity: room,
    allocatable: room,
    conditions: conditions.map(([type, status, reason, message]) => ({
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    })),
    addresses: [
      { type: 'InternalIP', address: `10.1.0.1${number}` },
      { type: 'Hostname', address: name },
    ],
    nodeInfo: {
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: '6.1.0',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      containerRuntimeVersion: 'containerd://1.7.24',
      kubeletVersion: 'v1.32.13',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}
