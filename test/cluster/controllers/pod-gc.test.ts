import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { podGarbageCollectorWith } from '../../../src/cluster/controllers/pod-gc.ts';
import { controllerWorld, node, type World } from '../../helpers/controllerWorld.ts';
import { controllerWorld as bareWorld } from '../../helpers/nodeControllers.ts';

let world: World;
beforeEach(async () => {
  world = await controllerWorld({ controllers: ['pod-garbage-collector-controller'] });
  await world.create(node('nodo-1'));
});
afterEach(() => world.stop());

const pod = (name: string, nodeName?: string, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: {
    containers: [{ name: 'c', image: 'nginx:1.27' }],
    ...(nodeName === undefined ? {} : { nodeName }),
  },
  status: { phase: nodeName === undefined ? 'Pending' : 'Running' },
});
const names = async () => (await world.list('v1 pods')).map(({ metadata }) => metadata.name);
const held = { finalizers: ['obrador.example/mira'] };

describe('Pods that nobody would ever delete', () => {
  it('go when their node is gone for 40 s, told as failed', async () => {
    await world.create(pod('huerfano', 'nodo-9', held));
    await world.create(pod('sigue', 'nodo-1'));
    await world.calm(38_000);
    expect((await world.get('v1 pods', 'huerfano')).metadata.deletionTimestamp).toBeUndefined();
    await world.calm(25_000);
    const { metadata, status } = await world.get('v1 pods', 'huerfano');
    expect(metadata.deletionGracePeriodSeconds).toBe(0);
    expect(status).toMatchObject({
      phase: 'Failed',
      conditions: [
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByPodGC',
          message: 'PodGC: node no longer exists',
        },
      ],
    });
    await world.patch('v1 pods', 'huerfano', { metadata: { finalizers: null } });
    expect(await names()).toEqual(['sigue']);
  });

  it('stay when the node comes back in time', async () => {
    await world.create(pod('huerfano', 'nodo-2'));
    await world.calm(30_000);
    await world.create(node('nodo-2'));
    await world.calm(120_000);
    expect((await world.get('v1 pods', 'huerfano')).status['phase']).toBe('Running');
  });

  it('go when they were deleted before any node had them, or on a node that is out of service', async () => {
    await world.create(pod('sin-nodo', undefined, held));
    await world.create(pod('fuera-de-servicio', 'nodo-1', held));
    for (const name of ['sin-nodo', 'fuera-de-servicio']) await world.remove('v1 pods', name);
    await world.calm(25_000);
    const phase = async (name: string) => (await world.get('v1 pods', name)).status['phase'];
    expect(await Promise.all(['sin-nodo', 'fuera-de-servicio'].map(phase))).toEqual(['Failed', 'Running']);
    await world.patch('/v1 nodes', 'nodo-1', {
      spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] },
    });
    await world.patch('/v1 nodes', 'nodo-1/status', {
      status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
    });
    await world.calm(25_000);
    expect(await phase('fuera-de-servicio')).toBe('Failed');
  });
});

describe('Pods that ended', () => {
  it('go when there are too many: evicted ones first, then the oldest', async () => {
    const bare = await bareWorld([podGarbageCollectorWith({ terminatedThreshold: 2 })]);
    await bare.addNode('nodo-1');
    for (const [name, status] of [
      ['vieja', { phase: 'Succeeded' }],
      ['media', { phase: 'Failed' }],
      ['nueva', { phase: 'Succeeded' }],
      ['desalojada', { phase: 'Failed', reason: 'Evicted' }],
    ] as const) {
      await bare.addPod(name, 'nodo-1');
      await bare.t.send('PATCH', `/api/v1/namespaces/obrador/pods/${name}/status`, {
        body: { status },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      await bare.t.clock.advance(1000);
    }
    await bare.addPod('vive', 'nodo-1');
    await bare.t.clock.advance(20_000);
    const there = await Promise.all(
      ['vieja', 'media', 'nueva', 'desalojada', 'vive'].map(async (name) => (await bare.pod(name)).kind),
    );
    expect(there).toEqual(['Status', 'Pod', 'Pod', 'Status', 'Pod']);
    await bare.stop();
    expect(bare.troubles).toEqual([]);
  });
});
