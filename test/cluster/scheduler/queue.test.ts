import { describe, expect, it } from 'vitest';
import { Action, type ClusterEvent } from '../../../src/cluster/scheduler/framework/cluster-event.ts';
import type { Plugin } from '../../../src/cluster/scheduler/framework/plugin.ts';
import { unresolvable } from '../../../src/cluster/scheduler/framework/status.ts';
import { schedulingGates } from '../../../src/cluster/scheduler/plugins/scheduling-gates.ts';
import { Nominator } from '../../../src/cluster/scheduler/queue/nominator.ts';
import type { QueuedPod } from '../../../src/cluster/scheduler/queue/queued-pod.ts';
import { SchedulingQueue } from '../../../src/cluster/scheduler/queue/scheduling-queue.ts';
import type { Pod } from '../../../src/kube/api/core-v1.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { info, type PodOptions, pod } from './world.ts';

/** Wants to hear of new nodes, but only those that the Pod's label names. */
const picky: Plugin = {
  name: 'Picky',
  events: [
    {
      resource: 'Node',
      action: Action.add,
      hint: ({ metadata }, { after }) => metadata?.labels?.['for'] === after?.metadata.name,
    },
  ],
};
const broken: Plugin = {
  name: 'Broken',
  events: [
    {
      resource: 'Node',
      action: Action.add,
      hint: () => {
        throw new Error('no idea');
      },
    },
  ],
};

function setUp() {
  const clock = new FakeClock();
  let ready = 0;
  const nominator = new Nominator();
  const queue = new SchedulingQueue({
    clock,
    plugins: [schedulingGates, picky, broken],
    nominator,
    admit: ({ pod: one }) => schedulingGates.preEnqueue?.(one),
    onReady: () => {
      ready++;
    },
  });
  const add = (name: string, options: PodOptions = {}) => queue.add(info(pod(name, options)));
  const names = () => {
    const taken: string[] = [];
    for (let next = queue.next(); next !== undefined; next = queue.next()) taken.push(next.info.name);
    return taken;
  };
  return { clock, queue, nominator, add, names, ready: () => ready };
}

const newNode = (name: string): ClusterEvent => ({
  resource: 'Node',
  action: Action.add,
  before: undefined,
  after: { apiVersion: 'v1', kind: 'Node', metadata: { name } },
});

function refuse(queue: SchedulingQueue, by = 'Picky', next = queue.next()): QueuedPod {
  if (next === undefined) throw new Error('nobody waits');
  next.refusedBy = new Set([by]);
  queue.refused(next, next.info);
  return next;
}

describe('the queue', () => {
  it('gives the higher priority first, then who waits longer', async () => {
    const { clock, add, names } = setUp();
    add('first');
    await clock.advance(10);
    add('second');
    add('urgent', { priority: 5 });
    add('third');
    expect(names()).toEqual(['urgent', 'first', 'second', 'third']);
  });

  it('wakes who was refused only for what may help, and after its backoff', async () => {
    const { clock, queue, add } = setUp();
    add('p', { labels: { for: 'right' } });
    refuse(queue);
    queue.happened(newNode('wrong'));
    expect(queue.counts).toEqual({ active: 0, backoff: 0, unschedulable: 1 });
    queue.happened(newNode('right'));
    expect(queue.counts).toEqual({ active: 0, backoff: 1, unschedulable: 0 });
    await clock.advance(999);
    expect(queue.next()).toBeUndefined();
    await clock.advance(1);
    expect(queue.next()?.info.name).toBe('p');
  });

  it('rather tries in vain when a hint fails', async () => {
    const { clock, queue, add } = setUp();
    add('p');
    refuse(queue, 'Broken');
    queue.happened(newNode('any'));
    await clock.advance(1000);
    expect(queue.next()?.info.name).toBe('p');
  });

  it('does not miss what happens during an attempt', async () => {
    const { clock, queue, add } = setUp();
    add('p', { labels: { for: 'right' } });
    const attempt = queue.next();
    queue.happened(newNode('right'));
    refuse(queue, 'Picky', attempt);
    expect(queue.counts.unschedulable).toBe(0);
    await clock.advance(1000);
    expect(queue.next()?.info.name).toBe('p');
  });

  it('doubles the backoff from one second to ten', async () => {
    const { clock, queue, add } = setUp();
    add('p', { labels: { for: 'right' } });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      refuse(queue);
      queue.happened(newNode('right'));
      let waited = 0;
      while (queue.counts.active === 0 && waited < 20) {
        await clock.advance(1000);
        waited++;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10]);
  });

  it('tries again after an accident, without waiting for anything to happen', async () => {
    const { clock, queue, add } = setUp();
    add('p');
    const next = queue.next();
    if (next !== undefined) queue.refused(next, next.info);
    await clock.advance(1000);
    expect(queue.next()?.info.name).toBe('p');
  });

  it('tries again after five minutes although nothing happened', async () => {
    const { clock, queue, add } = setUp();
    add('p');
    refuse(queue);
    await clock.advance(300_000);
    expect(queue.next()).toBeUndefined();
    await clock.advance(30_000);
    expect(queue.next()?.info.name).toBe('p');
  });

  it('holds gated Pods back until the last gate is gone, with no timer running', () => {
    const { clock, queue, add, names } = setUp();
    const gated = (count: number): Pod =>
      pod('p', { spec: { schedulingGates: ['x', 'y'].slice(0, count).map((name) => ({ name })) } });
    add('other');
    queue.add(info(gated(2)));
    expect(names()).toEqual(['other']);
    queue.done('uid-obrador-other');
    queue.update(info(gated(2)), info(gated(1)));
    queue.happened({ ...newNode('any'), resource: '*' });
    expect(names()).toEqual([]);
    expect(clock.pending).toBe(0);
    queue.update(info(gated(1)), info(gated(0)));
    expect(names()).toEqual(['p']);
  });

  it('forgets who is deleted, wherever it waits', async () => {
    const { clock, queue, add, names } = setUp();
    for (const name of ['active', 'backoff', 'refused']) add(name, { labels: { for: name } });
    const [active, backoff, refused] = [queue.next(), queue.next(), queue.next()];
    refuse(queue, 'Picky', refused);
    refuse(queue, 'Picky', backoff);
    queue.happened(newNode('backoff'));
    if (active !== undefined) queue.refused(active, active.info);
    for (const name of ['active', 'backoff', 'refused']) queue.delete(`uid-obrador-${name}`);
    expect(queue.counts).toEqual({ active: 0, backoff: 0, unschedulable: 0 });
    await clock.advance(400_000);
    expect(names()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('keeps a nomination that the API does not know of yet', () => {
    const { queue, nominator, add } = setUp();
    add('p');
    const next = queue.next();
    if (next === undefined) throw new Error('nobody waits');
    next.refusedBy = new Set(['Picky']);
    queue.refused(next, next.info);
    nominator.put(next.info, 'a');
    queue.update(next.info, info(pod('p', { labels: { changed: 'yes' } })));
    expect(nominator.nominatedTo('a').map(({ name }) => name)).toEqual(['p']);
    queue.delete('uid-obrador-p');
    expect(nominator.nominatedTo('a')).toEqual([]);
  });

  it('asks nobody for what no plugin wants to hear', () => {
    const { queue, add, ready } = setUp();
    for (let n = 0; n < 1000; n++) add(`p${n}`);
    for (let n = 0; n < 1000; n++) refuse(queue);
    const before = ready();
    for (let n = 0; n < 1000; n++)
      queue.happened({ ...newNode('x'), resource: 'AssignedPod', action: Action.podOther });
    expect(queue.counts.unschedulable).toBe(1000);
    expect(ready()).toBe(before);
  });

  it('closes without leaving timers behind', () => {
    const { clock, queue, add } = setUp();
    add('p', { labels: { for: 'x' } });
    add('q');
    refuse(queue);
    refuse(queue);
    queue.happened(newNode('x'));
    queue.close();
    expect(clock.pending).toBe(0);
  });
});

it('a refusal of entry names the gates', () => {
  const gated = pod('p', { spec: { schedulingGates: [{ name: 'x' }, { name: 'y' }] } });
  expect(schedulingGates.preEnqueue?.(gated)).toEqual(
    unresolvable('SchedulingGates', 'waiting for scheduling gates: [x y]'),
  );
});
