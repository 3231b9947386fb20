import { seededRandom } from '../../../src/base/random.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/base/virtual-clock.ts';
import { discoveryRoutes } from '../../../src/cluster/apiserver/discovery/routes.ts';
import { createApiServer } from '../../../src/cluster/apiserver/server.ts';
import { controllers } from '../../../src/cluster/controllers/index.ts';
import { chooseControllers, startManager } from '../../../src/cluster/controllers/manager.ts';
import { createMemoryStore } from '../../../src/cluster/store/memory-store.ts';
import type { Store } from '../../../src/cluster/store/store.ts';
import { type KubeClient, resourceRef } from '../../../src/kube/client.ts';
import { createClient } from '../../../src/kube/create-client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { resources } from '../../../src/kube/resources/index.ts';
import { StatusError } from '../../../src/kube/status.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import { builtinSchemas } from '../../helpers/kubeSchemas.ts';

export const pods = resourceRef('v1', 'pods');
export const events = resourceRef('v1', 'events');
export const replicaSets = resourceRef('apps/v1', 'replicasets');
export const deployments = resourceRef('apps/v1', 'deployments');
export const statefulSets = resourceRef('apps/v1', 'statefulsets');
export const daemonSets = resourceRef('apps/v1', 'daemonsets');
export const controllerRevisions = resourceRef('apps/v1', 'controllerrevisions');

export interface World {
  readonly client: KubeClient;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly transport: Transport;
  readonly troubles: string[];
  /** `Normal Reason: message`, oldest first. */
  events(): Promise<string[]>;
  /** Another master takes over: all that was kept in memory is gone. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** An API server over memory with some controllers, on time that costs none. `through` may delay or refuse what they ask. */
export async function startWorld(
  wanted: readonly string[],
  options: {
    readonly through?: (transport: Transport, clock: VirtualClock) => Transport;
    readonly seed?: number;
  } = {},
): Promise<World> {
  const clock = createVirtualClock(Date.parse('2026-01-02T03:04:05Z'));
  const store = createMemoryStore();
  const server = createApiServer({
    store,
    clock,
    schemas: builtinSchemas,
    resources,
    random: seededRandom(options.seed ?? 7),
    version: {
      major: '1',
      minor: '32',
      gitVersion: 'v1.32.0',
      gitCommit: 'abc',
      buildDate: '2025-01-01T00:00:00Z',
    },
    parts: (host) => ({ routes: discoveryRoutes(host.catalog) }),
  });
  await server.start();
  const transport: Transport = (request) => server.handle(request);
  const client = createClient(transport, {
    identity: { name: 'admin', groups: ['system:masters'], via: 'InProcess' },
    userAgent: 'test',
  });
  const troubles: string[] = [];
  const through = options.through?.(transport, clock) ?? transport;
  const start = () =>
    startManager({
      transport: through,
      controllers: chooseControllers(controllers, wanted).chosen,
      clock,
      random: seededRandom(options.seed ?? 3),
      caPem: 'PEM',
      schemas: builtinSchemas,
      issueToken: () => 'token',
      trouble: (what, error) => troubles.push(`${what}: ${error}`),
    });
  let manager = start();
  await client.create(resourceRef('v1', 'namespaces'), '', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'obrador' },
  });
  await clock.advance(10);
  return {
    client,
    clock,
    store,
    transport,
    troubles,
    async events() {
      const { items } = await client.list<KubeObject & { type: string; reason: string; message: string }>(
        events,
      );
      return items.map((event) => `${event.type} ${event.reason}: ${event.message}`).sort();
    },
    async restart() {
      const before = manager;
      manager = start();
      await before.stop();
    },
    async stop() {
      await manager.stop();
      server.close();
      await store.close();
    },
  };
}

/** A kubelet that needs no time: every Pod runs and is ready at once, unless its image says `broken`. */
export function startInstantKubelet(world: World): () => void {
  const stop = new AbortController();
  const { client } = world;
  const settle = async (pod: PodLike) => {
    const { namespace = '', name = '', uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) {
      await client
        .delete(pods, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: uid ?? '' } })
        .catch(() => undefined);
      return;
    }
    if (pod.status?.phase !== 'Pending' && pod.status?.phase !== undefined) return;
    if (pod.spec.containers.some(({ image }) => image.includes('broken'))) return;
    const lastTransitionTime = new Date(world.clock.now()).toISOString().replace(/\.\d+/, '');
    await client
      .patch(
        pods,
        namespace,
        name,
        'strategic',
        {
          metadata: { uid },
          status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] },
        },
        { subresource: 'status' },
      )
      .catch((error) => {
        if (!(error instanceof StatusError)) throw error;
      });
  };
  void (async () => {
    for await (const { type, object } of client.watch<PodLike>(pods, {
      resourceVersion: '',
      signal: stop.signal,
    }))
      if (type === 'ADDED' || type === 'MODIFIED') void settle(object);
  })().catch(() => undefined);
  return () => stop.abort();
}

export interface PodLike extends KubeObject {
  spec: { nodeName?: string; containers: { name: string; image: string }[] };
  status?: { phase?: string };
}

export const template = (app: string, image = 'nginx:1.27') => ({
  metadata: { labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image }] },
});

export const workload = (kind: string, name: string, spec: object): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'obrador' },
    spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
  }) as unknown as KubeObject;
