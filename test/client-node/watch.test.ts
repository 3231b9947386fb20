import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../helpers/cluster.ts';

const namespace = 'default';
const path = `/api/v1/namespaces/${namespace}/configmaps`;
const within = { timeout: 60_000, interval: 20 };
let here: TestCluster;
let config: KubeConfig;
let core: CoreV1Api;

beforeAll(async () => {
  here = await startTestCluster({ masters: 3 });
  config = new KubeConfig();
  config.loadFromFile(here.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
});
afterAll(() => here.stop());

const create = (name: string, labels: Record<string, string>) =>
  core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } });

describe('a watch', () => {
  it('tells of every change after a revision, in order', async () => {
    const start = (await core.listNamespacedConfigMap({ namespace })).metadata?.resourceVersion;
    await create('a', { mira: 'uno' });
    const seen: string[] = [];
    let ended = false;
    const request = await new Watch(config).watch(
      path,
      { resourceVersion: start, labelSelector: 'mira=uno' },
      (phase: string, object: V1ConfigMap) => seen.push(`${phase} ${object.metadata?.name}`),
      () => {
        ended = true;
      },
    );
    const live = await core.readNamespacedConfigMap({ namespace, name: 'a' });
    await core.replaceNamespacedConfigMap({ namespace, name: 'a', body: { ...live, data: { x: 'y' } } });
    await create('otra', { mira: 'dos' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
    await vi.waitFor(() => expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']), within);
    request.abort();
    await vi.waitFor(() => expect(ended).toBe(true), within);
  });

  it('ends by itself when its time is over', async () => {
    const ended = await new Promise<unknown>((resolve) => {
      void new Watch(config).watch(path, { timeoutSeconds: 1 }, () => undefined, resolve);
    });
    expect(ended).toBeNull();
  });
});

describe('an informer', () => {
  it('keeps up while every master is stopped in its turn', async () => {
    const names = new Set<string | undefined>();
    const connections = { made: 0 };
    const informer = makeInformer<V1ConfigMap>(
      config,
      path,
      () => core.listNamespacedConfigMap({ namespace, labelSelector: 'informa=si' }),
      'informa=si',
    );
    informer.on('add', (object) => names.add(object.metadata?.name));
    informer.on('delete', (object) => names.delete(object.metadata?.name));
    informer.on('connect', () => {
      connections.made++;
    });
    // As its manual says: after an error, it is started again.
    let stopped = false;
    const start = (): Promise<void> => (stopped ? Promise.resolve() : informer.start().catch(() => again()));
    const again = (): void => {
      setTimeout(() => void start(), 50);
    };
    informer.on('error', again);
    await create('antes', { informa: 'si' });
    await start();
    await vi.waitFor(() => expect([...names]).toEqual(['antes']), within);

    for (const master of [1, 2, 3]) {
      await here.cluster.fault(master, 'parar');
      const name = `sin-${master}`;
      // The leader may be the one that is gone.
      await vi.waitFor(() => create(name, { informa: 'si' }), within);
      await vi.waitFor(() => expect([...names]).toContain(name), within);
      await here.cluster.fault(master, 'arrancar');
      await vi.waitFor(() => expect(leaders()).toBe(1), within);
    }
    expect(connections.made).toBeGreaterThan(1);
    await core.deleteNamespacedConfigMap({ namespace, name: 'antes' });
    await vi.waitFor(() => expect([...names]).toEqual(['sin-1', 'sin-2', 'sin-3']), within);
    stopped = true;
    await informer.stop();
  });
});

const leaders = () =>
  here.cluster.status().masters.filter(({ role, reachable }) => role === 'leader' && reachable).length;
