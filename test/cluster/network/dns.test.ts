import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DnsType } from '../../../src/cluster/network/contract.ts';
import { createWorld, service, services, slice, slices, type TestPod, type World } from './world.ts';

let world: World;
let client: TestPod;

beforeAll(async () => {
  world = await createWorld();
  client = await world.pod('client');
  const db0 = await world.pod('db-0', { node: 'nodo-2' });
  const db1 = await world.pod('db-1', { node: 'nodo-3' });
  const slow = await world.pod('slow');
  const named = [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ];
  await world.apply(
    services(),
    service('web', { clusterIP: '10.0.7.7', ports: named }),
    service('db', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] }),
    service('empty', { clusterIP: 'None' }),
    service('portless', { clusterIP: 'None', ports: [] }),
    service('out', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local', ports: [] }),
    service('far', { type: 'ExternalName', externalName: 'example.com', ports: [] }),
  );
  await world.apply(services('other'), service('web', { clusterIP: '10.0.8.8' }));
  await world.apply(
    slices(),
    slice(
      'db',
      [
        { pod: db0, hostname: 'db-0' },
        { pod: db1, hostname: 'db-1' },
        { pod: slow, ready: false, hostname: 'slow' },
      ],
      [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    ),
    slice('portless', [{ pod: db0 }], []),
    slice('web', [{ pod: db1 }], [{ name: 'http', port: 8080, protocol: 'TCP' }]),
  );
});
afterAll(() => world.close());

const query = async (name: string, type: DnsType = 'A') => {
  const { rcode, records } = await client.net.query(name, type);
  return `${rcode} ${records
    .map((record) => record.value)
    .sort()
    .join(' | ')}`.trim();
};

describe('names of the cluster, as CoreDNS answers', () => {
  test.each<[string, DnsType, string]>([
    ['web.shop.svc.cluster.local', 'A', 'NOERROR 10.0.7.7'],
    ['WEB.Shop.svc.Cluster.local', 'A', 'NOERROR 10.0.7.7'],
    ['web.other.svc.cluster.local', 'A', 'NOERROR 10.0.8.8'],
    ['web.shop.svc.cluster.local', 'AAAA', 'NOERROR'],
    ['web.nowhere.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['nothing.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['shop.svc.cluster.local', 'A', 'NOERROR'],
    ['nowhere.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['svc.cluster.local', 'A', 'NOERROR'],
    ['cluster.local', 'A', 'NOERROR'],
    ['x.cluster.local', 'A', 'NXDOMAIN'],
    ['db.shop.svc.cluster.local', 'A', 'NOERROR 10.244.2.2 | 10.244.3.2'],
    ['db-0.db.shop.svc.cluster.local', 'A', 'NOERROR 10.244.2.2'],
    ['slow.db.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['empty.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['portless.shop.svc.cluster.local', 'A', 'NOERROR 10.244.2.2'],
    ['10-244-3-2.web.shop.svc.cluster.local', 'A', 'NOERROR 10.244.3.2'],
    ['_http._tcp.web.shop.svc.cluster.local', 'SRV', 'NOERROR 0 100 80 web.shop.svc.cluster.local'],
    ['_http._udp.web.shop.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    [
      'web.shop.svc.cluster.local',
      'SRV',
      'NOERROR 0 50 53 web.shop.svc.cluster.local | 0 50 80 web.shop.svc.cluster.local',
    ],
    [
      '_sql._tcp.db.shop.svc.cluster.local',
      'SRV',
      'NOERROR 0 50 5432 db-0.db.shop.svc.cluster.local | 0 50 5432 db-1.db.shop.svc.cluster.local',
    ],
    ['out.shop.svc.cluster.local', 'CNAME', 'NOERROR web.shop.svc.cluster.local'],
    ['out.shop.svc.cluster.local', 'A', 'NOERROR 10.0.7.7 | web.shop.svc.cluster.local'],
    ['far.shop.svc.cluster.local', 'A', 'NOERROR example.com'],
    ['10-9-8-7.shop.pod.cluster.local', 'A', 'NOERROR 10.9.8.7'],
    ['10-9-8-7.nowhere.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['ten.shop.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['7.7.0.10.in-addr.arpa', 'PTR', 'NOERROR web.shop.svc.cluster.local'],
    [
      '2.2.244.10.in-addr.arpa',
      'PTR',
      'NOERROR 10-244-2-2.portless.shop.svc.cluster.local | db-0.db.shop.svc.cluster.local',
    ],
    ['9.9.9.10.in-addr.arpa', 'PTR', 'NXDOMAIN'],
    ['example.com', 'A', 'NXDOMAIN'],
    ['__proto__.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['', 'A', 'NXDOMAIN'],
  ])('%s %s → %s', async (name, type, expected) => {
    expect(await query(name, type)).toBe(expected);
  });

  test('come in any order', async () => {
    const orders = new Set<string>();
    for (let i = 0; i < 40; i++) orders.add((await client.net.resolve('db')).values.join());
    expect(orders.size).toBe(2);
  });
});

describe('the search list', () => {
  test.each([
    ['web', 'web.shop.svc.cluster.local'],
    ['web.other', 'web.other.svc.cluster.local'],
    ['web.other.svc', 'web.other.svc.cluster.local'],
    ['web.other.svc.cluster.local', 'web.other.svc.cluster.local'],
    ['web.other.svc.cluster.local.', 'web.other.svc.cluster.local'],
    ['db-1.db', 'db-1.db.shop.svc.cluster.local'],
  ])('%s is %s', async (asked, found) => {
    expect((await client.net.resolve(asked)).name).toBe(found);
  });

  test('does not complete a name with a final dot, and says what is wrong', async () => {
    await expect(client.net.resolve('web.')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(client.net.resolve('web', 'AAAA')).rejects.toThrow('it has no AAAA record');
    await expect(client.net.resolve('far')).rejects.toThrow('example.com, which is not in the cluster');
    await expect(client.net.resolve('example.com')).rejects.toThrow('no such name in the cluster');
    await expect(client.net.resolve('a..b')).rejects.toThrow('that is no name');
    await expect(client.net.resolve('x'.repeat(70))).rejects.toThrow('that is no name');
  });
});

describe('kube-dns', () => {
  test('answers through its Service once there is one: no endpoint, no names', async () => {
    const own = await createWorld();
    await own.apply('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'kube-system' },
    });
    const pod = await own.pod('a');
    const dns = await own.pod('coredns', { node: 'nodo-2', namespace: 'kube-system' });
    await own.apply(services(), service('web', { clusterIP: '10.0.7.7' }));
    expect((await pod.net.resolve('web')).values).toEqual(['10.0.7.7']);
    await own.apply(
      services('kube-system'),
      service('kube-dns', { clusterIP: '10.0.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] }),
    );
    await expect(pod.net.resolve('web')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
    const stop = dns.net.listen(53, { kind: 'dns' }, { protocol: 'UDP' });
    await own.apply(
      slices('kube-system'),
      slice('kube-dns', [{ pod: dns }], [{ name: 'dns', port: 53, protocol: 'UDP' }]),
    );
    expect((await pod.net.resolve('web')).values).toEqual(['10.0.7.7']);
    stop();
    await expect(pod.net.resolve('web')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
    own.network.setNode('nodo-2', 'off');
    const late = pod.net.resolve('web').catch((error: { code: string }) => error.code);
    await own.clock.advance(10_000);
    expect(await late).toBe('EAI_AGAIN');
    await own.close();
  });
});
