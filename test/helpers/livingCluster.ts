import { generateKeyPairSync } from 'node:crypto';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/base/virtual-clock.ts';
import { apiParts } from '../../src/cluster/api-parts.ts';
import { noNodes } from '../../src/cluster/apiserver/node-access.ts';
import { createApiServer } from '../../src/cluster/apiserver/server.ts';
import { controllers } from '../../src/cluster/controllers/index.ts';
import { startManager } from '../../src/cluster/controllers/manager.ts';
import { createNodePool, type NodePool } from '../../src/cluster/kubelet/index.ts';
import type { Runtime } from '../../src/cluster/kubelet/runtime.ts';
import { type Network, NetworkError, type NetworkInterface } from '../../src/cluster/network/contract.ts';
import { startScheduler } from '../../src/cluster/scheduler/index.ts';
import { createMemoryStore } from '../../src/cluster/store/memory-store.ts';
import { kubernetesVersion } from '../../src/cluster/version.ts';
import type { Event } from '../../src/kube/api/core-v1.ts';
import { type KubeClient, resourceRef } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/create-client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resources } from '../../src/kube/resources/index.ts';
import { FakeRuntime } from './fakeRuntime.ts';
import { builtinSchemas } from './kubeSchemas.ts';

export interface LivingCluster {
  readonly clock: VirtualClock;
  readonly client: KubeClient;
  readonly pool: NodePool;
  /** `kind/name reason: message`, oldest first. */
  events(namespace?: string): Promise<readonly string[]>;
  /** It ends and begins anew, knowing nothing of before. */
  restart(what: 'controllers' | 'scheduler'): Promise<void>;
  stop(): Promise<void>;
}

/** What the nodes run on, instead of a fake runtime in a network in which nobody answers. */
export type Ground = (made: {
  readonly client: KubeClient;
  readonly clock: VirtualClock;
  readonly random: Random;
}) => { readonly network: Network; readonly createRuntime: (node: string) => Runtime };

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Everything but Raft and sockets, on a clock that jumps: API server with RBAC and admission, all controllers, the scheduler and kubelets. */
export async function livingCluster(names: readonly string[], ground?: Ground): Promise<LivingCluster> {
  const clock = createVirtualClock(Date.parse('2026-01-02T03:04:05Z'));
  const random = seededRandom(11);
  const server = createApiServer({
    store: createMemoryStore(),
    clock,
    schemas: builtinSchemas,
    resources,
    random,
    version: kubernetesVersion,
    parts: apiParts({
      settings: { authorization: 'rbac', admissionOff: [] },
      serviceAccountKey: privateKey,
      tokens: undefined,
      schemas: builtinSchemas,
      docsFile: '',
      nodes: noNodes,
      metrics: false,
      clock,
      random,
    }),
  });
  await server.start();
  const clientOf = (name: string, groups: readonly string[]) =>
    createClient(server.handle, { identity: { name, groups, via: 'InProcess' }, userAgent: name });
  const client = clientOf('kubernetes-admin', ['system:masters']);
  const controlling = () =>
    startManager({
      transport: server.handle,
      controllers,
      clock,
      random,
      caPem: 'PEM',
      schemas: builtinSchemas,
      issueToken: () => 'token',
      trouble: () => undefined,
    });
  const scheduling = () =>
    startScheduler({
      client: clientOf('system:kube-scheduler', ['system:authenticated']),
      clock,
      random,
      trouble: () => undefined,
    });
  let manager = controlling();
  let scheduler = scheduling();
  const { network, createRuntime } = ground?.({ client, clock, random }) ?? {
    network: silentNetwork,
    createRuntime: () => new FakeRuntime(clock),
  };
  const pool = createNodePool({
    transport: server.handle,
    clock,
    random,
    network,
    createRuntime,
    trouble: () => undefined,
    clusterDns: '10.0.0.10',
    clusterDomain: 'cluster.local',
    hostDns: { nameservers: [], searches: [] },
    version: 'v1.32.0',
  });
  for (const [i, name] of names.entries()) pool.add({ name, ip: `10.1.0.${i + 1}`, zone: `zona-${i + 1}` });
  await clock.advance(20_000);
  return {
    clock,
    client,
    pool,
    async events(namespace = 'default') {
      const { items } = await client.list<Event & KubeObject>(resourceRef('v1', 'events'), { namespace });
      return [...items]
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map(
          ({ involvedObject, reason, message }) =>
            `${involvedObject.kind}/${involvedObject.name} ${reason}: ${message}`,
        );
    },
    async restart(what) {
      if (what === 'controllers') {
        await manager.stop();
        manager = controlling();
      } else {
        await scheduler.stop();
        scheduler = scheduling();
      }
    },
    async stop() {
      await pool.stop();
      await scheduler.stop();
      await manager.stop();
      server.close();
    },
  };
}

const silent: NetworkInterface = {
  ip: '10.1.0.1',
  listen: () => () => undefined,
  connect: async (name, port) => {
    throw new NetworkError('ECONNREFUSED', `${name}:${port}`);
  },
  http: async (name, port) => {
    throw new NetworkError('ECONNREFUSED', `${name}:${port}`);
  },
  resolve: async (name) => {
    throw new NetworkError('ENOTFOUND', name);
  },
  query: async (name) => {
    throw new NetworkError('EAI_AGAIN', name);
  },
  listening: () => [],
  close: () => undefined,
};
/** A network in which nobody answers. */
const silentNetwork: Network = { attach: () => silent, host: () => silent };
