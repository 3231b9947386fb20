import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/object.ts';
import {
  deployments,
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

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}
interface Rolled extends KubeObject {
  spec: { replicas: number };
  status: { conditions?: Condition[]; [name: string]: unknown };
}

const both = ['deployment-controller', 'replicaset-controller'];
const create = (spec: object) =>
  world.client.create(deployments, 'obrador', workload('Deployment', 'mostrador', spec));
const change = (spec: object) => world.client.patch(deployments, 'obrador', 'mostrador', 'merge', { spec });
const image = (name: string) => ({ template: template('mostrador', name) });
const read = () => world.client.get<Rolled>(deployments, 'obrador', 'mostrador');
const sets = async () =>
  (await world.client.list<Rolled>(replicaSets, { namespace: 'obrador' })).items
    .map(({ metadata, spec }) => ({
      revision: metadata.annotations?.['deployment.kubernetes.io/revision'],
      history: metadata.annotations?.['deployment.kubernetes.io/revision-history'],
      size: spec.replicas,
    }))
    .sort((a, b) => Number(a.revision) - Number(b.revision));
const condition = async (type: string) => (await read()).status.conditions?.find((one) => one.type === type);
const live = async () =>
  (await world.client.list<PodLike>(pods, { namespace: 'obrador' })).items.filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );

async function begin(spec: object): Promise<void> {
  world = await startWorld(both);
  startInstantKubelet(world);
  await create(spec);
  await world.clock.advance(1000);
}

describe('a Deployment', () => {
  it('rolls out a template, and going back moves the old ReplicaSet to a new revision', async () => {
    await begin({ replicas: 3 });
    await change(image('nginx:1.28'));
    await world.clock.advance(1000);
    expect(await sets()).toEqual([
      { revision: '1', history: undefined, size: 0 },
      { revision: '2', history: undefined, size: 3 },
    ]);
    await change(image('nginx:1.27'));
    await world.clock.advance(1000);
    expect(await sets()).toEqual([
      { revision: '2', history: undefined, size: 0 },
      { revision: '3', history: '1', size: 3 },
    ]);
    expect((await read()).metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '3' });
    expect((await live()).map(({ spec }) => spec.containers[0]?.image)).toEqual(Array(3).fill('nginx:1.27'));
    expect(world.troubles).toEqual([]);
  });

  it('writes nothing while nothing happens', async () => {
    await begin({ replicas: 3 });
    const before = await world.client.list(pods);
    await world.clock.advance(3_600_000);
    expect((await world.client.list(pods)).resourceVersion).toBe(before.resourceVersion);
  });

  it('says after its deadline that it does not get on, and that it does when it does again', async () => {
    await begin({ replicas: 2, progressDeadlineSeconds: 30 });
    await change(image('broken:1'));
    await world.clock.advance(29_000);
    expect(await condition('Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    await world.clock.advance(5000);
    expect(await condition('Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: expect.stringMatching(/^ReplicaSet "mostrador-[a-z0-9]+" has timed out progressing\.$/),
    });
    await change(image('nginx:1.29'));
    await world.clock.advance(2000);
    expect(await condition('Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
    });
  });

  it('does not roll out while it is paused, yet changes its size', async () => {
    await begin({ replicas: 2 });
    await change({ paused: true, ...image('nginx:1.28') });
    await world.clock.advance(1000);
    expect(await condition('Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    await change({ replicas: 4 });
    await world.clock.advance(1000);
    expect(await sets()).toEqual([{ revision: '1', history: undefined, size: 4 }]);
    await change({ paused: false });
    await world.clock.advance(1000);
    expect((await sets()).map(({ size }) => size)).toEqual([0, 4]);
  });

  it('shares a new size out among the ReplicaSets of a roll-out that is under way', async () => {
    await begin({
      replicas: 4,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 1 } },
    });
    await change(image('broken:1'));
    await world.clock.advance(1000);
    expect((await sets()).map(({ size }) => size)).toEqual([3, 4]);
    await change({ replicas: 10 });
    await world.clock.advance(1000);
    const [old = 0, fresh = 0] = (await sets()).map(({ size }) => size);
    expect(old + fresh).toBe(13);
    expect(old).toBeGreaterThan(3);
    expect(fresh).toBeGreaterThan(4);
  });

  it('makes all Pods anew at once with Recreate: never two templates at a time', async () => {
    await begin({ replicas: 3, strategy: { type: 'Recreate', rollingUpdate: null } });
    const seen: Set<string>[] = [];
    const stop = new AbortController();
    const there = new Map<string, string>();
    void (async () => {
      for await (const { type, object } of world.client.watch<PodLike>(pods, { signal: stop.signal })) {
        const name = object.metadata.name ?? '';
        if (type === 'DELETED') there.delete(name);
        else there.set(name, object.spec.containers[0]?.image ?? '');
        seen.push(new Set(there.values()));
      }
    })().catch(() => undefined);
    await change(image('nginx:1.28'));
    await world.clock.advance(2000);
    stop.abort();
    expect([...new Set(there.values())]).toEqual(['nginx:1.28']);
    expect(seen.length).toBeGreaterThan(6);
    expect(seen.every((images) => images.size <= 1)).toBe(true);
  });

  it('keeps as many old ReplicaSets as it should', async () => {
    await begin({ replicas: 1, revisionHistoryLimit: 1 });
    for (const number of [28, 29, 30]) {
      await change(image(`nginx:1.${number}`));
      await world.clock.advance(1000);
    }
    expect((await sets()).map(({ revision }) => revision)).toEqual(['3', '4']);
  });

  it('tries another hash when the name is taken by somebody else', async () => {
    await begin({ replicas: 1 });
    const [name = ''] = (await world.client.list(replicaSets)).items.map(
      ({ metadata }) => metadata.name ?? '',
    );
    await world.client.delete(deployments, 'obrador', 'mostrador');
    await world.client.delete(replicaSets, 'obrador', name);
    const other = workload('ReplicaSet', 'otro', { replicas: 0 });
    await world.client.create(replicaSets, 'obrador', { ...other, metadata: { ...other.metadata, name } });
    await create({ replicas: 1 });
    await world.clock.advance(2000);
    expect((await read()).status).toMatchObject({ collisionCount: 1, availableReplicas: 1 });
    expect((await world.client.list(replicaSets)).items).toHaveLength(2);
  });

  it('tells why Pods cannot be created', async () => {
    world = await startWorld(both, {
      through: (transport) => async (request) =>
        request.method === 'POST' && request.url.endsWith('/pods')
          ? Promise.reject(new Error('pods "x" is forbidden: no room'))
          : transport(request),
    });
    await create({ replicas: 2 });
    await world.clock.advance(2000);
    expect(await condition('ReplicaFailure')).toMatchObject({
      status: 'True',
      reason: 'FailedCreate',
      message: 'pods "x" is forbidden: no room',
    });
    expect(await condition('Available')).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
      message: 'Deployment does not have minimum availability.',
    });
    expect(await world.events()).toContain(
      'Warning FailedCreate: Error creating: pods "x" is forbidden: no room',
    );
  });
});
