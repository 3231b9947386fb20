import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../../src/kube/api/core-v1.ts';
import { type Given, node, pod, world } from './world.ts';

/** What a plugin gives each node that would do, of 100. */
function scores(plugin: string, given: Given, wanted: Pod): { readonly [node: string]: number } {
  const { feasible, scores: all } = world(given).search(wanted);
  const own = all.find((one) => one.plugin === plugin)?.scores ?? [];
  return Object.fromEntries(feasible.map(({ name }, at) => [name, own[at] ?? Number.NaN]));
}

/** `{ a: [['foo'], ['foo', 'bar']] }`: two Pods on a, with these labels. */
function podsOn(where: { readonly [node: string]: readonly (readonly string[])[] }): Pod[] {
  return Object.entries(where).flatMap(([on, all]) =>
    all.map((labels, n) =>
      pod(`${on}-${n}`, { on, labels: Object.fromEntries(labels.map((label) => [label, ''])) }),
    ),
  );
}
const times = (count: number): readonly string[][] => Array.from({ length: count }, () => ['foo']);

describe('spreading', () => {
  const constraint = (topologyKey: string, label = 'foo', maxSkew = 1) => ({
    maxSkew,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchExpressions: [{ key: label, operator: 'Exists' }] },
  });
  const host = 'kubernetes.io/hostname';
  const wish = (...topologySpreadConstraints: ReturnType<typeof constraint>[]) =>
    pod('p', { labels: { foo: '', bar: '' }, spec: { topologySpreadConstraints } });
  const inZone = (name: string, zone: string): Node => node(name, { labels: { zone } });
  const cordoned = (name: string, zone: string): Node =>
    node(name, { labels: { zone }, spec: { unschedulable: true } });
  const plain = ['a', 'b', 'c', 'd'].map((name) => node(name));
  const zones = [inZone('a', 'z1'), inZone('b', 'z1'), inZone('x', 'z2'), inZone('y', 'z2')];
  const of = (nodes: readonly Node[], pods: readonly Pod[], wanted: Pod, more: Given = {}) =>
    scores('PodTopologySpread', { nodes, pods, ...more }, wanted);

  it('by node', () => {
    const pods = podsOn({ a: times(2), b: times(1), d: times(3) });
    expect(of(plain, pods, wish(constraint(host)))).toEqual({ a: 20, b: 60, c: 100, d: 0 });
    expect(of(plain, pods, wish(constraint(host, 'foo', 2)))).toEqual({ a: 33, b: 66, c: 100, d: 16 });
    expect(of(plain, [], wish(constraint(host)))).toEqual({ a: 100, b: 100, c: 100, d: 100 });
  });

  it('by default, for the Pods of a Service, on nodes without zones', () => {
    const pods = podsOn({ a: times(4), b: times(3), c: times(2), d: times(1) });
    const services = [{ metadata: { name: 's', namespace: 'obrador' }, spec: { selector: { foo: '' } } }];
    const expected = { a: 44, b: 66, c: 77, d: 100 };
    expect(of(plain, pods, wish(constraint(host, 'foo', 3)))).toEqual(expected);
    expect(of(plain, pods, pod('p', { labels: { foo: '' } }), { services })).toEqual(expected);
  });

  it('by zone, when some nodes would not do', () => {
    const nodes = [inZone('a', 'z1'), inZone('b', 'z1'), inZone('x', 'z2'), cordoned('y', 'z2')];
    const pods = podsOn({ a: times(4), b: times(2), x: times(1), y: times(3) });
    expect(of(nodes, pods, wish(constraint('zone')))).toEqual({ a: 75, b: 75, x: 100 });
  });

  it('by zone and node', () => {
    const nodes = [inZone('a', 'z1'), cordoned('b', 'z1'), inZone('x', 'z2'), cordoned('y', 'z2')];
    const pods = podsOn({ a: times(2), b: times(1), x: times(2), y: times(4) });
    expect(of(nodes, pods, wish(constraint('zone'), constraint(host)))).toEqual({ a: 100, x: 63 });
  });

  it('by zone and node, each for other Pods', () => {
    const wanted = wish(constraint('zone'), constraint(host, 'bar'));
    const one = podsOn({ a: [['foo']], b: [['foo', 'bar']], y: [['foo'], ['bar']] });
    expect(of(zones, one, wanted)).toEqual({ a: 60, b: 20, x: 100, y: 60 });
    const other = podsOn({ b: [['bar']], x: [['foo']], y: [['foo', 'bar']] });
    expect(of(zones, other, wanted)).toEqual({ a: 100, b: 60, x: 40, y: 0 });
  });

  it('leaves out nodes without the key', () => {
    const nodes = [inZone('a', 'z1'), node('b'), inZone('x', 'z2')];
    const pods = podsOn({ a: times(4), b: times(2), x: times(1) });
    expect(of(nodes, pods, wish(constraint('zone')))).toMatchObject({ b: 0, x: 100 });
  });
});

describe('room', () => {
  it.each([
    ['NodeResourcesFit', { a: 37, b: 50 }],
    ['NodeResourcesBalancedAllocation', { a: 87, b: 100 }],
  ])('%s of nodes of different size', (plugin, expected) => {
    const nodes = [node('a', { cpu: '4', memory: '10000' }), node('b', { cpu: '6', memory: '10000' })];
    expect(scores(plugin, { nodes }, pod('p', { cpu: '3', memory: '5000' }))).toEqual(expected);
  });

  it('counts what is there, and 100m and 200Mi for who asks for nothing', () => {
    const nodes = [node('a', { cpu: '1', memory: '1000Mi' }), node('b', { cpu: '1', memory: '1000Mi' })];
    const pods = [pod('x', { on: 'b' })];
    expect(scores('NodeResourcesFit', { nodes, pods }, pod('p'))).toEqual({ a: 85, b: 70 });
    expect(scores('NodeResourcesBalancedAllocation', { nodes, pods }, pod('p'))).toEqual({ a: 100, b: 100 });
  });
});

describe('images', () => {
  const mib = 1024 * 1024;
  const images = (...sizes: readonly number[]) =>
    sizes.map((size, n) => ({ names: [`i${n}:latest`], sizeBytes: size * mib }));
  it.each([
    ['one of two nodes has it', [250], { a: 10, b: 0 }],
    ['too small to count', [40], { a: 0, b: 0 }],
    ['huge', [9000], { a: 100, b: 0 }],
  ])('%s', (_what, sizes, expected) => {
    const nodes = [node('a', { images: images(...sizes) }), node('b')];
    const spec = { containers: [{ name: 'c', image: 'i0' }] };
    expect(scores('ImageLocality', { nodes }, pod('p', { spec }))).toEqual(expected);
  });
});

describe('preferences', () => {
  const affinity = (...weights: readonly (readonly [number, string])[]) => ({
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: weights.map(([weight, key]) => ({
          weight,
          preference: { matchExpressions: [{ key, operator: 'Exists' }] },
        })),
      },
    },
  });
  it('of nodes add up, and are measured by the highest', () => {
    const nodes = [node('a', { labels: { x: '' } }), node('b', { labels: { x: '', y: '' } }), node('c')];
    const wanted = pod('p', { spec: affinity([2, 'x'], [5, 'y']) });
    expect(scores('NodeAffinity', { nodes }, wanted)).toEqual({ a: 28, b: 100, c: 0 });
  });

  it('of taints are counted', () => {
    const tainted = (name: string, count: number) =>
      node(name, {
        spec: {
          taints: Array.from({ length: count }, (_, n) => ({ key: `k${n}`, effect: 'PreferNoSchedule' })),
        },
      });
    const nodes = [tainted('a', 0), tainted('b', 1), tainted('c', 3)];
    expect(scores('TaintToleration', { nodes }, pod('p'))).toEqual({ a: 100, b: 67, c: 0 });
  });

  it('of Pods on both sides are weighed by domain', () => {
    const term = (label: string) => ({
      topologyKey: 'zone',
      labelSelector: { matchExpressions: [{ key: label, operator: 'Exists' }] },
    });
    const weighted = (weight: number, label: string) => [{ weight, podAffinityTerm: term(label) }];
    const spec = {
      affinity: {
        podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: weighted(5, 'foo') },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: weighted(3, 'bar') },
      },
    };
    const nodes = [
      node('a', { labels: { zone: 'z1' } }),
      node('b', { labels: { zone: 'z2' } }),
      node('c', { labels: { zone: 'z3' } }),
    ];
    const hard = {
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('baz')] } },
    };
    const company = pod('h', { labels: {}, spec: { ...pod('h').spec, ...hard, nodeName: 'c' } });
    const pods = [...podsOn({ a: [['foo']], b: [['bar']] }), company];
    // a: 5; b: -3; c: 1, as a required affinity of one that is there counts a little.
    expect(scores('InterPodAffinity', { nodes, pods }, pod('p', { labels: { baz: '' }, spec }))).toEqual({
      a: 100,
      b: 0,
      c: 50,
    });
  });
});
