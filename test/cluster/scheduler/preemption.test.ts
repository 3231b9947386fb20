import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Victims } from '../../../src/cluster/scheduler/preemption/victims.ts';
import { info, node, pod, world } from './world.ts';

const names = (victims: Victims | undefined) => victims?.pods.map(({ name }) => name).sort();
const urgent = (cpu: string) => pod('urgent', { cpu, priority: 1000 });
const budget = (app: string, disruptionsAllowed: number) => ({
  metadata: { name: app, namespace: 'obrador' },
  spec: { selector: { matchLabels: { app } } },
  status: { disruptionsAllowed },
});

describe('preemption', () => {
  it('takes only as many as needed, the least important first', () => {
    const pods = [
      pod('old', { on: 'a', cpu: '2', status: { startTime: '2026-01-01T00:00:00Z' } }),
      pod('young', { on: 'a', cpu: '2', status: { startTime: '2026-01-02T00:00:00Z' } }),
    ];
    const { victims } = world({ nodes: [node('a')], pods }).preempt(urgent('1'));
    expect(names(victims)).toEqual(['young']);
  });

  it('goes where no budget breaks, and breaks one when there is no other way', () => {
    const pods = [
      pod('kept', { on: 'a', cpu: '4', labels: { app: 'kept' } }),
      pod('free', { on: 'b', cpu: '4', priority: 10 }),
    ];
    const budgets = [budget('kept', 0)];
    const both = world({ nodes: [node('a'), node('b')], pods, budgets }).preempt(urgent('1'));
    expect(names(both.victims)).toEqual(['free']);
    const one = world({ nodes: [node('a')], pods: pods.slice(0, 1), budgets }).preempt(urgent('1'));
    expect([names(one.victims), one.victims?.violations]).toEqual([['kept'], 1]);
  });

  it('counts down a budget that allows some', () => {
    const pods = ['x', 'y', 'z'].map((name) => pod(name, { on: 'a', cpu: '1', labels: { app: 'k' } }));
    const budgets = [budget('k', 2)];
    const { victims } = world({ nodes: [node('a')], pods, budgets }).preempt(urgent('4'));
    expect([victims?.pods.length, victims?.violations]).toEqual([3, 1]);
  });

  it.each([
    ['lowest highest victim', { a: [100], b: [50, 50] }, 'b'],
    ['lowest sum', { a: [50, 50], b: [50, 10] }, 'b'],
    ['fewest', { a: [-5, -5, -5], b: [-5, -5] }, 'b'],
  ])('prefers the %s', (_what, priorities, chosen) => {
    const pods = Object.entries(priorities).flatMap(([on, all]) =>
      all.map((priority, n) => pod(`${on}${n}`, { on, cpu: `${Math.floor(4000 / all.length)}m`, priority })),
    );
    const { victims } = world({ nodes: [node('a'), node('b')], pods }).preempt(urgent('4'));
    expect(victims?.node).toBe(chosen);
  });

  it('leaves the place of an equal or higher Pod that is promised it', () => {
    const one = world({ nodes: [node('a')], pods: [pod('x', { on: 'a', cpu: '2' })] });
    one.nominator.put(info(pod('promised', { cpu: '3', priority: 2000 })), 'a');
    const result = one.preempt(urgent('2'));
    expect(result.victims).toBeUndefined();
    expect(result.message).toBe('0/1 nodes are available: 1 Insufficient cpu.');
  });

  it('waits for victims that are leaving, unless the node has become impossible', () => {
    const leaving = pod('x', {
      on: 'a',
      cpu: '4',
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: {
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }],
      },
    });
    const waiting = { ...urgent('4'), status: { nominatedNodeName: 'a' } };
    const nodes = [node('a'), node('b', { cpu: '1' })];
    expect(world({ nodes, pods: [leaving] }).preempt(waiting)).toEqual({
      message: 'not eligible due to a terminating pod on the nominated node.',
      renominates: false,
    });
    const cordoned = [node('a', { spec: { unschedulable: true } }), node('c')];
    const pods = [leaving, pod('y', { on: 'c', cpu: '4' })];
    expect(world({ nodes: cordoned, pods }).preempt(waiting).victims?.node).toBe('c');
  });
});

const somePods = fc.array(
  fc.record({
    on: fc.constantFrom('a', 'b', 'c'),
    cpu: fc.integer({ min: 100, max: 3000 }),
    priority: fc.constantFrom(0, 10, 500, 1000, 2000),
    app: fc.constantFrom('x', 'y', 'z'),
  }),
  { maxLength: 12 },
);

describe('whatever the cluster', () => {
  const clusterOf = (
    given: readonly { on: string; cpu: number; priority: number; app: string }[],
    allowed: number,
  ) => {
    const pods = given.map(({ on, cpu, priority, app }, n) =>
      pod(`p${n}`, { on, cpu: `${cpu}m`, priority, labels: { app } }),
    );
    const budgets = [budget('x', allowed), budget('y', 0)];
    return world({ nodes: ['a', 'b', 'c'].map((name) => node(name)), pods, budgets });
  };

  it('only lower Pods of one node go, each of them is needed, and then there is room', () => {
    fc.assert(
      fc.property(
        somePods,
        fc.integer({ min: 500, max: 4000 }),
        fc.nat({ max: 2 }),
        (given, cpu, allowed) => {
          const cluster = clusterOf(given, allowed);
          const incoming = urgent(`${cpu}m`);
          const search = cluster.search(incoming);
          const { victims } = cluster.preempt(incoming);
          if (search.node !== undefined) return;
          if (victims === undefined) return;
          const there = cluster.cache.snapshot().get(victims.node);
          const used = there?.requested.cpu ?? 0;
          const freed = victims.pods.reduce((sum, { needs }) => sum + needs.requests.cpu, 0);
          expect(victims.pods.every(({ priority }) => priority < 1000)).toBe(true);
          expect(used - freed + cpu).toBeLessThanOrEqual(4000);
          for (const one of victims.pods)
            expect(used - freed + one.needs.requests.cpu + cpu).toBeGreaterThan(4000);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('no other node would break fewer budgets', () => {
    fc.assert(
      fc.property(
        somePods,
        fc.integer({ min: 500, max: 4000 }),
        fc.nat({ max: 2 }),
        (given, cpu, allowed) => {
          const incoming = urgent(`${cpu}m`);
          const chosen = clusterOf(given, allowed).preempt(incoming).victims;
          if (chosen === undefined) return;
          for (const name of ['a', 'b', 'c']) {
            const alone = clusterOf(given, allowed);
            for (const other of ['a', 'b', 'c']) if (other !== name) alone.cache.removeNode(other);
            if (alone.search(incoming).node !== undefined) return;
            const there = alone.preempt(incoming).victims;
            if (there !== undefined) expect(chosen.violations).toBeLessThanOrEqual(there.violations);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
