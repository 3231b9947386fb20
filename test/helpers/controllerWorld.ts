import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { apiParts } from '../../src/cluster/api-parts.ts';
import { noNodes } from '../../src/cluster/apiserver/node-access.ts';
import { controllers } from '../../src/cluster/controllers/index.ts';
import { chooseControllers, type Manager, startManager } from '../../src/cluster/controllers/manager.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { ApiRequest, ApiResponse, StreamItem, Transport } from '../../src/kube/transport.ts';
import { settle, type TestServer, testServer } from './apiServer.ts';
import { FakeClock } from './fakeClock.ts';
import { builtinSchemas } from './kubeSchemas.ts';

/** An object of the API as a test reads it. */
export type Loose = KubeObject & {
  readonly spec: { readonly [key: string]: never };
  readonly status: { readonly [key: string]: never };
};

export interface World {
  readonly server: TestServer;
  readonly clock: FakeClock;
  readonly troubles: string[];
  /** `/apis/batch/v1/namespaces/obrador/jobs` or shorter: `batch/v1 jobs`, `v1 pods`. Creates; rejects what is refused. */
  create(object: object): Promise<KubeObject>;
  list(resource: string): Promise<readonly Loose[]>;
  get(resource: string, name: string): Promise<Loose>;
  patch(resource: string, name: string, patch: object): Promise<void>;
  remove(resource: string, name: string, options?: object): Promise<void>;
  /** What the scheduler does. */
  bind(pod: string, node: string): Promise<void>;
  /** `Normal Reason: message` of every Event in the namespace, in order. */
  events(): Promise<readonly string[]>;
  /** Until nobody has anything left to do; the time moves on by `ms`. */
  calm(ms?: number): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly controllers: readonly string[];
  /** Between the controllers and the server: to fail, to delay. */
  readonly through?: (request: ApiRequest, next: Transport) => Promise<ApiResponse>;
  /** Milliseconds that the next event of a watch takes on its way; each watch has its own queue. */
  readonly lag?: () => number;
  readonly seed?: number;
}

const namespace = 'obrador';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const admin = { name: 'admin', groups: ['system:masters'], via: 'InProcess' } as const;

/** `batch/v1 jobs` in the test's namespace; `v1 nodes` and other cluster resources are told by a leading `/`. */
function pathOf(resource: string, name = ''): string {
  const [version = '', plural = ''] = resource.replace(/^\//, '').split(' ');
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  const inside = resource.startsWith('/') ? '' : `/namespaces/${namespace}`;
  return `${root}${inside}/${plural}${name === '' ? '' : `/${name}`}`;
}

const plurals: { readonly [kind: string]: string } = {
  Endpoints: 'endpoints',
  StorageClass: 'storageclasses',
};
const clusterKinds: ReadonlySet<string> = new Set(['Node', 'Namespace', 'PersistentVolume', 'StorageClass']);

/** An API server with RBAC and admission, and the controllers that are asked for, each in its own name. */
export async function controllerWorld(options: WorldOptions): Promise<World> {
  const random = seededRandom(options.seed ?? 3);
  const server = await testServer({
    parts: (host) =>
      apiParts({
        settings: { authorization: 'rbac', admissionOff: ['ServiceAccount'] },
        serviceAccountKey: privateKey,
        tokens: undefined,
        schemas: builtinSchemas,
        docsFile: 'none',
        nodes: noNodes,
        metrics: false,
        clock: new FakeClock(),
        random,
      })(host),
  });
  const { clock } = server;
  const troubles: string[] = [];
  const late = async function* (events: AsyncIterable<StreamItem>, lag: () => number) {
    for await (const item of events) {
      const ms = lag();
      if (ms > 0) await clock.sleep(ms);
      yield item;
    }
  };
  const transport: Transport = async (request) => {
    const next = server.server.handle;
    const answer = await (options.through === undefined ? next(request) : options.through(request, next));
    const { lag } = options;
    if (lag === undefined || answer.body.kind !== 'events') return answer;
    return { ...answer, body: { kind: 'events', events: late(answer.body.events, lag) } };
  };
  const start = (): Manager =>
    startManager({
      transport,
      controllers: chooseControllers(controllers, options.controllers).chosen,
      clock,
      random,
      caPem: 'PEM',
      issueToken: () => 'token',
      trouble: (what, error) => troubles.push(`${what}: ${error}`),
    });
  const send = async (method: string, path: string, body?: object, type = 'application/json') => {
    const answer = await server.send(method, path, {
      identity: admin,
      ...(body === undefined ? {} : { body }),
      headers: { 'content-type': type },
    });
    if (answer.code >= 400) throw new Error(`${method} ${path}: ${answer.body.message}`);
    return answer.body as unknown as KubeObject;
  };
  const calm = async (ms = 1000) => {
    for (let turn = 0; turn < 4; turn += 1) {
      await settle();
      await clock.advance(ms / 4);
    }
  };
  const items = async (path: string) =>
    ((await send('GET', path)) as unknown as { items: Loose[] }).items.sort((a, b) =>
      (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1,
    );
  await send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  let manager = start();
  await calm();
  return {
    server,
    clock,
    troubles,
    async create(object) {
      const { kind, apiVersion } = object as KubeObject;
      const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
      const path = `${clusterKinds.has(kind) ? '/' : ''}${apiVersion} ${plural}`;
      const created = await send('POST', pathOf(path), object);
      const { status } = object as { status?: object };
      if (status !== undefined && created.metadata.name !== undefined)
        await send(
          'PATCH',
          `${pathOf(path, created.metadata.name)}/status`,
          { status },
          'application/merge-patch+json',
        );
      return created;
    },
    list: (resource) => items(pathOf(resource)),
    get: async (resource, name) => (await send('GET', pathOf(resource, name))) as Loose,
    async patch(resource, name, patch) {
      await send('PATCH', pathOf(resource, name), patch, 'application/merge-patch+json');
    },
    async remove(resource, name, remove = {}) {
      await send('DELETE', pathOf(resource, name), remove);
    },
    async bind(pod, to) {
      await send('POST', `${pathOf('v1 pods', pod)}/binding`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: pod },
        target: { kind: 'Node', name: to },
      });
    },
    async events() {
      const all = (await items(pathOf('v1 events'))) as unknown as readonly {
        readonly type: string;
        readonly reason: string;
        readonly message: string;
        readonly metadata: { readonly resourceVersion: string };
      }[];
      return [...all]
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    },
    calm,
    async restart() {
      await manager.stop();
      manager = start();
      await calm();
    },
    async stop() {
      await manager.stop();
      expect(troubles).toEqual([]);
    },
  };
}

export const node = (name: string, more: { zone?: string; cpu?: string } = {}): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: more.zone === undefined ? {} : { 'topology.kubernetes.io/zone': more.zone } },
  status: {
    allocatable: { cpu: more.cpu ?? '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});
