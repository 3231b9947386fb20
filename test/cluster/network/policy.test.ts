import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  compilePolicy,
  type PolicyPod,
  type PolicySide,
} from '../../../src/cluster/network/policy/compiled.ts';
import type { NetworkPolicy } from '../../../src/kube/api/networking-v1.ts';
import {
  ask,
  createWorld,
  policies,
  service,
  services,
  slice,
  slices,
  type TestPod,
  type World,
} from './world.ts';

const policy = (name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
});
const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });

describe('NetworkPolicies', () => {
  let world: World;
  let web: TestPod;
  let db: TestPod;
  let other: TestPod;
  beforeEach(async () => {
    world = await createWorld();
    web = await world.pod('web', { labels: { app: 'web' }, serve: 80 });
    db = await world.pod('db', {
      node: 'nodo-2',
      labels: { app: 'db' },
      ports: [{ name: 'sql', containerPort: 5432 }],
      serve: 5432,
    });
    db.net.listen(81, {
      kind: 'http',
      handle: () => ({ status: 200, headers: {}, body: Buffer.from('db') }),
    });
    other = await world.pod('other', { namespace: 'other', labels: { app: 'web' }, node: 'nodo-3' });
  });
  afterEach(async () => {
    await world.close();
    expect(world.troubles).toEqual([]);
  });

  /** `yes`, or the error: a denied connection is only seen when it times out. */
  async function reach(from: TestPod['net'], to: string, port: number): Promise<string> {
    let result = 'waiting';
    void ask(from, to, port).then((text) => {
      result = text === 'db' || text === 'web' ? 'yes' : text;
    });
    await world.clock.advance(200_000);
    return result;
  }
  const all = async () =>
    [
      await reach(web.net, db.ip, 5432),
      await reach(web.net, db.ip, 81),
      await reach(other.net, db.ip, 5432),
      await reach(db.net, web.ip, 80),
    ].join(' ');

  test('that are not there leave everything open', async () => {
    expect(await all()).toBe('yes yes yes yes');
  });

  test('deny by default, time out instead of refusing, and let the own node in', async () => {
    await world.apply(policies(), policy('deny', {}));
    expect(await all()).toBe('ETIMEDOUT ETIMEDOUT ETIMEDOUT ETIMEDOUT');
    expect(await ask(world.network.host('nodo-2'), db.ip, 5432)).toBe('db');
    expect(await reach(world.network.host('nodo-1'), db.ip, 5432)).toBe('ETIMEDOUT');
    expect(await ask(db.net, '127.0.0.1', 5432)).toBe('db');
    expect(await ask(db.net, db.ip, 5432)).toBe('db');
    await world.remove(`${policies()}/deny`);
    expect(await all()).toBe('yes yes yes yes');
  });

  test('open what any of them allows, by label, namespace and named port', async () => {
    await world.apply(
      policies(),
      policy('deny', {}),
      policy('db', { ...app('db'), ingress: [{ from: [app('web')], ports: [{ port: 'sql' }] }] }),
    );
    expect(await all()).toBe('yes ETIMEDOUT ETIMEDOUT ETIMEDOUT');
    const both = { namespaceSelector: { matchLabels: { team: 'other' } }, ...app('web') };
    await world.apply(policies(), policy('other', { ...app('db'), ingress: [{ from: [both] }] }));
    expect(await all()).toBe('yes ETIMEDOUT yes ETIMEDOUT');
    await world.apply(
      policies(),
      policy('range', { ...app('db'), ingress: [{ ports: [{ port: 80, endPort: 90 }] }] }),
    );
    expect(await all()).toBe('yes yes yes ETIMEDOUT');
  });

  test('of egress stop names too, unless port 53 is open', async () => {
    await world.apply('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'kube-system' },
    });
    const dns = await world.pod('dns', { namespace: 'kube-system', node: 'nodo-3' });
    dns.net.listen(53, { kind: 'dns' }, { protocol: 'UDP' });
    const ports = [{ name: 'dns', port: 53, protocol: 'UDP' }];
    await world.apply(services('kube-system'), service('kube-dns', { clusterIP: '10.0.0.10', ports }));
    await world.apply(slices('kube-system'), slice('kube-dns', [{ pod: dns }], ports));
    await world.apply(services(), service('db', { ports: [{ port: 5432 }] }));
    await world.apply(slices(), slice('db', [{ pod: db }], [{ name: '', port: 5432, protocol: 'TCP' }]));
    expect(await reach(web.net, 'db', 5432)).toBe('yes');
    const egress = (...rules: object[]) =>
      policy('out', { ...app('web'), policyTypes: ['Egress'], egress: rules });
    await world.apply(policies(), egress({ to: [app('db')] }));
    expect(await reach(web.net, 'db', 5432)).toBe('EAI_AGAIN');
    expect(await reach(web.net, db.ip, 5432)).toBe('yes');
    await world.apply(policies(), egress({ to: [app('db')] }, { ports: [{ port: 53, protocol: 'UDP' }] }));
    expect(await reach(web.net, 'db', 5432)).toBe('yes');
    expect(await reach(web.net, other.ip, 80)).toBe('ETIMEDOUT');
  });

  test('of address blocks look at the address, and at what they leave out', async () => {
    const block = (cidr: string, except: string[]) =>
      policy('block', { ...app('db'), ingress: [{ from: [{ ipBlock: { cidr, except } }] }] });
    await world.apply(policies(), block('10.244.0.0/16', []));
    expect(await reach(web.net, db.ip, 5432)).toBe('yes');
    await world.apply(policies(), block('10.244.0.0/16', ['10.244.1.0/24']));
    expect(await reach(web.net, db.ip, 5432)).toBe('ETIMEDOUT');
    expect(await reach(other.net, db.ip, 5432)).toBe('yes');
  });
});

/** The rules of the documentation, said again without any preparation. */
describe('a compiled policy decides as the specification reads', () => {
  const labels = fc.record(
    { app: fc.constantFrom('a', 'b'), tier: fc.constantFrom('x', 'y') },
    { requiredKeys: [] },
  );
  const selector = fc.oneof(
    fc.constant({}),
    labels.map((matchLabels) => ({ matchLabels })),
    fc
      .record({ key: fc.constantFrom('app', 'tier'), values: fc.subarray(['a', 'b', 'x'], { minLength: 1 }) })
      .map(({ key, values }) => ({ matchExpressions: [{ key, operator: 'In', values }] })),
    fc.constantFrom('app', 'tier').map((key) => ({ matchExpressions: [{ key, operator: 'DoesNotExist' }] })),
  );
  const peer = fc.oneof(
    fc.record({ podSelector: selector }),
    fc.record({ namespaceSelector: selector }),
    fc.record({ podSelector: selector, namespaceSelector: selector }),
    fc.record({
      ipBlock: fc.record(
        {
          cidr: fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0'),
          except: fc.subarray(['10.1.1.0/24', '10.1.2.0/24']),
        },
        { requiredKeys: ['cidr'] },
      ),
    }),
  );
  const port = fc.oneof(
    fc.record(
      { port: fc.constantFrom<string | number>(80, 81, 'web'), protocol: fc.constantFrom('TCP', 'UDP') },
      { requiredKeys: [] },
    ),
    fc.record({ port: fc.constant(79), endPort: fc.constantFrom(80, 82) }),
  );
  const rule = fc.record(
    { ports: fc.array(port, { maxLength: 2 }), peers: fc.array(peer, { maxLength: 2 }) },
    { requiredKeys: [] },
  );
  const side = fc.record({
    ip: fc.constantFrom('10.1.1.7', '10.1.2.7', '10.1.3.7', '192.0.2.1'),
    pod: fc.option(
      fc.record({
        namespace: fc.constantFrom('one', 'two'),
        labels,
        namespaceLabels: labels,
        ports: fc.subarray([
          { name: 'web', containerPort: 80 },
          { name: 'web', containerPort: 81, protocol: 'UDP' },
        ]),
      }),
      { nil: undefined },
    ),
  });

  type Selector = {
    matchLabels?: Record<string, string>;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  const selects = (wanted: Selector, has: Record<string, string | undefined>) =>
    Object.entries(wanted.matchLabels ?? {}).every(([key, value]) => has[key] === value) &&
    (wanted.matchExpressions ?? []).every(({ key, operator, values }) =>
      operator === 'In' ? has[key] !== undefined && values?.includes(has[key]) : has[key] === undefined,
    );
  const number = (ip: string) => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const within = (cidr: string, ip: string) => {
    const [base = '', bits = ''] = cidr.split('/');
    const size = 2 ** (32 - Number(bits));
    return Math.floor(number(base) / size) === Math.floor(number(ip) / size);
  };
  type Peer = {
    podSelector?: Selector;
    namespaceSelector?: Selector;
    ipBlock?: { cidr: string; except?: string[] };
  };
  const peerMatches = ({ podSelector, namespaceSelector, ipBlock }: Peer, { ip, pod }: PolicySide) => {
    if (ipBlock) return within(ipBlock.cidr, ip) && !(ipBlock.except ?? []).some((hole) => within(hole, ip));
    if (pod === undefined) return false;
    const inNamespace = namespaceSelector
      ? selects(namespaceSelector, pod.namespaceLabels ?? {})
      : pod.namespace === 'one';
    return inNamespace && (!podSelector || selects(podSelector, pod.labels ?? {}));
  };
  type Port = { port?: string | number; endPort?: number; protocol?: string };
  const portMatches = (
    { port, endPort, protocol = 'TCP' }: Port,
    to: PolicyPod | undefined,
    asked: { port: number; protocol: string },
  ) => {
    if (protocol !== asked.protocol) return false;
    if (port === undefined) return true;
    if (typeof port === 'number') return port <= asked.port && asked.port <= (endPort ?? port);
    return (to?.ports ?? []).some(
      (one) => one.name === port && one.containerPort === asked.port && (one.protocol ?? 'TCP') === protocol,
    );
  };

  test('for ingress and egress', () => {
    const asked = fc.record({
      port: fc.constantFrom(80, 81, 82),
      protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), side, side, asked, (rules, from, to, what) => {
        const spec = {
          podSelector: {},
          policyTypes: ['Ingress', 'Egress'],
          ingress: rules.map(({ ports, peers }) => ({ ports, from: peers })),
          egress: rules.map(({ ports, peers }) => ({ ports, to: peers })),
        };
        const compiled = compilePolicy({
          metadata: { name: 'p', namespace: 'one' },
          spec,
        } as unknown as NetworkPolicy);
        const expected = (peerSide: PolicySide) =>
          rules.some(
            ({ ports = [], peers = [] }) =>
              (ports.length === 0 || ports.some((one) => portMatches(one as Port, to.pod, what))) &&
              (peers.length === 0 || peers.some((one) => peerMatches(one as Peer, peerSide))),
          );
        expect(compiled.allows.ingress?.(from, to, what)).toBe(expected(from));
        expect(compiled.allows.egress?.(to, to, what)).toBe(expected(to));
      }),
      { numRuns: 500 },
    );
  });
});
