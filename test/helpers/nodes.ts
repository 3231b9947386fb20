import { seededRandom } from '../../src/base/random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/base/virtual-clock.ts';
import type { ServerHost, ServerParts } from '../../src/cluster/apiserver/contracts.ts';
import { discoveryRoutes } from '../../src/cluster/apiserver/discovery/routes.ts';
import { type ApiServer, createApiServer } from '../../src/cluster/apiserver/server.ts';
import { createNodePool, type NodePool } from '../../src/cluster/kubelet/index.ts';
import type { NodeSpec } from '../../src/cluster/kubelet/node/spec.ts';
import { type Network, NetworkError, type NetworkInterface } from '../../src/cluster/network/contract.ts';
import { createMemoryStore } from '../../src/cluster/store/memory-store.ts';
import type { Event, Pod } from '../../src/kube/api/core-v1.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/create-client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resources } from '../../src/kube/resources/index.ts';
import { FakeRuntime } from './fakeRuntime.ts';
import { builtinSchemas } from './kubeSchemas.ts';

export type PodObject = Pod & KubeObject;
type EventObject = Event & KubeObject;
export const pods = { group: '', version: 'v1', plural: 'pods' };
export const events = { group: '', version: 'v1', plural: 'events' };

export interface TestNodes {
  readonly clock: VirtualClock;
  readonly client: KubeClient;
  readonly server: ApiServer;
  readonly pool: NodePool;
  readonly troubles: string[];
  /** What the kubelets asked: `PATCH /api/v1/…`. */
  readonly requests: string[];
  /** What listens where: `10.0.0.1:80` → status. */
  readonly answers: Map<string, number>;
  runtime(node?: string): FakeRuntime;
  pod(name: string, spec: object, node?: string): Promise<PodObject>;
  get(name: string): Promise<PodObject>;
  events(name: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** An API server over memory and nodes whose runtime is a fake, on a clock that jumps. */
export async function testNodes(
  specs: readonly NodeSpec[] = [{ name: 'nodo-1', ip: '10.0.0.1' }],
): Promise<TestNodes> {
  const clock = createVirtualClock(Date.parse('2026-01-02T03:04:05Z'));
  const server = createApiServer({
    store: createMemoryStore(),
    clock,
    schemas: builtinSchemas,
    resources,
    random: seededRandom(7),
    version: {
      major: '1',
      minor: '32',
      gitVersion: 'v1.32.0',
      gitCommit: 'abc',
      buildDate: '2025-01-01T00:00:00Z',
    },
    parts: (host: ServerHost): ServerParts => ({ routes: discoveryRoutes(host.catalog) }),
  });
  await server.start();
  const troubles: string[] = [];
  const requests: string[] = [];
  const answers = new Map<string, number>();
  const runtimes = new Map<string, FakeRuntime>();
  const client = createClient(server.handle, {
    identity: { name: 'prueba', groups: ['system:masters'], via: 'InProcess' },
    userAgent: 'test',
  });
  for (const name of ['default', 'kube-node-lease'])
    await client
      .create({ group: '', version: 'v1', plural: 'namespaces' }, '', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      } as KubeObject)
      .catch(() => undefined);
  const pool = createNodePool({
    transport: (request) => {
      requests.push(`${request.method} ${request.url}`);
      return server.handle(request);
    },
    clock,
    random: seededRandom(5),
    network: fakeNetwork(answers),
    createRuntime: (node) => {
      const runtime = new FakeRuntime(clock);
      runtimes.set(node, runtime);
      return runtime;
    },
    trouble: (what, error) => troubles.push(`${what}: ${error}`),
    clusterDns: '10.96.0.10',
    clusterDomain: 'cluster.local',
    hostDns: { nameservers: ['192.0.2.53'], searches: [] },
    version: 'v1.32.0',
  });
  for (const spec of specs) pool.add(spec);
  await clock.advance(1000);
  // Nobody hands out ranges here.
  for (const { name } of specs)
    await client.patch({ group: '', version: 'v1', plural: 'nodes' }, '', name, 'merge', {
      spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
    });
  await clock.advance(1000);
  return {
    clock,
    client,
    server,
    pool,
    troubles,
    requests,
    answers,
    runtime: (node = 'nodo-1') => {
      const runtime = runtimes.get(node);
      if (runtime === undefined) throw new Error(`no node ${node}`);
      return runtime;
    },
    pod: (name, spec, node = 'nodo-1') =>
      client.create<PodObject>(pods, 'default', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default' },
        spec: { nodeName: node, ...spec },
      } as PodObject),
    get: (name) => client.get<PodObject>(pods, 'default', name),
    events: async (name) => {
      const { items } = await client.list<EventObject>(events, {});
      return items
        .filter(({ involvedObject }) => involvedObject?.name === name)
        .map(({ reason, message, count }) => `${reason} x${count}: ${message}`);
    },
    stop: () => pool.stop(),
  };
}

function fakeNetwork(answers: ReadonlyMap<string, number>): Network {
  const host: NetworkInterface = {
    ip: '10.0.0.1',
    listen: () => () => undefined,
    connect: async (name, port) => {
      throw new NetworkError('ECONNREFUSED', `${name}:${port}`);
    },
    http: async (name, port) => {
      const status = answers.get(`${name}:${port}`);
      if (status === undefined) throw new NetworkError('ECONNREFUSED', `${name}:${port}`);
      return { status, headers: {}, body: new Uint8Array() };
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
  return { attach: () => host, host: () => host };
}
