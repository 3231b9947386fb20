import { describe, expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { internalError } from '../../../src/kube/status.ts';
import { core, type Running, running } from './running.ts';
import { node, pod } from './world.ts';

describe('a running scheduler', () => {
  it('binds, and tells so the way upstream does', async () => {
    const { addNode, addPod, clock, placed, events, condition } = await running();
    await addNode(node('a'));
    await addPod(pod('p'));
    await clock.advance(0);
    expect(await placed()).toEqual({ p: 'a' });
    expect(await condition('p')).toBe('True : ');
    const [event, ...more] = await events('p');
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'Normal',
      reason: 'Scheduled',
      action: 'Binding',
      message: 'Successfully assigned obrador/p to a',
      firstTimestamp: null,
      lastTimestamp: null,
      reportingComponent: 'default-scheduler',
      reportingInstance: 'default-scheduler-master-1',
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'obrador', name: 'p' },
    });
    expect(event?.count).toBeUndefined();
    expect(event?.eventTime).toMatch(/\.\d{6}Z$/);
  });

  it('says why not, and places the Pod once it can', async () => {
    const { addNode, addPod, clock, placed, condition, client } = await running();
    await addPod(pod('p', { cpu: '2' }));
    await clock.advance(0);
    expect(await condition('p')).toBe('False Unschedulable: no nodes available to schedule pods');
    await addNode(node('a', { cpu: '1' }));
    await clock.advance(2000);
    expect(await condition('p')).toBe(
      'False Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    );
    const status = { allocatable: { cpu: '2', memory: '8Gi', pods: '10' } };
    await client.patch(core('nodes'), '', 'a', 'merge', { status }, { subresource: 'status' });
    await clock.advance(10_000);
    expect(await placed()).toEqual({ p: 'a' });
  });

  it('leaves Pods of another scheduler alone, and those with gates', async () => {
    const { addNode, addPod, clock, placed, events, client } = await running();
    await addNode(node('a'));
    await addPod(pod('foreign', { spec: { schedulerName: 'mine' } }));
    await addPod(pod('gated', { spec: { schedulingGates: [{ name: 'x/y' }] } }));
    await clock.advance(60_000);
    expect(await placed()).toEqual({ foreign: '', gated: '' });
    expect([...(await events('foreign')), ...(await events('gated'))]).toEqual([]);
    await client.patch(core('pods'), 'obrador', 'gated', 'merge', { spec: { schedulingGates: null } });
    await clock.advance(0);
    expect(await placed()).toEqual({ foreign: '', gated: 'a' });
  });

  it('counts up a series instead of repeating itself', async () => {
    const { addPod, clock, events } = await running();
    await addPod(pod('p'));
    await clock.advance(60_000);
    const told = await events('p');
    expect(told.map(({ reason }) => reason)).toEqual(['FailedScheduling', 'FailedScheduling']);
    // The first time the Pod had no condition yet, so it was another version of it.
    expect(told.map(({ series }) => series?.count)).toEqual([undefined, 2]);
  });

  it('keeps why each node was chosen or refused', async () => {
    const { addNode, addPod, clock, decisions } = await running();
    await addNode(node('a'));
    await addNode(node('b', { cpu: '1' }));
    await addNode(node('c'));
    await addPod(pod('p', { cpu: '2' }));
    await clock.advance(0);
    const decision = decisions.of('obrador', 'p');
    expect(decision).toMatchObject({ outcome: 'scheduled', attempt: 1, unseen: 0 });
    expect(decision?.nodes).toContainEqual({
      node: 'b',
      refusedBy: 'NodeResourcesFit',
      reasons: ['Insufficient cpu'],
    });
    const chosen = decision?.nodes.find((one) => one.node === decision.node);
    expect(chosen?.scores).toContainEqual({
      plugin: 'NodeResourcesFit',
      raw: 73,
      score: 73,
      weight: 1,
    });
    const total = (chosen?.scores ?? []).reduce((sum, { score, weight }) => sum + score * weight, 0);
    expect(chosen?.total).toBe(total);
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
  });

  it('stops without leaving timers or doing anything more', async () => {
    const { addNode, addPod, clock, placed, scheduler } = await running();
    await addPod(pod('p'));
    await clock.advance(100);
    await scheduler.stop();
    await addNode(node('a'));
    await clock.advance(400_000);
    expect(await placed()).toEqual({ p: '' });
    expect(clock.pending).toBe(0);
  });
});

/** The same client, with one call changed. */
const but = (change: (client: KubeClient) => Partial<KubeClient>) => (client: KubeClient) => ({
  ...client,
  ...change(client),
});

describe('behind its back', () => {
  it('another one binds the Pod first', async () => {
    const cluster = await running(
      but((client) => ({
        act: async (ref, namespace, name, subresource, object) => {
          const theirs = { ...(object as object), target: { kind: 'Node', name: 'b' } };
          if (name === 'p') await client.act(ref, namespace, name, subresource, theirs);
          return client.act(ref, namespace, name, subresource, object);
        },
      })),
    );
    const { addNode, addPod, clock, placed, client } = cluster;
    await addNode(node('a', { cpu: '4' }));
    await addPod(pod('p', { cpu: '4' }));
    await clock.advance(20_000);
    expect(await placed()).toEqual({ p: 'b' });
    // What had been set aside on its own choice is free again.
    await addPod(pod('q', { cpu: '4' }));
    await clock.advance(0);
    expect(await placed()).toEqual({ p: 'b', q: 'a' });
    expect((await client.get(core('pods'), 'obrador', 'p')).metadata.name).toBe('p');
  });

  it('the Pod is deleted while it is being placed', async () => {
    const { addNode, addPod, clock, placed } = await running(
      but((client) => ({
        act: async (ref, namespace, name, subresource, object) => {
          if (name === 'p') await client.delete(ref, namespace, name);
          return client.act(ref, namespace, name, subresource, object);
        },
      })),
    );
    await addNode(node('a'));
    await addPod(pod('p', { cpu: '4' }));
    await clock.advance(0);
    await addPod(pod('q', { cpu: '4' }));
    await clock.advance(0);
    expect(await placed()).toEqual({ q: 'a' });
  });

  it('a new Pod of the same name takes its place while it is refused', async () => {
    const { addNode, addPod, clock, placed, client } = await running();
    await addPod(pod('p', { cpu: '100' }));
    await addNode(node('a'));
    await clock.advance(0);
    await client.delete(core('pods'), 'obrador', 'p');
    await addPod(pod('p', { cpu: '1' }));
    await clock.advance(0);
    expect(await placed()).toEqual({ p: 'a' });
  });

  it('the API refuses for a while', async () => {
    let refusals = 3;
    const { addNode, addPod, clock, placed, condition, events } = await running(
      but((client) => ({
        act: async (...call) => {
          if (refusals-- > 0) throw internalError('etcdserver: no leader');
          return client.act(...call);
        },
      })),
    );
    await addNode(node('a'));
    await addPod(pod('p'));
    await clock.advance(0);
    expect(await condition('p')).toBe(
      'False SchedulerError: running Bind plugin "DefaultBinder": Internal error occurred: etcdserver: no leader',
    );
    await clock.advance(1000 + 2000 + 4000);
    expect(await placed()).toEqual({ p: 'a' });
    expect((await events('p')).at(-1)?.reason).toBe('Scheduled');
  });

  it('somebody tells of a Pod that makes no sense', async () => {
    const broken = { ...pod('broken'), spec: { schedulerName: 'default-scheduler', containers: [null] } };
    const { addNode, addPod, clock, placed, troubles } = await running(
      but((client) => ({
        watch: (ref, options) =>
          ref.plural === 'pods' ? first(broken, client.watch(ref, options)) : client.watch(ref, options),
      })),
    );
    await addNode(node('a'));
    await addPod(pod('p'));
    await clock.advance(0);
    expect(await placed()).toEqual({ p: 'a' });
    expect(troubles.length).toBe(1);
    expect(troubles[0]).toContain('obrador/broken');
  });

  it('nodes come and go', async () => {
    const { addNode, addPod, clock, placed, client, condition } = await running();
    await addNode(node('a'));
    await addNode(node('b'));
    await client.delete(core('nodes'), '', 'a');
    for (let n = 0; n < 3; n++) await addPod(pod(`p${n}`));
    await clock.advance(0);
    expect(await placed()).toEqual({ p0: 'b', p1: 'b', p2: 'b' });
    await client.delete(core('nodes'), '', 'b');
    await addPod(pod('late'));
    await clock.advance(0);
    expect(await condition('late')).toContain('no nodes available');
  });

  it.each([10, 500, 5000])(
    'it hears everything %i ms late, and still gives no node too much',
    async (lateMs) => {
      let cluster: Running | undefined;
      cluster = await running(
        but((client) => ({
          watch: (ref, options) => late(client.watch(ref, options), () => cluster?.clock.sleep(lateMs)),
        })),
      );
      const { addNode, addPod, clock, client } = cluster;
      for (const name of ['a', 'b']) await addNode(node(name, { cpu: '2' }));
      const peak = new Map<string, number>();
      for (let n = 0; n < 8; n++) {
        await addPod(pod(`p${n}`, { cpu: '1' }));
        await clock.advance(lateMs / 4);
        if (n === 5) await client.delete(core('pods'), 'obrador', 'p0', { gracePeriodSeconds: 0 });
      }
      for (let round = 0; round < 30; round++) {
        await clock.advance(2000);
        const counts = new Map<string, number>();
        for (const on of Object.values(await cluster.placed())) counts.set(on, (counts.get(on) ?? 0) + 1);
        for (const [on, count] of counts) if (on !== '') peak.set(on, Math.max(peak.get(on) ?? 0, count));
      }
      expect(Object.fromEntries(peak)).toEqual({ a: 2, b: 2 });
      expect(Object.values(await cluster.placed()).filter((on) => on === '').length).toBe(3);
    },
  );
});

async function* first<T>(object: unknown, events: AsyncIterable<T>): AsyncGenerator<T> {
  yield { type: 'ADDED', object } as T;
  yield* events;
}

async function* late<T>(events: AsyncIterable<T>, wait: () => Promise<void> | undefined): AsyncGenerator<T> {
  for await (const event of events) {
    await wait();
    yield event;
  }
}

describe('preemption', () => {
  it('evicts, promises the place, and keeps it from lower Pods until it is free', async () => {
    const { addNode, addPod, clock, placed, client, pod: live, events, condition } = await running();
    await addNode(node('a'));
    await addPod(pod('low', { cpu: '3', priority: 10 }));
    await clock.advance(0);
    await addPod(pod('urgent', { cpu: '3', priority: 1000 }));
    await clock.advance(0);
    expect((await live('urgent')).status?.nominatedNodeName).toBe('a');
    expect(await condition('urgent')).toBe(
      'False Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.',
    );
    const victim = await live('low');
    expect(victim.metadata.deletionTimestamp).toBeDefined();
    expect(victim.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      }),
    );
    const { uid = '' } = (await live('urgent')).metadata;
    expect((await events('low')).at(-1)).toMatchObject({
      reason: 'Preempted',
      message: `Preempted by pod ${uid} on node a`,
      related: { kind: 'Pod', name: 'urgent' },
    });
    await addPod(pod('thief', { cpu: '3', priority: 20 }));
    await clock.advance(5000);
    await client.delete(core('pods'), 'obrador', 'low', { gracePeriodSeconds: 0 });
    await clock.advance(30_000);
    expect(await placed()).toEqual({ urgent: 'a', thief: '' });
  });

  it('asks once, not each time it looks, while the victim is leaving', async () => {
    let deletions = 0;
    const { addNode, addPod, clock, condition, client } = await running(
      but((inner) => ({
        delete: (...call) => {
          deletions++;
          return inner.delete(...call);
        },
      })),
    );
    await addNode(node('a'));
    await addPod(pod('low', { cpu: '3', priority: 10 }));
    await clock.advance(0);
    await addPod(pod('urgent', { cpu: '3', priority: 1000 }));
    await clock.advance(5000);
    const labels = { more: 'yes' };
    await client.patch(core('pods'), 'obrador', 'low', 'merge', { metadata: { labels } });
    await addNode(node('b', { cpu: '1' }));
    await clock.advance(400_000);
    expect(deletions).toBe(1);
    expect(await condition('urgent')).toContain('preemption: not eligible due to a terminating pod');
  });
});

it('a thousand Pods that fit nowhere cost no attempts while nothing that concerns them happens', async () => {
  let writes = 0;
  const { addNode, addPod, clock, client, troubles } = await running(
    but((inner) => ({
      patch: (...call) => {
        writes++;
        return inner.patch(...call);
      },
    })),
  );
  await addNode(node('a'));
  for (let n = 0; n < 1000; n++) await addPod(pod(`p${n}`, { cpu: '5' }));
  await clock.advance(10);
  while (writes < 1000) await clock.advance(10);
  await addPod(pod('small', { cpu: '1' }));
  for (let n = 0; n < 50; n++) {
    await client.patch(core('nodes'), '', 'a', 'merge', { metadata: { labels: { n: `${n}` } } });
    await clock.advance(1000);
  }
  expect(writes).toBe(1000);
  expect(troubles).toEqual([]);
});
