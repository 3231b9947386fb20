import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/object.ts';
import {
  type PodLike,
  pods,
  replicaSets,
  startInstantKubelet,
  startWorld,
  type World,
  workload,
} from './workloads.ts';

let world: World;
afterEach(async () => world.stop());

const list = async () => (await world.client.list<PodLike>(pods, { namespace: 'obrador' })).items;
interface Owned extends KubeObject {
  status: { [name: string]: unknown };
}
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
});
