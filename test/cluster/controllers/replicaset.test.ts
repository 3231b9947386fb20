import { afterEach, describe, expect, it } from 'vitest';
import { resourceRef } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import {
  type PodLike,
  pods,
  replicaSets,
  startInstantKubelet,
  startWorld,
  template,
  type World,
  workload,
} from './workloads.ts';

let world: World;
afterEach(async () => world.stop());

const list = async () => (await world.client.list<PodLike>(pods, { namespace: 'obrador' })).items;
interface Owned extends KubeObject {
  status: { [name: string]: unknown };
}
const create = async (spec: object) => {
  await world.client.create(replicaSets, 'obrador', workload('ReplicaSet', 'horno', spec));
  await world.clock.advance(1000);
};
const scale = async (replicas: number) => {
  await world.client.patch(replicaSets, 'obrador', 'horno', 'merge', { spec: { replicas } });
  await world.clock.advance(1000);
};
const finish = (pod: PodLike | undefined, phase: string) =>
  world.client.patch(
    pods,
    'obrador',
    pod?.metadata.name ?? '',
    'merge',
    { status: { phase } },
    { subresource: 'status' },
  );
const phases = async () => (await list()).map(({ status }) => status?.phase).sort();
const read = (name: string) => world.client.get<Owned>(replicaSets, 'obrador', name);

describe('a ReplicaSet', () => {
  it('creates as many Pods as asked for, tells it, and counts those that are ready', async () => {
    world = await startWorld(['replicaset-controller']);
    startInstantKubelet(world);
    await world.client.create(replicaSets, 'obrador', workload('ReplicaSet', 'horno', { replicas: 7 }));
    await world.clock.advance(1000);
    expect(await list()).toHaveLength(7);
    expect((await read('horno')).status).toEqual({
      replicas: 7,
      fullyLabeledReplicas: 7,
      readyReplicas: 7,
      availableReplicas: 7,
      observedGeneration: 1,
    });
    const told = await world.events();
    expect(told).toHaveLength(7);
    expect(told[0]).toMatch(/^Normal SuccessfulCreate: Created pod: horno-[a-z0-9]{5}$/);
    expect(world.troubles).toEqual([]);
  });

  it('lets go of a Pod whose labels no longer match, and takes it back', async () => {
    world = await startWorld(['replicaset-controller']);
    await world.client.create(replicaSets, 'obrador', workload('ReplicaSet', 'horno', { replicas: 1 }));
    await world.clock.advance(1000);
    const [first] = await list();
    const name = first?.metadata.name ?? '';
    await world.client.patch(pods, 'obrador', name, 'merge', { metadata: { labels: { app: 'otro' } } });
    await world.clock.advance(1000);
    expect(await list()).toHaveLength(2);
    expect((await world.client.get(pods, 'obrador', name)).metadata.ownerReferences).toBeUndefined();
    await world.client.patch(pods, 'obrador', name, 'merge', { metadata: { labels: { app: 'horno' } } });
    await world.clock.advance(1000);
    expect((await list()).filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toHaveLength(1);
  });

  it('replaces finished Pods and leaves them lying', async () => {
    world = await startWorld(['replicaset-controller']);
    startInstantKubelet(world);
    await create({ replicas: 2 });
    const [first, second] = await list();
    await finish(first, 'Failed');
    await finish(second, 'Succeeded');
    await world.clock.advance(1000);
    expect(await phases()).toEqual(['Failed', 'Running', 'Running', 'Succeeded']);
    await scale(0);
    expect(await phases()).toEqual(['Failed', 'Succeeded']);
    expect((await read('horno')).status).toEqual({ replicas: 0, observedGeneration: 2 });
  });

  it('counts Pods as available only when they have been ready for long enough', async () => {
    world = await startWorld(['replicaset-controller']);
    startInstantKubelet(world);
    await create({ replicas: 2, minReadySeconds: 10 });
    expect((await read('horno')).status).not.toHaveProperty('availableReplicas');
    await world.clock.advance(11_000);
    expect((await read('horno')).status['availableReplicas']).toBe(2);
  });

  it.each([
    ['the one that is not ready', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }],
    ['the one without a node', {}],
    ['the cheapest', { metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } } }],
    [
      'the one that restarted most',
      {
        status: { containerStatuses: [{ name: 'c', restartCount: 7, ready: true, image: '', imageID: '' }] },
      },
    ],
  ])('deletes first %s', async (what, change) => {
    world = await startWorld(['replicaset-controller']);
    startInstantKubelet(world);
    await create({ replicas: 5 });
    const all = await list();
    const victim = all[3]?.metadata.name ?? '';
    for (const { metadata } of all)
      if (what !== 'the one without a node' || metadata.name !== victim)
        await world.client.act(pods, 'obrador', metadata.name ?? '', 'binding', {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: metadata.name },
          target: { kind: 'Node', name: 'uno' },
        });
    const { metadata = {}, status } = change as { metadata?: object; status?: object };
    await world.client.patch(pods, 'obrador', victim, 'strategic', { metadata });
    if (status !== undefined)
      await world.client.patch(pods, 'obrador', victim, 'strategic', { status }, { subresource: 'status' });
    await world.clock.advance(1000);
    await scale(4);
    const left = (await list()).map(({ metadata: { name } }) => name);
    expect(left).toHaveLength(4);
    expect(left).not.toContain(victim);
  });

  it('is asked for under its older name as well', async () => {
    world = await startWorld(['replicationcontroller-controller']);
    startInstantKubelet(world);
    const controllers = resourceRef('v1', 'replicationcontrollers');
    await world.client.create(controllers, 'obrador', {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'viejo' },
      spec: { replicas: 2, selector: { app: 'viejo' }, template: template('viejo') },
    } as unknown as KubeObject);
    await world.clock.advance(1000);
    expect((await list()).map(({ metadata }) => metadata.ownerReferences?.[0]?.kind)).toEqual([
      'ReplicationController',
      'ReplicationController',
    ]);
    const { status } = await world.client.get<Owned>(controllers, 'obrador', 'viejo');
    expect(status).toMatchObject({ replicas: 2, readyReplicas: 2, availableReplicas: 2 });
  });
});
