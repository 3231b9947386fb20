import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createWorld,
  policies,
  service,
  services,
  slice,
  slices,
  type TestPod,
  textOf,
  type World,
} from './world.ts';

let world: World;
let b: TestPod;
beforeEach(async () => {
  world = await createWorld();
  await world.pod('a');
  b = await world.pod('b', { node: 'nodo-2', labels: { app: 'web' }, serve: 8080 });
  await world.apply(services(), service('web', { clusterIP: '10.0.7.7' }));
});
afterEach(async () => {
  await world.close();
  expect(world.troubles).toEqual([]);
});
const from = { namespace: 'shop', name: 'a' };

describe('a probe', () => {
  test('tells the whole way of a request that is answered', async () => {
    await world.apply(slices(), slice('web', [{ pod: b }]));
    const { result, tries, name, ...rest } = await world.network.probe(from, 'web/x');
    expect(result.kind === 'answered' && textOf(result.response)).toBe('b');
    expect(name?.answer).toEqual({ name: 'web.shop.svc.cluster.local', values: ['10.0.7.7'], aliases: [] });
    expect(tries).toEqual([
      {
        address: '10.0.7.7:80',
        ended: 'arrived',
        seenAs: '10.244.1.2',
        steps: [
          {
            kind: 'rule',
            node: 'nodo-1',
            service: 'shop/web',
            via: 'cluster IP',
            outcome: 'endpoint',
            endpoints: ['10.244.2.2:8080'],
            chosen: '10.244.2.2:8080',
            why: undefined,
          },
          { kind: 'port', address: '10.244.2.2:8080', open: true },
        ],
      },
    ]);
    expect(rest).toEqual({ from: { ip: '10.244.1.2', node: 'nodo-1' }, host: 'web', port: 80, tookMs: 0 });
  });

  /** The last step and how it ended. */
  async function where(url: string): Promise<string> {
    let text = 'waiting';
    void world.network.probe(from, url).then(({ result, tries, name, tookMs }) => {
      const step = tries.at(-1)?.steps.at(-1);
      const code = result.kind === 'failed' ? result.code : result.response.status;
      text = [code, name?.code, step?.kind, tookMs].join(' ');
    });
    await world.clock.advance(30_000);
    return text;
  }

  test('tells where it stopped, and why', async () => {
    expect(await where('http://wob')).toBe('ENOTFOUND ENOTFOUND  0');
    expect(await where('http://web')).toBe('ECONNREFUSED  rule 0');
    await world.apply(slices(), slice('web', [{ pod: b }], [{ name: '', port: 80, protocol: 'TCP' }]));
    expect(await where('http://web')).toBe('ECONNREFUSED  port 0');
    expect(await where('http://web:81')).toBe('ETIMEDOUT  nobody 5000');
    expect(await where('http://10.244.2.77/')).toBe('EHOSTUNREACH  nobody 3000');
    expect(await where('http://8.8.8.8/')).toBe('EHOSTUNREACH  nobody 0');
    await world.apply(slices(), slice('web', [{ pod: b }]));
    expect(await where('http://web')).toBe('200  port 0');
    const deny = { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] };
    await world.apply(policies(), {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny' },
      spec: deny,
    });
    expect(await where('http://web')).toBe('ETIMEDOUT  policy 5000');
    await world.remove(`${policies()}/deny`);
    world.network.setNode('nodo-2', 'off');
    expect(await where('http://web')).toBe('ETIMEDOUT  cut 5000');
  });

  test('refuses what it cannot ask', async () => {
    const why = (pod: string, url: string) =>
      world.network.probe({ namespace: 'shop', name: pod }, url).catch((error: { why: string }) => error.why);
    expect(await why('nobody', 'http://web')).toBe('no such Pod');
    expect(await why('a', 'http://')).toBe('no URL');
    expect(await why('a', 'https://web')).toBe('only http');
    const given = new AbortController();
    given.abort(new Error('enough'));
    await expect(world.network.probe(from, '10.0.7.9', { signal: given.signal })).rejects.toThrow('enough');
  });
});
