import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feasibleWanted } from '../../../src/cluster/scheduler/find-node.ts';
import type { Pod, PodSpec } from '../../../src/kube/api/core-v1.ts';
import { info, node, pod, world } from './world.ts';

const ports = (hostPort: number): Partial<PodSpec> => ({
  containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort }] }],
});
const apart: Partial<PodSpec> = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { shy: 'yes' } } },
      ],
    },
  },
};

const anyPod = fc.record({
  cpu: fc.integer({ min: 0, max: 3000 }),
  memory: fc.integer({ min: 0, max: 4096 }),
  kind: fc.constantFrom('plain', 'port', 'shy'),
});

function build({ cpu, memory, kind }: { cpu: number; memory: number; kind: string }, n: number): Pod {
  const base = pod(`p${n}`, {
    cpu: `${cpu}m`,
    memory: `${memory}Mi`,
    labels: kind === 'shy' ? { shy: 'yes' } : {},
  });
  const { spec = { containers: [] } } = base;
  if (kind === 'port') return { ...base, spec: { ...spec, ...ports(80) } };
  return kind === 'shy' ? { ...base, spec: { ...spec, ...apart } } : base;
}

describe('placing one after another', () => {
  it('never gives a node more than it has, nor a port twice, nor company to who wants none', () => {
    fc.assert(
      fc.property(fc.array(anyPod, { maxLength: 40 }), fc.nat(), (wanted, seed) => {
        const cluster = world({ nodes: [node('a', { pods: '8' }), node('b', { cpu: '8' }), node('c')] });
        const placed: { readonly node: string; readonly kind: string }[] = [];
        for (const [n, want] of wanted.entries()) {
          const one = build(want, n);
          const chosen = cluster.search(one, seed).node;
          if (chosen === undefined) continue;
          cluster.cache.assume(info(one), chosen);
          placed.push({ node: chosen, kind: want.kind });
        }
        for (const one of cluster.cache.snapshot().nodes) {
          const { requested, allocatable, pods, podRoom, name } = one;
          expect(requested.cpu).toBeLessThanOrEqual(allocatable.cpu);
          expect(requested.memory).toBeLessThanOrEqual(allocatable.memory);
          expect(pods.length).toBeLessThanOrEqual(podRoom);
          for (const kind of ['port', 'shy'])
            expect(placed.filter((it) => it.node === name && it.kind === kind).length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is repeated by the same seed, and gives every equal node its turn', () => {
    const cluster = world({ nodes: ['a', 'b', 'c'].map((name) => node(name)) });
    const chosen = Array.from({ length: 60 }, (_, seed) => cluster.place(pod('p'), seed));
    expect(chosen).toEqual(Array.from({ length: 60 }, (_, seed) => cluster.place(pod('p'), seed)));
    expect(new Set(chosen)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('looks at a part of many nodes, further on each time', () => {
    expect([50, 99, 100, 300, 1000, 5000, 6000].map(feasibleWanted)).toEqual([
      50, 99, 100, 144, 420, 500, 300,
    ]);
    const nodes = Array.from({ length: 1000 }, (_, n) => node(`n${n}`));
    const { feasible, nextStart } = world({ nodes }).search(pod('p'));
    expect([feasible.length, nextStart]).toEqual([420, 420]);
  });
});

describe('the cache', () => {
  it('comes to the same whatever the order of what it is told', () => {
    const pods = Array.from({ length: 12 }, (_, n) =>
      pod(`p${n}`, { on: ['a', 'b', 'gone'][n % 3] ?? 'a', cpu: `${100 * n}m` }),
    );
    const nodes = [node('a'), node('b')];
    const seen = (order: readonly number[]) => {
      const { cache } = world({});
      const steps = [
        ...pods.map((one) => () => cache.putPod(one)),
        ...nodes.map((one) => () => cache.putNode(one)),
      ];
      for (const at of order) {
        steps[at]?.();
        cache.snapshot();
      }
      const found = cache.snapshot().nodes.map(({ name, requested, pods: there }) => ({
        name,
        cpu: requested.cpu,
        pods: there.map((one) => one.name).sort(),
      }));
      return found.sort((x, y) => (x.name < y.name ? -1 : 1));
    };
    const all = Array.from({ length: 14 }, (_, n) => n);
    const straight = seen(all);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 14 }), (order) => {
        expect(seen(order)).toEqual(straight);
      }),
    );
    expect(straight.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('gives readers a node that later changes do not touch', () => {
    const { cache } = world({ nodes: [node('a')] });
    const before = cache.snapshot().get('a');
    cache.putPod(pod('x', { on: 'a', cpu: '1' }));
    expect([before?.pods.length, cache.snapshot().get('a')?.pods.length]).toEqual([0, 1]);
  });

  it('takes turns between zones', () => {
    const inZone = (name: string, zone: string) =>
      node(name, { labels: { 'topology.kubernetes.io/zone': zone } });
    const nodes = [
      inZone('a1', 'a'),
      inZone('a2', 'a'),
      inZone('b1', 'b'),
      inZone('c1', 'c'),
      inZone('a3', 'a'),
    ];
    const { cache } = world({ nodes });
    const order = () => cache.snapshot().nodes.map(({ name }) => name);
    expect(order()).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
    cache.removeNode('b1');
    cache.putNode(inZone('a1', 'z'));
    expect(order()).toEqual(['a2', 'c1', 'a1', 'a3']);
  });

  it('assumes until told, and forgets only what it assumed', () => {
    const { cache } = world({ nodes: [node('a'), node('b')] });
    const one = info(pod('p', { cpu: '1' }));
    cache.assume(one, 'a');
    expect(() => cache.assume(one, 'a')).toThrow('is in the cache');
    expect(cache.isAssumed(one.uid)).toBe(true);
    cache.putPod(pod('p', { cpu: '1', on: 'b' }));
    expect(cache.forget(one.uid)).toBe(false);
    const cpu = (name: string) => cache.snapshot().get(name)?.requested.cpu;
    expect([cpu('a'), cpu('b'), cache.isAssumed(one.uid)]).toEqual([0, 1000, false]);
    cache.removePod(one.uid);
    cache.assume(one, 'a');
    expect([cache.forget(one.uid), cpu('a'), cpu('b')]).toEqual([true, 0, 0]);
  });
});
