import { beforeEach, describe, expect, it } from 'vitest';
import { configMaps, type TestServer, testServer } from '../../../helpers/apiServer.ts';

let t: TestServer;
const url = '/api/v1/namespaces/default/services';
const service = (name: string, spec = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});
interface Spec {
  readonly clusterIP: string;
  readonly ports: { readonly nodePort?: number }[];
}
const create = (name: string, spec = {}, query = '') =>
  t.send('POST', url + query, { body: service(name, spec) });
const specOf = (body: unknown) => (body as { spec: Spec }).spec;
const taken = () => t.store.count('/ranges/');

beforeEach(async () => {
  t = await testServer();
});

describe('the addresses of Services', () => {
  it('begin with the one of the API itself', async () => {
    const { body } = await t.send('GET', `${url}/kubernetes`);
    expect(specOf(body)).toMatchObject({
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ports: [{ port: 443 }],
    });
    expect(taken()).toBe(1);
  });

  it('are of the range, and go back to it with the Service', async () => {
    const { body } = await create('a', { type: 'NodePort' });
    expect(specOf(body).clusterIP).toMatch(/^10\.0\.\d+\.\d+$/);
    const port = specOf(body).ports[0]?.nodePort ?? 0;
    expect(port).toBeGreaterThanOrEqual(30000);
    expect(port).toBeLessThanOrEqual(32767);
    expect(taken()).toBe(3);
    await t.send('DELETE', `${url}/a`);
    expect(taken()).toBe(1);
    const again = await create('b', {
      type: 'NodePort',
      clusterIP: specOf(body).clusterIP,
      ports: [{ port: 80, nodePort: port }],
    });
    expect(again.code).toBe(201);
  });

  it.each([
    [
      { clusterIP: '192.168.1.1' },
      'failed to allocate IP 192.168.1.1: the provided IP (192.168.1.1) is not in the valid range. The range of valid IPs is 10.0.0.0/16',
    ],
    [{ clusterIP: '10.0.0.1' }, 'failed to allocate IP 10.0.0.1: provided IP is already allocated'],
    [{ clusterIP: '10.0.0.0' }, 'is not in the valid range'],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },
      'provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 30999 }] },
      'spec.ports[0].nodePort: Invalid value: 30999: provided port is already allocated',
    ],
  ])('refuse %j', async (spec, message) => {
    await create('otro', { type: 'NodePort', ports: [{ port: 80, nodePort: 30999 }] });
    const before = taken();
    const { code, body } = await create('a', spec);
    expect(code).toBe(422);
    expect(body.message).toContain(message);
    expect(taken()).toBe(before);
  });

  it('are answered by a dry run, and not taken', async () => {
    const { body } = await create('a', {}, '?dryRun=All');
    expect(specOf(body).clusterIP).toMatch(/^10\.0\./);
    expect(taken()).toBe(1);
  });

  it('follow the type of the Service', async () => {
    await create('a', { type: 'NodePort' });
    const patch = async (spec: unknown) =>
      specOf(
        (
          await t.send('PATCH', `${url}/a`, {
            body: { spec },
            headers: { 'content-type': 'application/merge-patch+json' },
          })
        ).body,
      );
    const before = specOf((await t.send('GET', `${url}/a`)).body).clusterIP;
    const plain = await patch({ type: 'ClusterIP' });
    expect(plain.clusterIP).toBe(before);
    expect(plain.ports[0]?.nodePort).toBeUndefined();
    expect(taken()).toBe(2);
    await patch({ type: 'ExternalName', externalName: 'a.b' });
    expect(taken()).toBe(1);
  });

  it('are never given twice, however many ask at once', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => create(`s${i}`, { type: 'NodePort' })));
    const { body } = await t.send('GET', url);
    const all = (body as unknown as { items: { spec: Spec }[] }).items.map(({ spec }) => spec);
    expect(new Set(all.map(({ clusterIP }) => clusterIP)).size).toBe(41);
    const ports = all.flatMap(({ ports }) => ports.flatMap(({ nodePort }) => nodePort ?? []));
    expect(new Set(ports).size).toBe(40);
    expect(taken()).toBe(81);
    expect((await t.send('GET', configMaps())).code).toBe(200);
  });

  it('include the port of health checks, which must be free and of the range', async () => {
    const local = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
    const refused = await create('a', { ...local, healthCheckNodePort: 1 });
    expect([refused.code, refused.body.message]).toEqual([
      500,
      'Internal error occurred: failed to allocate requested HealthCheck NodePort 1: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ]);
    expect((await create('b', { ...local, healthCheckNodePort: 30123 })).code).toBe(201);
    expect((await create('c', { ...local, healthCheckNodePort: 30123 })).body.message).toMatch(
      /provided port is already allocated$/,
    );
    const labelled = await t.send('PATCH', `${url}/b`, {
      body: { metadata: { labels: { a: 'b' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(labelled.code).toBe(200);
    expect((await create('d', local)).code).toBe(201);
  });
});
