import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../helpers/cluster.ts';
import { AdminClient } from './https-client.ts';

let test: TestCluster;
let client: AdminClient;
const pods = '/api/v1/namespaces/default/pods';

beforeAll(async () => {
  test = await startTestCluster({ masters: 3, nodes: 3 });
  client = new AdminClient(test.cluster.kubeconfig);
}, 90_000);
afterAll(async () => {
  client.close();
  await test.stop();
});

/** Asks until it holds; each question takes the time of an answer. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let n = 0; !(await holds()); n += 1) {
    if (n > 20_000) throw new Error('it never happened');
    await client.send('GET', '/version');
  }
}

interface PodView {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
const listed = async () => ((await client.send('GET', pods)).body.items ?? []) as readonly PodView[];
const nodeOf = (name: string) => test.cluster.status().nodes.find((node) => node.name === name);
const isReady = ({ status }: PodView) =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

describe('folder of static Pods', () => {
  it('runs what is put there, shows it with the node in its name, and tells of what is wrong', async () => {
    await until(() => nodeOf('nodo-1')?.ready === true);
    const folder = nodeOf('nodo-1')?.manifests ?? '';
    expect(folder).toBe(path.join(test.folder, 'cluster/nodos/nodo-1/manifests'));
    const file = path.join(folder, 'horno.yaml');
    const broken = path.join(folder, 'roto con espacios.yaml');
    await writeFile(broken, 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [\n');
    await writeFile(
      file,
      'apiVersion: v1\nkind: Pod\nmetadata: {name: horno}\nspec: {containers: [{name: c, image: nginx:1.29-alpine}]}\n',
    );
    await until(async () => (await listed()).some((pod) => pod.metadata.name === 'horno-nodo-1'));
    expect(test.cluster.status().notices).toEqual([
      expect.stringMatching(/roto con espacios\.yaml, línea \d+: /),
    ]);
    await rm(file);
    await rm(broken);
    await until(async () => (await listed()).length === 0 && test.cluster.status().notices.length === 0);
  }, 60_000);
});

describe('time that stands still', () => {
  it('keeps the members together through long jumps: a node dies and its Pods are replaced', async () => {
    const { cluster } = test;
    const created = await client.send('POST', '/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'web' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'c', image: 'nginx:1.29-alpine' }] },
        },
      },
    });
    expect(created.status).toBe(201);
    await until(async () => (await listed()).filter(isReady).length === 3);
    const doomed = (await listed()).find((pod) => pod.spec.nodeName === 'nodo-2')?.metadata.name;
    expect(doomed).toBeDefined();
    const terms = () => cluster.status().masters.map(({ term }) => term);
    const before = terms();
    await cluster.nodeFault('nodo-2', 'apagar');
    await cluster.time({ kind: 'pausar' });
    await cluster.time({ kind: 'avanzar', ms: 60_000 });
    expect(nodeOf('nodo-2')).toMatchObject({ ready: false, power: 'off' });
    expect([nodeOf('nodo-1')?.ready, nodeOf('nodo-3')?.ready]).toEqual([true, true]);
    await cluster.time({ kind: 'avanzar', ms: 360_000 });
    const alive = (await listed()).filter((pod) => isReady(pod) && pod.metadata.name !== doomed);
    expect(alive.map((pod) => pod.spec.nodeName).sort()).not.toContain('nodo-2');
    expect(alive).toHaveLength(3);
    expect(terms()).toEqual(before);
    await cluster.nodeFault('nodo-2', 'encender');
    await cluster.time({ kind: 'seguir' });
    await until(() => nodeOf('nodo-2')?.ready === true);
  }, 120_000);

  it('answers with a leader, says in time that there is none, and elects one step by step', async () => {
    const { cluster } = test;
    await cluster.time({ kind: 'pausar' });
    expect((await client.send('GET', pods)).status).toBe(200);
    const leader = cluster.status().masters.findIndex(({ role }) => role === 'leader') + 1;
    await cluster.fault(leader, 'parar');
    const shown = cluster.status().time;
    client.close();
    client = new AdminClient(cluster.kubeconfig);
    const refused = await client.send('GET', pods);
    expect(refused).toMatchObject({
      status: 504,
      body: { message: expect.stringMatching(/^etcdserver: request timed out/) },
    });
    expect(cluster.status().time).toBe(shown);
    for (let n = 0; !cluster.status().masters.some(({ role }) => role === 'leader'); n += 1) {
      if (n > 100) throw new Error('nobody was elected');
      await cluster.time({ kind: 'avanzar', ms: 100 });
    }
    expect((await client.send('GET', pods)).status).toBe(200);
    await cluster.fault(leader, 'arrancar');
    await cluster.time({ kind: 'seguir' });
    await until(() => cluster.status().masters.every(({ reachable }) => reachable));
  }, 60_000);
});
