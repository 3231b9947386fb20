import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createWorld, service, services, slice, slices, type TestPod, type World } from './world.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.troubles).toEqual([]);
});

/** One of the range that is free now. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 30000 + (process.pid % 500) * 5 + tries++;
    const server = net.createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise<void>((resolve) => server.close(() => resolve()));
    return port;
  }
}
let tries = 0;

async function nodePort(pods: readonly TestPod[], spec: object = {}): Promise<number> {
  const port = await freePort();
  await world.apply(
    services(),
    service('web', { type: 'NodePort', ports: [{ port: 80, targetPort: 8080, nodePort: port }], ...spec }),
  );
  await world.apply(
    slices(),
    slice(
      'web',
      pods.map((pod) => ({ pod })),
    ),
  );
  await opened();
  return port;
}

/** The system opens ports on a time of its own. */
async function opened(): Promise<void> {
  while (world.network.ports().some(({ state }) => state.state === 'opening'))
    await new Promise((resolve) => setImmediate(resolve));
}

function curl(port: number, agent?: http.Agent): Promise<{ text: string; peer: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/', agent: agent ?? false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ text, peer: String(response.headers['x-peer']) }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
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
    for (let i = 0; i < 20; i++) texts.push((await curl(port, agent)).text);
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
});
