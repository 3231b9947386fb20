import { beforeEach, describe, expect, it } from 'vitest';
import { discoveryRoutes } from '../../../../src/cluster/apiserver/discovery/routes.ts';
import { metricsApi } from '../../../../src/cluster/apiserver/metrics/metrics-api.ts';
import type { KubeObject } from '../../../../src/kube/object.ts';
import { type TestServer, testServer } from '../../../helpers/apiServer.ts';
import { type FakeNodes, fakeNodes } from '../../../helpers/fakeNodeAccess.ts';
import { makePod, seedNode } from '../../../helpers/streamServer.ts';

const base = '/apis/metrics.k8s.io/v1beta1';

let nodes: FakeNodes;
let api: TestServer;

beforeEach(async () => {
  nodes = fakeNodes();
  api = await testServer({
    parts: (host) => ({ routes: discoveryRoutes(host.catalog), ...metricsApi(nodes, host.reader) }),
  });
  await seedNode(api);
  await makePod(api, 'pan');
  await makePod(api, 'bollo');
  const uidOf = async (name: string) =>
    (await api.send('GET', `/api/v1/namespaces/default/pods/${name}`)).body.metadata.uid ?? '';
  const pods = await Promise.all(
    ['pan', 'bollo'].map(async (name, at) => ({
      pod: { namespace: 'default', name, uid: await uidOf(name) },
      containers: [{ name: 'c', cpuMilli: 1.5 + at, memoryBytes: 3_000_000 }],
    })),
  );
  const gone = { namespace: 'default', name: 'pan', uid: 'otro' };
  nodes.stats = (node) => ({
    node,
    atMs: Date.parse('2026-01-02T03:04:05Z'),
    windowMs: 15_120,
    cpuMilli: 250,
    memoryBytes: 1_048_576_000,
    pods: [...pods, { pod: gone, containers: [{ name: 'c', cpuMilli: 9, memoryBytes: 9 }] }],
  });
});

const items = (body: unknown) => (body as { items: (KubeObject & { containers?: unknown })[] }).items;

describe('metrics.k8s.io', () => {
  it('tells what nodes use', async () => {
    const { code, body } = await api.send('GET', `${base}/nodes`);
    expect(code).toBe(200);
    expect(body).toEqual({
      kind: 'NodeMetricsList',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: {},
      items: [
        {
          metadata: { name: 'nodo-1', creationTimestamp: '2026-01-02T03:04:05Z' },
          timestamp: '2026-01-02T03:04:05Z',
          window: '15.12s',
          usage: { cpu: '250000000n', memory: '1024000Ki' },
        },
      ],
    });
    expect((await api.send('GET', `${base}/nodes/nodo-1`)).body).toMatchObject({ kind: 'NodeMetrics' });
  });

  it('tells what the containers of each living Pod use, by name', async () => {
    const { body } = await api.send('GET', `${base}/namespaces/default/pods`);
    expect(items(body).map(({ metadata, containers }) => [metadata.name, containers])).toEqual([
      ['bollo', [{ name: 'c', usage: { cpu: '2500000n', memory: '2930Ki' } }]],
      ['pan', [{ name: 'c', usage: { cpu: '1500000n', memory: '2930Ki' } }]],
    ]);
    expect(items((await api.send('GET', `${base}/namespaces/otro/pods`)).body)).toEqual([]);
    expect(items((await api.send('GET', `${base}/pods`)).body)).toHaveLength(2);
  });

  it('selects by the labels of the Pods, and by name', async () => {
    const select = async (query: string) =>
      items((await api.send('GET', `${base}/pods?${query}`)).body).map(({ metadata }) => metadata.name);
    expect(await select('labelSelector=app%3Dpan')).toEqual(['pan']);
    expect(await select('fieldSelector=metadata.name%3Dbollo')).toEqual(['bollo']);
    expect((await api.send('GET', `${base}/pods?labelSelector=%3D`)).code).toBe(400);
  });

  it('knows nothing of what does not answer or is not there', async () => {
    const missing = await api.send('GET', `${base}/namespaces/default/pods/nada`);
    expect(missing.body.message).toBe('pods.metrics.k8s.io "default/nada" not found');
    nodes.off.set('nodo-1', 'dial tcp: off');
    expect(items((await api.send('GET', `${base}/nodes`)).body)).toEqual([]);
    expect((await api.send('GET', `${base}/nodes/nodo-1`)).body.message).toBe(
      'nodes.metrics.k8s.io "nodo-1" not found',
    );
  });

  it('cannot be written or watched, and prints as a table', async () => {
    expect((await api.send('POST', `${base}/namespaces/default/pods`, { body: {} })).code).toBe(405);
    expect((await api.send('GET', `${base}/nodes?watch=true`)).code).toBe(405);
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { body } = await api.send('GET', `${base}/pods`, { headers: { accept } });
    expect(body).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'cpu' }, { name: 'memory' }, { name: 'Window' }],
      rows: [
        { cells: ['bollo', '2500000n', '2930Ki', '15.12s'] },
        { cells: ['pan', '1500000n', '2930Ki', '15.12s'] },
      ],
    });
  });

  it('is discovered last of the built-in groups, with an APIService of its own', async () => {
    const groups = (await api.send('GET', '/apis')).body as unknown as { groups: { name: string }[] };
    expect(groups.groups.at(-1)?.name).toBe('metrics.k8s.io');
    const { body } = await api.send('GET', base);
    const { resources } = body as unknown as { resources: object[] };
    expect(resources).toMatchObject([
      { name: 'nodes', kind: 'NodeMetrics', namespaced: false, verbs: ['get', 'list'] },
      { name: 'pods', kind: 'PodMetrics', namespaced: true, verbs: ['get', 'list'] },
    ]);
    const service = await api.send(
      'GET',
      '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io',
    );
    expect(service.body).toMatchObject({ status: { conditions: [{ type: 'Available', status: 'True' }] } });
  });
});
