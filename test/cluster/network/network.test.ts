import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ask,
  createWorld,
  get,
  saying,
  service,
  services,
  slice,
  slices,
  textOf,
  type World,
} from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.close();
  expect(world.troubles).toEqual([]);
});

describe('addresses', () => {
  test('come from the range of the node, one after the other, and not at once again', async () => {
    const [a, b] = [await world.pod('a'), await world.pod('b')];
    const c = await world.pod('c', { node: 'nodo-2' });
    expect([a.ip, b.ip, c.ip]).toEqual(['10.244.1.2', '10.244.1.3', '10.244.2.2']);
    b.net.close();
    expect((await world.pod('d')).ip).toBe('10.244.1.4');
  });
});

describe('Pod to Pod', () => {
  test('reaches what listens, seen with its own address', async () => {
    const a = await world.pod('a');
    const b = await world.pod('b', { node: 'nodo-2', serve: 8080 });
    const answer = await a.net.http(b.ip, 8080, get());
    expect(textOf(answer)).toBe('b');
    expect(answer.headers['x-peer']).toBe(a.ip);
    expect(await ask(a.net, b.ip, 81)).toBe('ECONNREFUSED');
  });

  test('keeps loopback inside the Pod', async () => {
    const a = await world.pod('a');
    const b = await world.pod('b', { serve: 80 });
    b.net.listen(81, saying('inner'), { loopback: true });
    expect(await ask(b.net, '127.0.0.1', 81)).toBe('inner');
    expect(await ask(b.net, 'localhost', 80)).toBe('b');
    expect(await ask(a.net, b.ip, 81)).toBe('ECONNREFUSED');
    expect(() => b.net.listen(81, saying('x'))).toThrow('address already in use');
  });
});

describe('a Service', () => {
  test('is found by its name and leads to an endpoint', async () => {
    const a = await world.pod('a');
    const b = await world.pod('b', { node: 'nodo-2', serve: 8080 });
    await world.apply(services(), service('web', { clusterIP: '10.0.7.7' }));
    expect(await ask(a.net, 'web', 80)).toBe('ECONNREFUSED');
    await world.apply(slices(), slice('web', [{ pod: b }]));
    for (const name of ['web', 'web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local', '10.0.7.7'])
      expect(await ask(a.net, name, 80)).toBe('b');
    expect(await ask(a.net, 'wob', 80)).toBe('ENOTFOUND');
    await world.apply(slices(), slice('web', [{ pod: b, ready: false }]));
    expect(await ask(a.net, 'web', 80)).toBe('ECONNREFUSED');
  });
});
