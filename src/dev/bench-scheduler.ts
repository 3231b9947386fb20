import { systemClock } from '../base/clock.ts';
import type { Pod, PodSpec } from '../kube/api/core-v1.ts';
import type { KubeObject } from '../kube/object.ts';
import { loadSchedulerSchemas, startSchedulerCluster } from './scheduler-replay/replay-cluster.ts';

const core = (plural: string) => ({ group: '', version: 'v1', plural });

/**
 * Pods per second from waiting to bound, with admission, authorization and events, over a store in memory. `apart`: each
 * refuses to share a node with another one (required anti-affinity by host name), so there must be a node for each.
 */
export async function benchScheduler(options: {
  readonly assets: string;
  readonly nodes: number;
  readonly pods: number;
  readonly apart: boolean;
}): Promise<number> {
  const { assets, nodes, pods, apart } = options;
  const schemas = loadSchedulerSchemas(assets);
  const { client, schedule, stop } = await startSchedulerCluster(schemas, systemClock, 1, [
    'serviceaccount-controller',
  ]);
  const ending = new AbortController();
  try {
    const spec = podSpec(apart);
    await client.create(core('namespaces'), '', object('Namespace', { name: 'banco' }));
    for (let n = 0; n < nodes; n++) {
      const name = `nodo-${n}`;
      const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zona-${n % 3}` };
      await client.create(core('nodes'), '', object('Node', { name, labels }));
      // Every node is born with the taint of one that is not ready.
      await client.patch(core('nodes'), '', name, 'merge', { spec: { taints: null } });
      const status = { allocatable: { cpu: '64', memory: '256Gi', pods: '250' } };
      await client.patch(core('nodes'), '', name, 'merge', { status }, { subresource: 'status' });
    }
    for (let n = 0; n < pods; n++)
      await client.create(core('pods'), 'banco', {
        ...object('Pod', { name: `p-${n}`, labels: { app: `a${n % 20}`, aparte: 'si' } }),
        spec,
      } as KubeObject);
    let bound = 0;
    const from = performance.now();
    const allBound = (async () => {
      for await (const { object: pod } of client.watch<Pod & KubeObject>(core('pods'), {
        signal: ending.signal,
      }))
        if ((pod.spec?.nodeName ?? '') !== '' && ++bound === pods) return;
    })();
    schedule();
    await allBound;
    return (1000 * pods) / (performance.now() - from);
  } finally {
    ending.abort();
    await stop();
  }
}

const object = (kind: string, metadata: KubeObject['metadata']): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata,
});

function podSpec(apart: boolean): PodSpec {
  const term = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: { aparte: 'si' } },
  };
  return {
    containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '100m', memory: '64Mi' } } }],
    ...(apart
      ? { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }
      : {}),
  };
}
