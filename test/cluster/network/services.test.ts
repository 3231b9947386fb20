import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ask,
  createWorld,
  get,
  policies,
  saying,
  service,
  services,
  slice,
  slices,
  type TestPod,
  textOf,
  type World,
} from './world.ts';

let world: World;
let a: TestPod;
let b: TestPod;
let c: TestPod;
beforeEach(async () => {
  world = await createWorld();
  a = await world.pod('a', { node: 'nodo-1', serve: 8080 });
  b = await world.pod('b', { node: 'nodo-2', serve: 8080 });
  c = await world.pod('c', { node: 'nodo-3', serve: 8080 });
});
afterEach(async () => {
  await world.close();
  expect(world.troubles).toEqual([]);
});

async function answers(from: TestPod['net'], host: string, port = 80, times = 60): Promise<string> {
  const seen = new Set<string>();
  for (let i = 0; i < times; i++) seen.add(await ask(from, host, port));
  return [...seen].sort().join(' ');
}

const nodePort = (spec: object = {}) =>
  service('web', {
    type: 'NodePort',
    clusterIP: '10.0.7.7',
    ports: [{ port: 80, nodePort: 30080 }],
    ...spec,
  });

/** Never answers: a dropped packet is seen only after the time-out. */
async function isDropped(from: TestPod['net'], host: string, port = 80): Promise<boolean> {
  let result = 'waiting';
  void ask(from, host, port).then((text) => {
    result = text;
  });
  await world.clock.advance(120_000);
  const before = result;
  await world.clock.advance(10_000);
  return before === 'waiting' && result === 'ETIMEDOUT';
}

describe('a cluster IP', () => {
  test('spreads over all ready endpoints, and remembers clients only when asked to', async () => {
    await world.apply(services(), nodePort());
    await world.apply(slices(), slice('web', [{ pod: a }, { pod: b }, { pod: c }]));
    expect(await answers(a.net, 'web')).toBe('a b c');
    await world.apply(
      services(),
      nodePort({
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } },
      }),
    );
    const kept = await answers(a.net, 'web');
    expect(kept).toHaveLength(1);
    // Each use counts anew; a client that stays away for longer is a new one.
    for (let i = 0; i < 3; i++) {
      await world.clock.advance(90_000);
      expect(await ask(a.net, 'web', 80)).toBe(kept);
    }
    const later = new Set<string>();
    for (let i = 0; i < 30; i++) {
      await world.clock.advance(101_000);
      later.add(await ask(a.net, 'web', 80));
    }
    expect([...later].sort()).toEqual(['a', 'b', 'c']);
  });

  test('has only the ports of its Service: others are never answered', async () => {
    await world.apply(services(), nodePort());
    await world.apply(slices(), slice('web', [{ pod: b }]));
    expect(await isDropped(a.net, '10.0.7.7', 81)).toBe(true);
    expect(await isDropped(a.net, '10.0.7.99', 80)).toBe(true);
  });

  test('shows a Pod that reaches itself its node', async () => {
    await world.apply(services(), nodePort());
    await world.apply(slices(), slice('web', [{ pod: a }]));
    expect((await a.net.http('web', 80, get())).headers['x-peer']).toBe('192.168.0.11');
    expect((await b.net.http('web', 80, get())).headers['x-peer']).toBe(b.ip);
  });

  test('with internalTrafficPolicy Local stays on the node, or drops', async () => {
    await world.apply(
      services(),
      nodePort({ type: 'ClusterIP', ports: [{ port: 80 }], internalTrafficPolicy: 'Local' }),
    );
    await world.apply(slices(), slice('web', [{ pod: a }, { pod: b }]));
    expect(await answers(a.net, 'web')).toBe('a');
    expect(await isDropped(c.net, 'web')).toBe(true);
    await world.apply(slices(), slice('web', []));
    expect(await ask(c.net, 'web', 80)).toBe('ECONNREFUSED');
  });

  test('keeps serving with endpoints that are terminating while no other is ready', async () => {
    await world.apply(services(), nodePort());
    const leaving = { ready: false, serving: true, terminating: true };
    await world.apply(slices(), slice('web', [{ pod: a, ...leaving }, { pod: b }, { pod: c, ready: false }]));
    expect(await answers(a.net, 'web')).toBe('b');
    await world.apply(
      slices(),
      slice('web', [
        { pod: a, ...leaving },
        { pod: c, ready: false },
      ]),
    );
    expect(await answers(b.net, 'web')).toBe('a');
  });

  test('stays in its zone when every endpoint has hints', async () => {
    await world.apply(services(), nodePort());
    const hinted = [
      { pod: a, zones: ['zona-1', 'zona-3'] },
      { pod: b, zones: ['zona-2'] },
    ];
    await world.apply(slices(), slice('web', hinted));
    expect(await answers(a.net, 'web')).toBe('a');
    expect(await answers(b.net, 'web')).toBe('b');
    expect(await answers(c.net, 'web')).toBe('a');
    await world.apply(slices(), slice('web', [...hinted, { pod: c }]));
    expect(await answers(a.net, 'web')).toBe('a b c');
  });
});

describe('a node port', () => {
  test('answers on every node, also on those without endpoints', async () => {
    await world.apply(services(), nodePort());
    await world.apply(slices(), slice('web', [{ pod: b }]));
    for (const ip of ['192.168.0.11', '192.168.0.12', '192.168.0.13'])
      expect(await ask(a.net, ip, 30080)).toBe('b');
    expect(await ask(world.network.host('nodo-1'), '127.0.0.1', 30080)).toBe('b');
    expect(await ask(a.net, '127.0.0.1', 30080)).toBe('ECONNREFUSED');
    expect(await ask(a.net, '192.168.0.12', 30081)).toBe('ECONNREFUSED');
    await world.apply(slices(), slice('web', []));
    expect(await ask(a.net, '192.168.0.12', 30080)).toBe('ECONNREFUSED');
  });

  test('with externalTrafficPolicy Local keeps outsiders on the node, but not Pods', async () => {
    await world.apply(services(), nodePort({ externalTrafficPolicy: 'Local' }));
    await world.apply(slices(), slice('web', [{ pod: b }]));
    const outsider = world.network.machine('192.168.0.200');
    const seen = await outsider.http('192.168.0.12', 30080, get());
    expect(seen.headers['x-peer']).toBe('192.168.0.200');
    expect(await isDropped(outsider, '192.168.0.11', 30080)).toBe(true);
    expect(await ask(a.net, '192.168.0.11', 30080)).toBe('b');
    // From one node to another a Pod goes by its node's address, and nobody changes that any more.
    expect((await c.net.http('192.168.0.12', 30080, get())).headers['x-peer']).toBe(
      `192.168.0.1${c.node.at(-1)}`,
    );
    await world.apply(services(), nodePort({ externalTrafficPolicy: 'Cluster' }));
    expect((await outsider.http('192.168.0.11', 30080, get())).headers['x-peer']).toBe('192.168.0.11');
  });
});

describe('a load balancer Service', () => {
  const balanced = (spec: object = {}) =>
    nodePort({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', ...spec });

  test('tells balancers on which nodes its endpoints are', async () => {
    await world.apply(services(), balanced({ healthCheckNodePort: 31000 }));
    await world.apply(slices(), slice('web', [{ pod: b }, { pod: c, ready: false }]));
    const statuses = [];
    for (const last of [11, 12, 13]) {
      const answer = await a.net.http(`192.168.0.${last}`, 31000, get('/healthz'));
      statuses.push(`${answer.status} ${JSON.parse(textOf(answer)).localEndpoints}`);
    }
    expect(statuses).toEqual(['503 0', '200 1', '503 0']);
    expect(world.network.rulesOf('nodo-1')).toContain('health check node port');
  });

  test('takes only who may come', async () => {
    await world.apply(services(), balanced({ loadBalancerSourceRanges: ['10.244.1.0/24'] }));
    await world.apply(slices(), slice('web', [{ pod: b }]));
    await world.client.patch(
      { group: '', version: 'v1', plural: 'services' },
      'shop',
      'web',
      'merge',
      {
        status: { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } },
      },
      { subresource: 'status' },
    );
    await world.clock.advance(1);
    expect(await ask(a.net, '203.0.113.5', 80)).toBe('b');
    expect(await isDropped(c.net, '203.0.113.5', 80)).toBe(true);
    const rules = world.network.rulesOf('nodo-1');
    expect(rules).toMatch(/-A KUBE-FW-\w+ -s 10\.244\.1\.0\/24 .* -j KUBE-EXT-/);
    expect(rules).toMatch(/-A KUBE-PROXY-FIREWALL -d 203\.0\.113\.5\/32 .* -j DROP/);
  });
});

describe('other ways in', () => {
  test('external IPs and load balancer addresses lead to the Service from inside', async () => {
    await world.apply(services(), nodePort({ externalIPs: ['198.51.100.7'] }));
    await world.apply(slices(), slice('web', [{ pod: b }]));
    expect(await ask(a.net, '198.51.100.7', 80)).toBe('b');
    await world.apply(services(), service('wob', { clusterIP: '10.0.7.8', externalIPs: ['198.51.100.7'] }));
    expect(await ask(a.net, '198.51.100.7', 80)).toBe('b');
    await world.remove(`${services()}/web`);
    expect(await ask(a.net, '198.51.100.7', 80)).toBe('ECONNREFUSED');
  });

  test('a host port leads to its Pod, once on each node', async () => {
    const network = { hostPorts: [{ hostPort: 8888, containerPort: 80, protocol: 'TCP' as const }] };
    const d = await world.pod('d', { node: 'nodo-2', serve: 80, network });
    expect(await ask(a.net, '192.168.0.12', 8888)).toBe('d');
    expect(await ask(world.network.host('nodo-2'), '127.0.0.1', 8888)).toBe('d');
    await expect(world.pod('e', { node: 'nodo-2', network })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    d.net.close();
    expect(await ask(a.net, '192.168.0.12', 8888)).toBe('ECONNREFUSED');
  });

  test('a Pod of the node network has the address and the ports of its node', async () => {
    const d = await world.pod('d', { node: 'nodo-2', serve: 9100, network: { hostNetwork: true } });
    expect(d.ip).toBe('192.168.0.12');
    expect(await ask(a.net, '192.168.0.12', 9100)).toBe('d');
    expect((await d.net.http(a.ip, 8080, get())).headers['x-peer']).toBe('192.168.0.12');
    const host = world.network.host('nodo-2');
    expect(host.listening()).toEqual([{ port: 9100, protocol: 'TCP', loopback: false }]);
    expect(() => host.listen(9100, saying('x'))).toThrow('address already in use');
    host.listen(9101, saying('kubelet'));
    d.net.close();
    expect(host.listening().map(({ port }) => port)).toEqual([9101]);
  });

  test('outside the cluster there is nothing, and the error says why', async () => {
    await expect(a.net.http('8.8.8.8', 80, get())).rejects.toThrow('nothing leaves this machine');
    let gone = '';
    void ask(a.net, '10.244.2.99', 80).then((code) => {
      gone = code;
    });
    await world.clock.advance(3_000);
    expect(gone).toBe('EHOSTUNREACH');
  });
});

describe('a node', () => {
  test('that is cut off or switched off is not reached, and keeps its old rules while it is', async () => {
    await world.apply(services(), nodePort());
    await world.apply(slices(), slice('web', [{ pod: a }]));
    world.network.setNode('nodo-1', 'isolated');
    await world.apply(slices(), slice('web', [{ pod: b }]));
    expect(await answers(a.net, 'web')).toBe('a');
    expect(await answers(c.net, 'web')).toBe('b');
    expect(world.network.rulesOf('nodo-1')).toContain('-> 10.244.1.2:8080');
    expect(world.network.rulesOf('nodo-3')).not.toContain('-> 10.244.1.2:8080');
    expect(await isDropped(c.net, a.ip, 8080)).toBe(true);
    expect(await isDropped(a.net, b.ip, 8080)).toBe(true);
    world.network.setNode('nodo-1', 'up');
    expect(await answers(a.net, 'web')).toBe('b');
    world.network.setNode('nodo-2', 'off');
    expect(await isDropped(a.net, 'web')).toBe(true);
    expect(await isDropped(world.network.host('nodo-2'), b.ip, 8080)).toBe(true);
  });

  test('whose kube-proxy is stopped sends connections where nobody is', async () => {
    await world.apply(services(), nodePort());
    await world.apply(slices(), slice('web', [{ pod: b }]));
    world.network.setProxy('nodo-1', false);
    await world.apply(slices(), slice('web', [{ pod: c }]));
    expect(await answers(a.net, 'web')).toBe('b');
    world.network.setNode('nodo-1', 'isolated');
    world.network.setNode('nodo-1', 'up');
    expect(await answers(a.net, 'web')).toBe('b');
    world.network.setProxy('nodo-1', true);
    expect(await answers(a.net, 'web')).toBe('c');
  });
});

describe('ping', () => {
  test('is answered by Pods and machines, never by a cluster address', async () => {
    await world.apply(services(), nodePort());
    await world.apply(slices(), slice('web', [{ pod: b }]));
    const ping = async (host: string) => {
      let result = 'waiting';
      void a.net.ping?.(host).then(
        (ip) => {
          result = ip;
        },
        (error: { code: string }) => {
          result = error.code;
        },
      );
      await world.clock.advance(10_000);
      return result;
    };
    expect(await ping(b.ip)).toBe(b.ip);
    expect(await ping('192.168.0.13')).toBe('192.168.0.13');
    expect(await ping('localhost')).toBe('127.0.0.1');
    expect(await ping('web')).toBe('ETIMEDOUT');
    expect(await ping('wob')).toBe('ENOTFOUND');
    expect(await ping('10.244.2.99')).toBe('EHOSTUNREACH');
    expect(await ping('8.8.8.8')).toBe('EHOSTUNREACH');
    const deny = (ports: object) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'some' },
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [ports] },
    });
    await world.apply(policies(), deny({ ports: [{ port: 8080 }] }));
    expect(await ping(b.ip)).toBe('ETIMEDOUT');
    await world.apply(policies(), deny({}));
    expect(await ping(b.ip)).toBe(b.ip);
    world.network.setNode('nodo-2', 'isolated');
    expect(await ping(b.ip)).toBe('ETIMEDOUT');
  });
});

describe('attaching', () => {
  test('waits for the range of the node', () => {
    const pod = {
      node: 'nodo-9',
      namespace: 'shop',
      name: 'x',
      uid: 'x',
      resolver: { nameservers: [], searches: [], ndots: 5 },
    };
    expect(() => world.network.attach(pod)).toThrow('cni plugin not initialized');
  });
});
