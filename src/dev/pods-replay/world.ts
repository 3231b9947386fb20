import { readFileSync } from 'node:fs';
import path from 'node:path';
import { seededRandom } from '../../base/random.ts';
import { createVirtualClock, type VirtualClock } from '../../base/virtual-clock.ts';
import { controllers } from '../../cluster/controllers/index.ts';
import { startManager } from '../../cluster/controllers/manager.ts';
import { createNodePool, type NodePool } from '../../cluster/kubelet/index.ts';
import type { Kubelet } from '../../cluster/kubelet/kubelet.ts';
import type { Runtime } from '../../cluster/kubelet/runtime.ts';
import { type Catalogue, createSimulatedRuntime } from '../../cluster/kubelet/runtimes/simulated/index.ts';
import { createClusterNetwork } from '../../cluster/network/index.ts';
import { startScheduler } from '../../cluster/scheduler/index.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type BuiltinSchemas, loadBuiltinSchemas } from '../../kube/schema/load.ts';
import { startReplayServer } from '../replay-server.ts';

/** Like the machine of the recordings: one node, 2 cpus, 24 GiB. */
export const nodeName = 'grabado';
export const nodeIp = '192.168.77.11';
const cpus = 2;
const memoryBytes = 24_684_084 * 1024;

export interface ReplayWorld {
  readonly clock: VirtualClock;
  readonly client: KubeClient;
  readonly pool: NodePool;
  readonly kubelet: Kubelet;
  readonly runtime: Runtime;
  readonly troubles: readonly string[];
  stop(): Promise<void>;
}

export function loadPodSchemas(assets: string): BuiltinSchemas {
  const facts = (name: string) => readFileSync(path.join(assets, 'kubernetes', name), 'utf8');
  return loadBuiltinSchemas({ fields: facts('fields.tsv'), aliases: facts('aliases.tsv') });
}

/** A whole cluster with one node, on a clock that jumps. `present`: images that the node has already. */
export async function startReplayWorld(
  schemas: BuiltinSchemas,
  catalogue: Catalogue,
  seed: number,
  present: readonly string[],
): Promise<ReplayWorld> {
  const clock = createVirtualClock(Date.parse('2026-03-02T10:00:00.250Z'));
  const random = seededRandom(seed);
  const troubles: string[] = [];
  const trouble = (what: string, error: unknown) => {
    troubles.push(`${clock.now()} ${what}: ${error instanceof Error ? error.message : String(error)}`);
  };
  const { server, store, clientFor } = await startReplayServer(schemas, clock, random);
  const client = clientFor('system:admin', ['system:masters']);
  const manager = startManager({
    transport: server.handle,
    controllers,
    clock,
    random,
    caPem: 'PEM',
    schemas,
    issueToken: () => 'token',
    trouble,
  });
  const scheduler = startScheduler({
    client: clientFor('system:kube-scheduler', []),
    clock,
    random,
    trouble,
  });
  const network = createClusterNetwork({ client, clock, random, realPorts: false, trouble });
  await clock.advance(1000);
  let runtime: Runtime | undefined;
  const pool = createNodePool({
    transport: server.handle,
    clock,
    random,
    network,
    createRuntime: (node) => {
      const made = createSimulatedRuntime({
        clock,
        random,
        catalogue,
        network,
        node: { name: node, cpus, memoryBytes, oomGroupKill: false },
      });
      runtime ??= made;
      return made;
    },
    trouble,
    clusterDns: '10.96.0.10',
    clusterDomain: 'cluster.local',
    hostDns: { nameservers: ['192.168.77.1'], searches: ['example.internal'] },
    version: 'v1.32.13',
  });
  const kubelet = pool.add({
    name: nodeName,
    ip: nodeIp,
    cpuMilli: cpus * 1000,
    memoryBytes,
    ephemeralStorageBytes: 264_212_084 * 1024,
  });
  if (runtime === undefined) throw new Error('no runtime');
  const pulls = present.map((image) => runtime?.pullImage(image).catch(() => undefined));
  const ready = async () => {
    const { items } = await client.list<
      KubeObject & { status?: { conditions?: { type: string; status: string }[] } }
    >({ group: '', version: 'v1', plural: 'nodes' }, {});
    return (
      items[0]?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
    );
  };
  for (let turn = 0; turn < 60 && !(await ready()); turn += 1) await clock.advance(1000);
  // So long ago that the kubelet no longer spreads its first probes, and that events of the start are over.
  await clock.advance(60_000);
  await Promise.all(pulls);
  return {
    clock,
    client,
    pool,
    kubelet,
    runtime,
    troubles,
    async stop() {
      await pool.stop();
      await scheduler.stop();
      await manager.stop();
      await network.close();
      server.close();
      await store.close();
    },
  };
}
