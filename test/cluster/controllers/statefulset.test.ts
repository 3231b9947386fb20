import { afterEach, describe, expect, it } from 'vitest';
import { resourceRef } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import {
  controllerRevisions,
  type PodLike,
  pods,
  startInstantKubelet,
  startWorld,
  statefulSets,
  template,
  type World,
  workload,
} from './workloads.ts';

let world: World;
afterEach(async () => world.stop());

interface Set extends KubeObject {
  status: { [name: string]: unknown };
}
interface Claim extends KubeObject {
  status?: { phase?: string };
}
const claims = resourceRef('v1', 'persistentvolumeclaims');
const create = (spec: object) =>
  world.client.create(
    statefulSets,
    'obrador',
    workload('StatefulSet', 'horno', { serviceName: 'horno', ...spec }),
  );
const change = (spec: object) => world.client.patch(statefulSets, 'obrador', 'horno', 'merge', { spec });
const image = (name: string) => ({ template: template('horno', name) });
const read = () => world.client.get<Set>(statefulSets, 'obrador', 'horno');
const list = async () => (await world.client.list<PodLike>(pods, { namespace: 'obrador' })).items;
const names = async () => (await list()).map(({ metadata }) => metadata.name).sort();
const images = async () =>
  Object.fromEntries((await list()).map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.image]));
const owners = async () =>
  Object.fromEntries(
    (await world.client.list<Claim>(claims)).items.map(({ metadata }) => [
      metadata.name,
      (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind}/${name}`),
    ]),
  );
const withClaims = (policy?: object) => ({
  volumeClaimTemplates: [
    {
      metadata: { name: 'masa' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ],
  ...(policy === undefined ? {} : { persistentVolumeClaimRetentionPolicy: policy }),
});

async function begin(spec: object, kubelet = true): Promise<void> {
  world = await startWorld(['statefulset-controller']);
  if (kubelet) startInstantKubelet(world);
  await create(spec);
  await world.clock.advance(1000);
}

describe('a StatefulSet', () => {
  it('makes its Pods one after the other, with names, labels and a host name', async () => {
    await begin({ replicas: 3, ordinals: { start: 5 } }, false);
    expect(await names()).toEqual(['horno-5']);
    startInstantKubelet(world);
    await world.client.patch(pods, 'obrador', 'horno-5', 'merge', { metadata: { annotations: { a: 'b' } } });
    await world.clock.advance(1000);
    expect(await names()).toEqual(['horno-5', 'horno-6', 'horno-7']);
    const pod = await world.client.get<PodLike & { spec: { hostname: string; subdomain: string } }>(
      pods,
      'obrador',
      'horno-6',
    );
    expect(pod.spec).toMatchObject({ hostname: 'horno-6', subdomain: 'horno' });
    expect(pod.metadata.labels).toEqual({
      app: 'horno',
      'apps.kubernetes.io/pod-index': '6',
      'controller-revision-hash': (await read()).status['updateRevision'],
      'statefulset.kubernetes.io/pod-name': 'horno-6',
    });
    expect(world.troubles).toEqual([]);
  });

  it('makes and deletes them all at once when asked to', async () => {
    await begin({ replicas: 3, podManagementPolicy: 'Parallel' }, false);
    expect(await names()).toEqual(['horno-0', 'horno-1', 'horno-2']);
  });

  it('updates from the highest ordinal down to the partition, and keeps below it what was there', async () => {
    await begin({
      replicas: 3,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    });
    await change(image('nginx:1.28'));
    await world.clock.advance(2000);
    expect(await images()).toEqual({
      'horno-0': 'nginx:1.27',
      'horno-1': 'nginx:1.28',
      'horno-2': 'nginx:1.28',
    });
    await world.client.delete(pods, 'obrador', 'horno-0');
    await world.clock.advance(2000);
    expect((await images())['horno-0']).toBe('nginx:1.27');
    await change({ updateStrategy: { rollingUpdate: { partition: 0 } } });
    await world.clock.advance(2000);
    expect((await images())['horno-0']).toBe('nginx:1.28');
    const { status } = await read();
    expect(status['currentRevision']).toBe(status['updateRevision']);
  });

  it('replaces nothing by itself with OnDelete', async () => {
    await begin({ replicas: 2, updateStrategy: { type: 'OnDelete' } });
    await change(image('nginx:1.28'));
    await world.clock.advance(2000);
    expect(await images()).toEqual({ 'horno-0': 'nginx:1.27', 'horno-1': 'nginx:1.27' });
    await world.client.delete(pods, 'obrador', 'horno-1');
    await world.clock.advance(2000);
    expect(await images()).toEqual({ 'horno-0': 'nginx:1.27', 'horno-1': 'nginx:1.28' });
  });

  it('waits for a broken Pod, also when the template is the good one again', async () => {
    await begin({ replicas: 2 });
    await change(image('broken:1'));
    await world.clock.advance(2000);
    await change(image('nginx:1.27'));
    await world.clock.advance(2000);
    expect(await images()).toEqual({ 'horno-0': 'nginx:1.27', 'horno-1': 'broken:1' });
    await world.client.delete(pods, 'obrador', 'horno-1');
    await world.clock.advance(2000);
    expect(await images()).toEqual({ 'horno-0': 'nginx:1.27', 'horno-1': 'nginx:1.27' });
  });

  it('shrinks from the top, and leaves the claims unless told otherwise', async () => {
    await begin({ replicas: 3, ...withClaims() });
    await change({ replicas: 1 });
    await world.clock.advance(2000);
    expect(await names()).toEqual(['horno-0']);
    expect(await owners()).toEqual({ 'masa-horno-0': [], 'masa-horno-1': [], 'masa-horno-2': [] });
  });

  it('ties the claims to the set, or to the Pod that is about to go', async () => {
    await begin({ replicas: 2, ...withClaims({ whenDeleted: 'Delete', whenScaled: 'Delete' }) });
    expect(await owners()).toEqual({
      'masa-horno-0': ['StatefulSet/horno'],
      'masa-horno-1': ['StatefulSet/horno'],
    });
    await change({ replicas: 1 });
    await world.clock.advance(2000);
    expect(await owners()).toEqual({
      'masa-horno-0': ['StatefulSet/horno'],
      'masa-horno-1': ['Pod/horno-1'],
    });
  });

  it('does not make a Pod again before the claim of the one before is gone', async () => {
    await begin({ replicas: 2, ...withClaims({ whenScaled: 'Delete' }) });
    await change({ replicas: 1 });
    await world.clock.advance(2000);
    await change({ replicas: 2 });
    await world.clock.advance(5000);
    expect(await names()).toEqual(['horno-0']);
    await world.client.delete(claims, 'obrador', 'masa-horno-1');
    await world.client
      .patch(claims, 'obrador', 'masa-horno-1', 'merge', { metadata: { finalizers: null } })
      .catch(() => undefined);
    await world.client.patch(statefulSets, 'obrador', 'horno', 'merge', { metadata: { labels: { a: 'b' } } });
    await world.clock.advance(2000);
    expect(await names()).toEqual(['horno-0', 'horno-1']);
  });

  it('keeps only as many old revisions as it should', async () => {
    await begin({ replicas: 1, revisionHistoryLimit: 1 });
    for (const number of [28, 29, 30]) {
      await change(image(`nginx:1.${number}`));
      await world.clock.advance(2000);
    }
    const { items } = await world.client.list<KubeObject & { revision: number }>(controllerRevisions);
    expect(items.map(({ revision }) => revision).sort()).toEqual([3, 4]);
  });

  it('gives back the labels that make a Pod its own', async () => {
    await begin({ replicas: 1 });
    await world.client.patch(pods, 'obrador', 'horno-0', 'merge', {
      metadata: { labels: { 'statefulset.kubernetes.io/pod-name': 'otro' } },
    });
    await world.clock.advance(1000);
    const pod = await world.client.get(pods, 'obrador', 'horno-0');
    expect(pod.metadata.labels?.['statefulset.kubernetes.io/pod-name']).toBe('horno-0');
    expect(await world.events()).toContain(
      'Normal SuccessfulUpdate: update Pod horno-0 in StatefulSet horno successful',
    );
  });
});

it('a StatefulSet of two thousand million Pods begins with the first', async () => {
  await begin({ replicas: 2_000_000_000 }, false);
  expect(await names()).toEqual(['horno-0']);
  expect(world.troubles).toEqual([]);
});

it('the revisions of a StatefulSet have the names that a real cluster gave them', async () => {
  const command = [
    'sh',
    '-c',
    'hostname -f; trap "echo got TERM; exit 0" TERM; echo started; while :; do sleep 1 & wait $!; done',
  ];
  const container = {
    name: 'c',
    image: 'busybox:1.37',
    command,
    readinessProbe: { exec: { command: ['true'] }, initialDelaySeconds: 2, periodSeconds: 2 },
  };
  world = await startWorld(['statefulset-controller']);
  await world.client.create(
    statefulSets,
    'obrador',
    workload('StatefulSet', 'db', {
      serviceName: 'db',
      template: {
        metadata: { labels: { app: 'db' } },
        spec: { terminationGracePeriodSeconds: 10, containers: [container] },
      },
    }),
  );
  await world.clock.advance(1000);
  expect((await world.client.get<Set>(statefulSets, 'obrador', 'db')).status['updateRevision']).toBe(
    'db-6c6f8cff6d',
  );
});
