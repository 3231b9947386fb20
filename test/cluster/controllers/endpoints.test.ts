import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conflict, internalError } from '../../../src/kube/status.ts';
import { controllerWorld, type Loose, node, type World } from '../../helpers/controllerWorld.ts';

const controllers = [
  'endpoints-controller',
  'endpointslice-controller',
  'endpointslice-mirroring-controller',
];
const slices = 'discovery.k8s.io/v1 endpointslices';

let world: World;
beforeEach(async () => {
  world = await controllerWorld({ controllers });
  await world.create(node('uno', { zone: 'a' }));
  await world.create(node('dos', { zone: 'b' }));
});
afterEach(() => world.stop());

const service = (spec: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'mostrador', ...metadata },
  spec: { selector: { app: 'mostrador' }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
});
let lastIp = 0;
function nextIp(): string {
  lastIp += 1;
  return `10.1.${Math.trunc(lastIp / 250)}.${(lastIp % 250) + 1}`;
}
const pod = (
  name: string,
  more: { ready?: boolean; node?: string; labels?: object; spec?: object } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: more.labels ?? { app: 'mostrador' } },
  spec: { containers: [{ name: 'c', image: 'nginx' }], nodeName: more.node ?? 'uno', ...more.spec },
  status: running(nextIp(), more.ready ?? true),
});
const running = (ip: string, ready: boolean) => ({
  phase: 'Running',
  podIP: ip,
  podIPs: [{ ip }],
  conditions: [
    { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-02T03:05:00Z' },
  ],
});
interface Shown {
  readonly endpoints:
    | {
        readonly addresses: string[];
        readonly conditions: object;
        readonly targetRef?: { name: string };
        readonly hints?: object;
        readonly zone?: string;
        readonly nodeName?: string;
        readonly hostname?: string;
      }[]
    | null;
  readonly ports: object[] | null;
  readonly addressType: string;
  readonly subsets?: object[];
}
const shown = (object: Loose | undefined) => object as unknown as Shown & Loose;
const only = async () => {
  const all = await world.list(slices);
  expect(all).toHaveLength(1);
  return shown(all[0]);
};
const targets = (object: Shown) => (object.endpoints ?? []).map(({ targetRef }) => targetRef?.name).sort();

describe('the slices of a Service', () => {
  it('say which Pods are behind it, where they are and how they are', async () => {
    await world.create(service({}, { labels: { capa: 'web' } }));
    await world.create(pod('a'));
    await world.create(pod('b', { ready: false, node: 'dos' }));
    await world.create(pod('otro', { labels: { app: 'horno' } }));
    await world.calm();
    const slice = await only();
    expect(slice.metadata).toMatchObject({
      generateName: 'mostrador-',
      labels: {
        capa: 'web',
        'kubernetes.io/service-name': 'mostrador',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [{ kind: 'Service', name: 'mostrador', controller: true, blockOwnerDeletion: true }],
    });
    expect(slice.ports).toEqual([{ name: '', protocol: 'TCP', port: 8080 }]);
    expect(slice.endpoints).toMatchObject([
      {
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'uno',
        zone: 'a',
        targetRef: { kind: 'Pod', name: 'a', namespace: 'obrador' },
      },
      {
        conditions: { ready: false, serving: false, terminating: false },
        nodeName: 'dos',
        zone: 'b',
        targetRef: { kind: 'Pod', name: 'b', namespace: 'obrador' },
      },
    ]);
    expect(shown(await world.get('v1 endpoints', 'mostrador')).subsets).toMatchObject([
      {
        addresses: [{ targetRef: { name: 'a' }, nodeName: 'uno' }],
        notReadyAddresses: [{ targetRef: { name: 'b' } }],
        ports: [{ port: 8080, protocol: 'TCP' }],
      },
    ]);
  });

  it('follow readiness, the end of a Pod and its labels, in place', async () => {
    await world.create(service({}));
    await world.create(pod('a', { spec: { terminationGracePeriodSeconds: 30 } }));
    await world.create(pod('b'));
    await world.calm();
    const before = await only();
    await world.patch('v1 pods', 'b/status', { status: running('10.1.9.9', false) });
    await world.remove('v1 pods', 'a');
    await world.calm();
    const slice = await only();
    expect(slice.metadata.name).toBe(before.metadata.name);
    expect(Object.fromEntries((slice.endpoints ?? []).map((e) => [e.targetRef?.name, e.conditions]))).toEqual(
      {
        a: { ready: false, serving: true, terminating: true },
        b: { ready: false, serving: false, terminating: false },
      },
    );
    // A terminating Pod leaves Endpoints at once.
    expect(shown(await world.get('v1 endpoints', 'mostrador')).subsets).toMatchObject([
      { notReadyAddresses: [{ targetRef: { name: 'b' } }] },
    ]);
    await world.patch('v1 pods', 'b', { metadata: { labels: { app: 'otro' } } });
    await world.calm();
    expect(targets(await only())).toEqual(['a']);
    await world.patch('v1 pods', 'a/status', { status: { phase: 'Succeeded' } });
    await world.calm();
    expect(await only()).toMatchObject({ endpoints: null, ports: null });
    expect(shown(await world.get('v1 endpoints', 'mostrador')).subsets ?? []).toEqual([]);
  });

  it('is one for each set of ports, and a placeholder without any', async () => {
    await world.create(service({ ports: [{ port: 80, targetPort: 'web' }] }));
    await world.calm();
    expect(await only()).toMatchObject({ endpoints: null, ports: null, addressType: 'IPv4' });
    const named = (name: string, port: number) =>
      pod(name, {
        spec: {
          containers: [{ name: 'c', image: 'nginx', ports: [{ name: 'web', containerPort: port }] }],
        },
      });
    await world.create(named('a', 8080));
    await world.create(named('b', 9090));
    await world.create(pod('c'));
    await world.calm();
    const all = (await world.list(slices)).map(shown);
    expect(all.map((one) => [one.ports, targets(one)]).sort()).toEqual(
      [
        [null, ['c']],
        [[{ name: '', port: 8080, protocol: 'TCP' }], ['a']],
        [[{ name: '', port: 9090, protocol: 'TCP' }], ['b']],
      ].sort(),
    );
    expect(shown(await world.get('v1 endpoints', 'mostrador')).subsets).toHaveLength(2);
  });

  it('publishes Pods that are not ready when asked, and names those of a headless Service', async () => {
    await world.create(service({ clusterIP: 'None', publishNotReadyAddresses: true }));
    await world.create(pod('a', { ready: false, spec: { hostname: 'uno', subdomain: 'mostrador' } }));
    await world.calm();
    const slice = await only();
    expect(slice.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
    expect(slice.endpoints).toMatchObject([
      { conditions: { ready: true, serving: false, terminating: false }, hostname: 'uno' },
    ]);
    const endpoints = shown(await world.get('v1 endpoints', 'mostrador'));
    expect(endpoints.metadata.labels).toEqual({ 'service.kubernetes.io/headless': '' });
    expect(endpoints.subsets).toMatchObject([{ addresses: [{ hostname: 'uno' }] }]);
  });

  it('hold a hundred each, and the rest goes where there is room', async () => {
    await world.create(service({}));
    for (let i = 0; i < 250; i += 1) await world.create(pod(`p${String(i).padStart(3, '0')}`));
    await world.calm();
    const sizes = async () =>
      (await world.list(slices)).map((one) => shown(one).endpoints?.length ?? 0).sort((a, b) => a - b);
    expect((await sizes()).reduce((sum, size) => sum + size, 0)).toBe(250);
    expect(Math.max(...(await sizes()))).toBeLessThanOrEqual(100);
    const written = (await world.list(slices)).map(({ metadata }) => metadata.resourceVersion);
    await world.create(pod('uno-mas'));
    await world.calm();
    expect((await sizes()).reduce((sum, size) => sum + size, 0)).toBe(251);
    const after = (await world.list(slices)).map(({ metadata }) => metadata.resourceVersion);
    expect(after.filter((version) => !written.includes(version))).toHaveLength(1);
    expect(shown(await world.get('v1 endpoints', 'mostrador')).metadata.annotations).not.toHaveProperty([
      'endpoints.kubernetes.io/over-capacity',
    ]);
  });

  it('cost no write when nothing changes', async () => {
    await world.create(service({}));
    await world.create(pod('a'));
    await world.calm();
    const before = await only();
    await world.patch('v1 pods', 'a', { metadata: { annotations: { nota: 'x' } } });
    await world.patch('v1 services', 'mostrador', { metadata: { annotations: { nota: 'x' } } });
    await world.calm();
    await world.restart();
    expect((await only()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('wait for a node that is not known yet, and say so', async () => {
    await world.create(service({}));
    await world.create(pod('a', { node: 'tres' }));
    await world.calm();
    expect(targets(await only())).toEqual([]);
    expect(await world.events()).toContain(
      'Warning FailedToUpdateEndpointSlices: Error updating Endpoint Slices for Service obrador/mostrador: skipping Pod a for Service obrador/mostrador: Node tres Not Found',
    );
    await world.create(node('tres'));
    await world.calm();
    expect(targets(await only())).toEqual(['a']);
  });

  it('hint the own zone, or spread by CPU, as the Service asks', async () => {
    await world.create(service({ trafficDistribution: 'PreferClose' }));
    for (const [i, where] of ['uno', 'uno', 'uno', 'dos'].entries())
      await world.create(pod(`p${i}`, { node: where }));
    await world.calm();
    const hints = async () =>
      Object.fromEntries(((await only()).endpoints ?? []).map((e) => [e.targetRef?.name, e.hints]));
    const zone = (name: string) => ({ forZones: [{ name }] });
    expect(await hints()).toEqual({ p0: zone('a'), p1: zone('a'), p2: zone('a'), p3: zone('b') });
    await world.patch('v1 services', 'mostrador', {
      metadata: { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
    });
    await world.calm();
    expect(
      Object.values(await hints())
        .map((one) => JSON.stringify(one))
        .sort(),
    ).toEqual([zone('a'), zone('a'), zone('b'), zone('b')].map((one) => JSON.stringify(one)));
    expect(await world.events()).toContain(
      'Normal TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4',
    );
    await world.patch('v1 services', 'mostrador', {
      metadata: { annotations: { 'service.kubernetes.io/topology-mode': null } },
      spec: { trafficDistribution: null },
    });
    await world.calm();
    expect(Object.values(await hints())).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('Endpoints that somebody else writes', () => {
  const byHand = (more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'fuera', ...more },
    subsets: [
      {
        addresses: [{ ip: '192.0.2.7' }],
        notReadyAddresses: [{ ip: '192.0.2.8' }, { ip: '2001:db8::1' }],
        ports: [{ port: 80 }],
      },
    ],
  });
  const outside = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'fuera' },
    spec: { ports: [{ port: 80 }] },
  };

  it('are mirrored for a Service without selector, by address type', async () => {
    await world.create(byHand({ labels: { capa: 'x' }, annotations: { nota: 'y' } }));
    await world.calm();
    expect(await world.list(slices)).toEqual([]);
    await world.create(outside);
    await world.calm();
    const all = (await world.list(slices)).map(shown);
    expect(all.map(({ addressType }) => addressType).sort()).toEqual(['IPv4', 'IPv6']);
    const four = all.find(({ addressType }) => addressType === 'IPv4');
    expect(four).toMatchObject({
      metadata: {
        labels: {
          capa: 'x',
          'kubernetes.io/service-name': 'fuera',
          'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
        },
        annotations: { nota: 'y' },
        ownerReferences: [{ kind: 'Endpoints', name: 'fuera' }],
      },
      endpoints: [
        { addresses: ['192.0.2.7'], conditions: { ready: true } },
        { addresses: ['192.0.2.8'], conditions: { ready: false } },
      ],
      ports: [{ name: '', port: 80, protocol: 'TCP' }],
    });
    await world.patch('v1 endpoints', 'fuera', {
      subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 81 }] }],
    });
    await world.calm();
    expect((await world.list(slices)).map(shown)).toMatchObject([
      { endpoints: [{ addresses: ['192.0.2.9'] }], ports: [{ port: 81 }] },
    ]);
    await world.remove('v1 services', 'fuera');
    await world.calm();
    expect(await world.list(slices)).toEqual([]);
  });

  it('are left alone when they ask for it', async () => {
    await world.create(outside);
    await world.create(byHand({ labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }));
    await world.calm();
    expect(await world.list(slices)).toEqual([]);
    await world.patch('v1 endpoints', 'fuera', {
      metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': null } },
    });
    await world.calm();
    expect(await world.list(slices)).toHaveLength(2);
  });

  it('take over from a Service that loses its selector, whose slice stays', async () => {
    await world.create(service({}));
    await world.create(pod('a'));
    await world.calm();
    await world.patch('v1 services', 'mostrador', { spec: { selector: null } });
    await world.calm();
    const managers = (await world.list(slices)).map(
      ({ metadata }) => metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
    );
    expect(managers.sort()).toEqual([
      'endpointslice-controller.k8s.io',
      'endpointslicemirroring-controller.k8s.io',
    ]);
  });
});

describe('Endpoints', () => {
  it('go with their Service, and come back when deleted', async () => {
    await world.create(service({}));
    await world.create(pod('a'));
    await world.calm();
    await world.remove('v1 endpoints', 'mostrador');
    for (const one of await world.list(slices)) await world.remove(slices, one.metadata.name ?? '');
    await world.calm();
    expect((await world.list('v1 endpoints')).length).toBe(1);
    expect(targets(await only())).toEqual(['a']);
    await world.remove('v1 services', 'mostrador');
    await world.calm();
    expect(await world.list('v1 endpoints')).toEqual([]);
  });

  it('are cut at a thousand, ready ones first, and say so', async () => {
    await world.create(service({}));
    for (let i = 0; i < 1003; i += 1) await world.create(pod(`p${i}`, { ready: i >= 10 }));
    await world.calm();
    const { subsets, metadata } = shown(await world.get('v1 endpoints', 'mostrador'));
    expect(metadata.annotations).toMatchObject({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
    const [subset] = subsets as { addresses: object[]; notReadyAddresses: object[] }[];
    expect([subset?.addresses.length, subset?.notReadyAddresses.length]).toEqual([993, 7]);
  });
});

describe('whatever the order', () => {
  type Step =
    | { readonly kind: 'create'; readonly index: number; readonly ready: boolean }
    | {
        readonly kind: 'remove' | 'ready' | 'unready' | 'unlabel' | 'relabel' | 'finish';
        readonly index: number;
      }
    | { readonly kind: 'restart' | 'wait'; readonly index?: never };
  const index = fc.nat(5);
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('create' as const), index, ready: fc.boolean() }),
    fc.record({
      kind: fc.constantFrom('remove', 'ready', 'unready', 'unlabel', 'relabel', 'finish'),
      index,
    }),
    fc.record({ kind: fc.constantFrom('restart' as const, 'wait' as const) }),
  );

  // A key that fails a dozen times in a row waits 20 s and more for its next turn.
  const maxFaultyTurns = 24;

  it('slices and Endpoints hold exactly the Pods that are selected and not over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.array(fc.nat(60)), async (steps, chances) => {
        let at = 0;
        const chance = () => chances[at++ % Math.max(1, chances.length)] ?? 0;
        const one = await controllerWorld({
          controllers,
          lag: () => Math.max(0, chance() - 30) * 10,
          through: async (request, next) => {
            const fault = request.method === 'GET' || at > maxFaultyTurns ? 0 : chance();
            if (fault === 1) throw conflict({ group: '', resource: 'x' }, 'x', 'changed');
            const answer = await next(request);
            if (fault === 2) throw internalError('lost on the way');
            return answer;
          },
        });
        await one.create(node('uno'));
        await one.create(service({}));
        for (const each of steps) {
          // What is not there, or there already, is refused: no matter.
          await play(one, each).catch(() => undefined);
        }
        await one.calm(40_000);
        one.troubles.length = 0;
        const living = (await one.list('v1 pods')).filter(
          ({ metadata, status }) =>
            metadata.labels?.['app'] === 'mostrador' &&
            (status as unknown as { phase: string }).phase === 'Running',
        );
        const wanted = living.map(({ metadata }) => metadata.name);
        const isReady = (p: Loose) =>
          (p.status as unknown as { conditions: { status: string }[] }).conditions[0]?.status === 'True';
        const seen = (await one.list(slices)).flatMap((slice) => shown(slice).endpoints ?? []);
        expect(seen.map(({ targetRef }) => targetRef?.name).sort()).toEqual(wanted);
        expect(
          seen
            .filter(({ conditions }) => (conditions as { ready: boolean }).ready)
            .map(({ targetRef }) => targetRef?.name)
            .sort(),
        ).toEqual(living.filter(isReady).map(({ metadata }) => metadata.name));
        const [subset] = (shown(await one.get('v1 endpoints', 'mostrador')).subsets ?? []) as {
          addresses?: { targetRef: { name: string } }[];
        }[];
        expect((subset?.addresses ?? []).map(({ targetRef }) => targetRef.name).sort()).toEqual(
          living.filter(isReady).map(({ metadata }) => metadata.name),
        );
        await one.stop();
      }),
      { numRuns: 40 },
    );
  });

  async function play(one: World, each: Step): Promise<void> {
    if (each.kind === 'restart') return one.restart();
    if (each.kind === 'wait') return one.calm(10);
    const name = `p${each.index}`;
    const ip = `10.2.0.${(each.index ?? 0) + 1}`;
    switch (each.kind) {
      case 'create':
        await one.create({ ...pod(name), status: running(ip, each.ready) });
        return;
      case 'remove':
        return one.remove('v1 pods', name, { gracePeriodSeconds: 0 });
      case 'ready':
      case 'unready':
        return one.patch('v1 pods', `${name}/status`, { status: running(ip, each.kind === 'ready') });
      case 'finish':
        return one.patch('v1 pods', `${name}/status`, { status: { phase: 'Failed' } });
      default:
        return one.patch('v1 pods', name, {
          metadata: { labels: { app: each.kind === 'relabel' ? 'mostrador' : 'nadie' } },
        });
    }
  }
});
