import { describe, expect, it } from 'vitest';
import type { PodSpec, TopologySpreadConstraint } from '../../../src/kube/api/core-v1.ts';
import { node, pod, world } from './world.ts';

const three = [node('a'), node('b'), node('c')];
const alone = (reason: string) => `0/1 nodes are available: ${reason}.`;
const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
const container = (name: string, cpu: string, more: object = {}) => ({
  name,
  resources: { requests: { cpu } },
  ...more,
});

describe('resources', () => {
  it.each<[string, Partial<PodSpec>, boolean]>([
    ['containers add up', { containers: [container('a', '3'), container('b', '1')] }, true],
    ['one millicore too many', { containers: [container('a', '3'), container('b', '1001m')] }, false],
    [
      'init containers run one by one',
      { containers: [container('a', '1')], initContainers: [container('i', '4'), container('j', '4')] },
      true,
    ],
    [
      'the biggest init container counts',
      { containers: [container('a', '1')], initContainers: [container('i', '4001m')] },
      false,
    ],
    [
      'a sidecar runs beside the containers',
      {
        containers: [container('a', '3')],
        initContainers: [container('s', '1001m', { restartPolicy: 'Always' })],
      },
      false,
    ],
    [
      'a sidecar runs beside later init containers',
      {
        containers: [container('a', '100m')],
        initContainers: [container('s', '2', { restartPolicy: 'Always' }), container('i', '2001m')],
      },
      false,
    ],
    [
      'and not beside earlier ones',
      {
        containers: [container('a', '100m')],
        initContainers: [container('i', '4'), container('s', '2', { restartPolicy: 'Always' })],
      },
      true,
    ],
    ['overhead counts', { containers: [container('a', '4')], overhead: { cpu: '1m' } }, false],
  ])('%s', (_what, spec, fits) => {
    expect(world({ nodes: [node('a')] }).place(pod('p', { spec }))).toBe(
      fits ? 'a' : alone('1 Insufficient cpu'),
    );
  });

  it('counts Pods, extended resources, huge pages, and tells every shortage of a node', () => {
    const requests = { 'x.example/oven': '3', 'hugepages-2Mi': '4Mi', cpu: '5' };
    const spec = { containers: [{ name: 'c', resources: { requests } }] };
    const small = node('a', { pods: '1', more: { 'x.example/oven': '2', 'hugepages-2Mi': '4Mi' } });
    expect(world({ nodes: [small], pods: [pod('x', { on: 'a' })] }).place(pod('p', { spec }))).toBe(
      alone('1 Insufficient cpu, 1 Insufficient x.example/oven, 1 Too many pods'),
    );
  });

  it('does not count what nobody schedules by', () => {
    const requests = { bananas: '3' };
    const spec = { containers: [{ name: 'c', resources: { requests } }] };
    expect(world({ nodes: [node('a')] }).place(pod('p', { spec }))).toBe('a');
  });

  it('prefers the emptier node, counting a little for who asks for nothing', () => {
    const pods = [pod('x', { on: 'a' }), pod('y', { on: 'b' }), pod('z', { on: 'b' })];
    const seeds = [1, 2, 3, 4, 5];
    const chosen = seeds.map((seed) => world({ nodes: three.slice(0, 2), pods }).place(pod('p'), seed));
    expect(new Set(chosen)).toEqual(new Set(['a']));
  });
});

describe('taints and cordons', () => {
  const taint = (effect: string, key = 'k', value = 'v') => ({ key, value, effect });
  it.each([
    ['NoSchedule', alone('1 node(s) had untolerated taint {k: v}')],
    ['NoExecute', alone('1 node(s) had untolerated taint {k: v}')],
    ['PreferNoSchedule', 'a'],
  ])('%s', (effect, result) => {
    const nodes = [node('a', { spec: { taints: [taint(effect)] } })];
    expect(world({ nodes }).place(pod('p'))).toBe(result);
  });

  it('tells of the cordon before the taint that comes with it', () => {
    const taints = [taint('NoSchedule', 'node.kubernetes.io/unschedulable', '')];
    const nodes = [node('a', { spec: { unschedulable: true, taints } })];
    expect(world({ nodes }).place(pod('p'))).toBe(alone('1 node(s) were unschedulable'));
    const tolerations = [{ operator: 'Exists' }];
    expect(world({ nodes }).place(pod('p', { spec: { tolerations } }))).toBe('a');
  });

  it('takes an empty effect and an empty key as any', () => {
    const nodes = [node('a', { spec: { taints: [taint('NoSchedule'), taint('NoExecute', 'other', '')] } })];
    const place = (tolerations: object[]) =>
      world({ nodes }).place(pod('p', { spec: { tolerations } as Partial<PodSpec> }));
    expect(place([{ key: 'k', operator: 'Equal', value: 'v' }])).toBe(
      alone('1 node(s) had untolerated taint {other: }'),
    );
    expect(
      place([
        { key: 'k', value: 'v' },
        { key: 'other', operator: 'Exists' },
      ]),
    ).toBe('a');
  });
});

describe('node affinity', () => {
  const required = (...terms: object[]) =>
    ({
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
      },
    }) as Partial<PodSpec>;
  const field = (operator: string, ...values: string[]) => ({
    matchFields: [{ key: 'metadata.name', operator, values }],
  });
  it('finds nodes by name, and says so when there is none', () => {
    expect(world({ nodes: three }).place(pod('p', { spec: required(field('In', 'b')) }))).toBe('b');
    expect(world({ nodes: three }).place(pod('p', { spec: required(field('In', 'x')) }))).toBe(
      "0/3 nodes are available: 3 node(s) didn't satisfy plugin(s) [NodeAffinity].",
    );
  });

  it('mixes what the named node says with what is said of the others', () => {
    const nodes = [node('a', { cpu: '1' }), ...three.slice(1)];
    expect(world({ nodes }).place(pod('p', { cpu: '2', spec: required(field('In', 'a')) }))).toBe(
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
    );
  });

  it('refuses names that exclude each other', () => {
    const term = { matchFields: [...field('In', 'a').matchFields, ...field('In', 'b').matchFields] };
    expect(world({ nodes: three }).place(pod('p', { spec: required(term) }))).toBe(
      '0/3 nodes are available: pod affinity terms conflict.',
    );
  });

  it('excludes by name', () => {
    const nodes = three.slice(0, 2);
    expect(world({ nodes }).place(pod('p', { spec: required(field('NotIn', 'a')) }))).toBe('b');
  });

  it('takes labels called like members of objects for what they are', () => {
    const spec = { nodeSelector: { constructor: 'x' } };
    expect(world({ nodes: [node('a')] }).place(pod('p', { spec }))).toBe(
      alone("1 node(s) didn't match Pod's node affinity/selector"),
    );
  });
});

describe('host ports', () => {
  const ports = (hostPort: number, more: object = {}) =>
    ({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, ...more }] }] }) as Partial<PodSpec>;
  it.each([
    ['the same', ports(80), ports(80), false],
    ['another number', ports(80), ports(81), true],
    ['another protocol', ports(80), ports(80, { protocol: 'UDP' }), true],
    ['other addresses', ports(80, { hostIP: '10.0.0.1' }), ports(80, { hostIP: '10.0.0.2' }), true],
    ['everywhere and somewhere', ports(80), ports(80, { hostIP: '10.0.0.2' }), false],
    ['somewhere and everywhere', ports(80, { hostIP: '10.0.0.2' }), ports(80, { hostIP: '0.0.0.0' }), false],
  ])('%s', (_what, there, wanted, fits) => {
    const pods = [pod('x', { on: 'a', spec: there })];
    expect(world({ nodes: [node('a')], pods }).place(pod('p', { spec: wanted }))).toBe(
      fits ? 'a' : alone("1 node(s) didn't have free ports for the requested pod ports"),
    );
  });
});

describe('topology spread', () => {
  const zones = [node('a', { labels: zone('z1') }), node('b', { labels: zone('z2') })];
  const spread = (more: Partial<TopologySpreadConstraint> = {}) => ({
    spec: {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'pan' } },
          ...more,
        },
      ],
    },
  });
  const pan = { labels: { app: 'pan' } };
  const skewed = "node(s) didn't match pod topology spread constraints";

  it('goes where there are fewest', () => {
    const pods = [pod('x', { on: 'a', ...pan })];
    expect(world({ nodes: zones, pods }).place(pod('p', { ...pan, ...spread() }))).toBe('b');
  });

  it('counts too few domains as empty ones', () => {
    const pods = [pod('x', { on: 'a', ...pan }), pod('y', { on: 'b', ...pan })];
    expect(world({ nodes: zones, pods }).place(pod('p', { ...pan, ...spread({ minDomains: 3 }) }))).toBe(
      `0/2 nodes are available: 2 ${skewed}.`,
    );
  });

  it('does not count those on their way out, nor other namespaces', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const pods = [
      pod('x', { on: 'a', ...pan, metadata }),
      pod('y', { on: 'a', ...pan, namespace: 'otro' }),
      pod('z', { on: 'b', ...pan }),
    ];
    expect(world({ nodes: zones, pods }).place(pod('p', { ...pan, ...spread() }))).toBe('a');
  });

  it('leaves out domains that the Pod cannot use, as its policies say', () => {
    const tainted = node('c', {
      labels: zone('z3'),
      spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] },
    });
    const nodes = [...zones, tainted];
    const pods = [pod('x', { on: 'a', ...pan }), pod('y', { on: 'b', ...pan })];
    expect(world({ nodes, pods }).place(pod('p', { ...pan, ...spread() }))).toBe(
      `0/3 nodes are available: 1 node(s) had untolerated taint {k: }, 2 ${skewed}.`,
    );
    const honor = spread({ nodeTaintsPolicy: 'Honor' });
    expect(['a', 'b']).toContain(world({ nodes, pods }).place(pod('p', { ...pan, ...honor })));
    const selecting = { ...spread().spec, nodeSelector: zone('z1') };
    expect(world({ nodes, pods }).place(pod('p', { ...pan, spec: selecting }))).toBe('a');
    const ignoring = { ...spread({ nodeAffinityPolicy: 'Ignore' }).spec, nodeSelector: zone('z1') };
    expect(world({ nodes, pods }).place(pod('p', { ...pan, spec: ignoring }))).toContain(skewed);
  });

  it('prefers emptier domains when it only wishes, and by default for what a Service selects', () => {
    const nodes = [...zones, node('c', { labels: zone('z1') })];
    const pods = [pod('x', { on: 'a', ...pan }), pod('y', { on: 'c', ...pan })];
    const wish = spread({ whenUnsatisfiable: 'ScheduleAnyway' });
    expect(world({ nodes, pods }).place(pod('p', { ...pan, ...wish }))).toBe('b');
    const services = [{ metadata: { name: 's', namespace: 'obrador' }, spec: { selector: { app: 'pan' } } }];
    expect(world({ nodes, pods, services }).place(pod('p', pan))).toBe('b');
  });
});

describe('affinity between Pods', () => {
  const host = 'kubernetes.io/hostname';
  const term = (app: string, more: object = {}) => ({
    topologyKey: host,
    labelSelector: { matchLabels: { app } },
    ...more,
  });
  const near = (...terms: object[]) =>
    ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } }) as PodSpec;
  const away = (...terms: object[]) =>
    ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } }) as PodSpec;
  const pan = { labels: { app: 'pan' } };

  it('goes to its company, and alone only if it is company for itself', () => {
    const pods = [pod('x', { on: 'b', ...pan })];
    expect(world({ nodes: three, pods }).place(pod('p', { spec: near(term('pan')) }))).toBe('b');
    expect(world({ nodes: three }).place(pod('p', { spec: near(term('pan')) }))).toBe(
      "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
    );
    expect(['a', 'b', 'c']).toContain(
      world({ nodes: three }).place(pod('p', { ...pan, spec: near(term('pan')) })),
    );
  });

  it('keeps away from others, and others keep it away', () => {
    const [a, b] = three.slice(0, 2);
    const nodes = [a, b].flatMap((one) => one ?? []);
    const pods = [pod('x', { on: 'a', ...pan })];
    expect(world({ nodes, pods }).place(pod('p', { spec: away(term('pan')) }))).toBe('b');
    const shy = [pod('x', { on: 'a', spec: { ...pod('x').spec, ...away(term('pan')), nodeName: 'a' } })];
    expect(world({ nodes, pods: shy }).place(pod('p', pan))).toBe('b');
    expect(world({ nodes: nodes.slice(0, 1), pods: shy }).place(pod('p', pan))).toBe(
      alone("1 node(s) didn't satisfy existing pods anti-affinity rules"),
    );
  });

  it('looks in the namespaces that are named, that are selected, or in all', () => {
    const pods = [pod('x', { on: 'b', ...pan, namespace: 'otro' })];
    const namespaces = [{ metadata: { name: 'otro', labels: { team: 'masas' } } }];
    const place = (more: object) =>
      world({ nodes: three, pods, namespaces }).place(pod('p', { spec: near(term('pan', more)) }));
    expect(place({})).toContain("didn't match pod affinity rules");
    expect(place({ namespaces: ['otro'] })).toBe('b');
    expect(place({ namespaceSelector: { matchLabels: { team: 'masas' } } })).toBe('b');
    expect(place({ namespaceSelector: { matchLabels: { team: 'x' } } })).toContain("didn't match");
    expect(place({ namespaceSelector: {} })).toBe('b');
  });

  it('counts the wishes of those already there', () => {
    const wish = {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 50, podAffinityTerm: term('pan') }],
        },
      },
    };
    const spec = { ...pod('x').spec, ...wish, nodeName: 'a' } as PodSpec;
    const pods = [pod('x', { spec }), pod('y', { on: 'b' })];
    const nodes = three.slice(0, 2);
    expect(world({ nodes, pods }).place(pod('p', pan))).toBe('b');
    expect(world({ nodes, pods: [pod('x', { spec })] }).place(pod('p', pan))).toBe('b');
  });
});

describe('images', () => {
  it('prefers a node that has a big one already', () => {
    const images = [{ names: ['pan:latest'], sizeBytes: 900 * 1024 * 1024 }];
    const nodes = [node('a'), node('b', { images }), node('c', { images: [] })];
    const spec = { containers: [{ name: 'c', image: 'pan' }] };
    expect(world({ nodes }).place(pod('p', { spec }))).toBe('b');
  });
});
