import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/object.ts';
import { curl, freePort, opened } from './curl.ts';
import { createWorld, service, services, slice, slices, type TestPod, type World } from './world.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.troubles).toEqual([]);
});

async function nodePort(pods: readonly TestPod[], spec: object = {}, port = 0): Promise<number> {
  const chosen = port === 0 ? await freePort() : port;
  await world.apply(
    services(),
    service('web', { type: 'NodePort', ports: [{ port: 80, targetPort: 8080, nodePort: chosen }], ...spec }),
  );
  await world.apply(
    slices(),
    slice(
      'web',
      pods.map((pod) => ({ pod })),
    ),
  );
  await opened(world.network);
  return chosen;
}

const count = (texts: readonly string[]) => {
  const counts: { [text: string]: number } = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
};

async function threePods(): Promise<readonly TestPod[]> {
  return [
    await world.pod('a', { node: 'nodo-1', serve: 8080 }),
    await world.pod('b', { node: 'nodo-2', serve: 8080 }),
    await world.pod('c', { node: 'nodo-3', serve: 8080 }),
  ];
}

describe('a node port on this machine', () => {
  test('spreads a thousand connections evenly over three Pods', async () => {
    world = await createWorld({ realPorts: true });
    const port = await nodePort(await threePods());
    const texts: string[] = [];
    for (let i = 0; i < 40; i++) {
      const answers = await Promise.all(Array.from({ length: 25 }, () => curl(port)));
      texts.push(...answers.map(({ text }) => text));
    }
    const counts = count(texts);
    expect(Object.keys(counts).sort()).toEqual(['a', 'b', 'c']);
    for (const times of Object.values(counts)) expect(Math.abs(times - 1000 / 3)).toBeLessThan(1000 / 30);
  });

  test('keeps the requests of one connection together', async () => {
    world = await createWorld({ realPorts: true });
    const port = await nodePort(await threePods());
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const texts: string[] = [];
    for (let i = 0; i < 20; i++) texts.push((await curl(port, { agent })).text);
    agent.destroy();
    expect(new Set(texts).size).toBe(1);
  });

  test('leaves out a Pod from the moment its slice says that it is not ready', async () => {
    world = await createWorld({ realPorts: true });
    const [a, b, c] = await threePods();
    if (!a || !b || !c) throw new Error('three');
    const port = await nodePort([a, b, c]);
    await world.apply(slices(), slice('web', [{ pod: a }, { pod: b, ready: false }, { pod: c }]));
    const texts = await Promise.all(Array.from({ length: 100 }, () => curl(port)));
    expect(Object.keys(count(texts.map(({ text }) => text))).sort()).toEqual(['a', 'c']);
    await world.apply(slices(), slice('web', [{ pod: a, ready: false }]));
    await expect(curl(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('with policy Local enters where an endpoint is, and shows it the client', async () => {
    world = await createWorld({ realPorts: true });
    const pods = await threePods();
    const port = await nodePort(pods.slice(1, 2), { externalTrafficPolicy: 'Local' });
    for (let i = 0; i < 20; i++) expect((await curl(port)).headers['x-peer']).toBe('192.168.0.1');
    await nodePort(pods.slice(1, 2), {}, port);
    expect((await curl(port)).headers['x-peer']).toMatch(/^192\.168\.0\.1[123]$/);
  });

  test('does not enter through a node that is off', async () => {
    world = await createWorld({ realPorts: true });
    const pods = await threePods();
    const port = await nodePort(pods.slice(2));
    world.network.setNode('nodo-1', 'off');
    for (let i = 0; i < 10; i++) expect((await curl(port)).headers['x-peer']).toMatch(/^192\.168\.0\.1[23]$/);
  });

  test('that somebody else has is told in an Event, tried again, and opened when it is free', async () => {
    world = await createWorld({ realPorts: true });
    const pods = await threePods();
    const other = net.createServer();
    const taken = await freePort();
    await new Promise<void>((resolve) => other.listen(taken, '127.0.0.1', resolve));
    const port = await nodePort(pods, {}, taken);
    expect(world.network.ports()).toMatchObject([
      {
        kind: 'node port',
        service: 'shop/web',
        wanted: taken,
        state: { state: 'taken', code: 'EADDRINUSE' },
      },
    ]);
    expect(world.network.ports()[0]?.trouble).toContain('ya lo usa otro programa');
    await world.clock.advance(6_000);
    const events = await world.client.list<KubeObject & { reason: string }>({
      group: '',
      version: 'v1',
      plural: 'events',
    });
    expect(events.items.map(({ reason }) => reason)).toEqual(['NodePortUnavailable']);
    await new Promise((resolve) => other.close(resolve));
    while (world.network.ports()[0]?.state.state === 'taken') await world.clock.advance(6_000);
    expect((await curl(port)).status).toBe(200);
  });

  test('takes hostile bytes, resets and clients that say nothing without harm', async () => {
    world = await createWorld({ realPorts: true });
    const port = await nodePort(await threePods());
    const talk = (bytes: Uint8Array) =>
      new Promise<string>((resolve) => {
        const socket = net.connect(port, '127.0.0.1');
        let text = '';
        socket.on('data', (part) => {
          text += String(part);
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(text));
        socket.write(bytes, () => {
          if (bytes.length === 1) socket.resetAndDestroy();
        });
      });
    expect(await talk(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 13, 10]))).toContain('400 Bad Request');
    expect(await talk(Buffer.from(`GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(9000)}`))).toContain('431');
    expect(await talk(Buffer.from('GET /\0 HTTP/1.1\r\n\r\n'))).toContain('400 Bad Request');
    expect(await talk(Buffer.from('G'))).toBe('');
    const silent = net.connect(port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    expect((await curl(port)).status).toBe(200);
  });

  test('loses no request while Pods are replaced one by one, when each leaves its slice first', async () => {
    world = await createWorld({ realPorts: true });
    let live = [...(await threePods())];
    const port = await nodePort(live);
    const results: string[] = [];
    let running = true;
    const load = async () => {
      while (running)
        results.push(
          await curl(port).then(
            ({ status }) => String(status),
            (error) => error.code,
          ),
        );
    };
    const clients = [load(), load(), load(), load()];
    for (let i = 0; i < 6; i++) {
      const next = await world.pod(`next-${i}`, { node: `nodo-${(i % 3) + 1}`, serve: 8080 });
      const [leaving, ...rest] = live;
      live = [...rest, next];
      await world.apply(
        slices(),
        slice(
          'web',
          live.map((pod) => ({ pod })),
        ),
      );
      // What a preStop sleep is for: what was under way ends.
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      leaving?.net.close();
    }
    running = false;
    await Promise.all(clients);
    expect(results.length).toBeGreaterThan(10);
    expect(new Set(results)).toEqual(new Set(['200']));
    // Written wrong, the Pod goes while its address is still in the slice.
    live[0]?.net.close();
    const wrong: string[] = [];
    const attempt = () =>
      curl(port).then(
        () => wrong.push('ok'),
        () => wrong.push('lost'),
      );
    void Promise.all(Array.from({ length: 60 }, attempt));
    while (wrong.length < 60) await world.clock.advance(1_000);
    expect(new Set(wrong)).toEqual(new Set(['ok', 'lost']));
  });
});

describe('a load balancer on this machine', () => {
  test('is there only when asked for, by the cluster or by its class', async () => {
    world = await createWorld({ realPorts: true });
    const pods = await threePods();
    await nodePort(pods, { type: 'LoadBalancer' });
    const { status } = await world.client.get<KubeObject & { status: unknown }>(
      { group: '', version: 'v1', plural: 'services' },
      'shop',
      'web',
    );
    expect(status).toEqual({ loadBalancer: {} });
    await world.apply(
      services(),
      service('ours', { type: 'LoadBalancer', loadBalancerClass: 'curso-k8s/loopback' }),
    );
    const lists = () => world.network.ports().filter(({ kind }) => kind === 'load balancer');
    await opened(world.network);
    expect(lists()).toMatchObject([{ service: 'shop/ours:80', state: { state: 'open' } }]);
  });

  test('listens on the port of its Service, says so in its status, and leaves with its type', async () => {
    world = await createWorld({ realPorts: true, loadBalancers: true });
    const pods = await threePods();
    const own = await freePort();
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    const ports = [
      { name: 'taken', port: taken, targetPort: 8080 },
      { name: 'high', port: own, targetPort: 8080 },
      { name: 'low', port: 80, targetPort: 8080 },
    ];
    await nodePort([], { type: 'LoadBalancer', ports });
    const slicePorts = ports.map(({ name }) => ({ name, port: 8080, protocol: 'TCP' }));
    await world.apply(
      slices(),
      slice(
        'web',
        pods.map((pod) => ({ pod })),
        slicePorts,
      ),
    );
    const read = () =>
      world.client.get<KubeObject & { status: unknown }>(
        { group: '', version: 'v1', plural: 'services' },
        'shop',
        'web',
      );
    while ((await read()).metadata.annotations === undefined) await world.clock.advance(10);
    await world.clock.advance(10);
    const { metadata, status } = await read();
    expect(status).toMatchObject({ loadBalancer: { ingress: [{ ip: '127.0.0.1', ipMode: 'Proxy' }] } });
    const note = metadata.annotations?.['curso-k8s/puertos-locales'] ?? '';
    const moved = note.split(',').map((one) => one.split('=').map(Number));
    expect(moved.map(([from]) => from)).toEqual([taken, 80]);
    for (const port of [own, ...moved.map(([, to]) => to ?? 0)]) expect((await curl(port)).status).toBe(200);
    await nodePort(pods, { type: 'ClusterIP', ports: [{ port: 80 }] }, 1);
    await world.clock.advance(1_000);
    expect((await read()).status).toEqual({ loadBalancer: {} });
    await expect(curl(own)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await new Promise((resolve) => other.close(resolve));
  });
});
