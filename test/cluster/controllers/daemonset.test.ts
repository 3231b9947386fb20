import { afterEach, describe, expect, it } from 'vitest';
import { resourceRef } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import {
  controllerRevisions,
  daemonSets,
  type PodLike,
  pods,
  startInstantKubelet,
  startWorld,
  template,
  type World,
  workload,
} from './workloads.ts';

let world: World;
afterEach(async () => world.stop());

const nodes = resourceRef('v1', 'nodes');
interface Daemon extends KubeObject {
  status: { [name: string]: unknown };
}
interface DaemonPod extends PodLike {
  spec: PodLike['spec'] & {
    tolerations: { key: string; effect: string }[];
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: { matchFields: { values: string[] }[] }[];
        };
      };
    };
  };
}

async function addNode(name: string, more: { labels?: object; taints?: object[] } = {}): Promise<void> {
  await world.client.create(nodes, '', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...more.labels } },
    spec: { taints: more.taints ?? [] },
  } as unknown as KubeObject);
}
const change = (spec: object) => world.client.patch(daemonSets, 'obrador', 'ventilador', 'merge', { spec });
const read = () => world.client.get<Daemon>(daemonSets, 'obrador', 'ventilador');
const list = async () => (await world.client.list<DaemonPod>(pods, { namespace: 'obrador' })).items;
const nodeOf = ({ spec }: DaemonPod) =>
  spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]
    ?.matchFields[0]?.values[0];
const places = async () =>
  (await list())
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(nodeOf)
    .sort();

async function begin(spec: object = {}, names = ['uno', 'dos', 'tres']): Promise<void> {
  world = await startWorld(['daemonset-controller']);
  startInstantKubelet(world);
  for (const name of names) await addNode(name);
  await world.client.create(daemonSets, 'obrador', workload('DaemonSet', 'ventilador', spec));
  await world.clock.advance(2000);
}

describe('a DaemonSet', () => {
  it('has one Pod for each node, also for one that comes later, and tolerates what daemons do', async () => {
    await begin();
    expect(await places()).toEqual(['dos', 'tres', 'uno']);
    await addNode('cuatro');
    await world.clock.advance(1000);
    expect(await places()).toEqual(['cuatro', 'dos', 'tres', 'uno']);
    const [pod] = await list();
    expect(pod?.spec.tolerations.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/disk-pressure:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule',
      'node.kubernetes.io/pid-pressure:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
    expect((await read()).status).toMatchObject({
      desiredNumberScheduled: 4,
      currentNumberScheduled: 4,
      numberReady: 4,
      numberAvailable: 4,
      numberMisscheduled: 0,
      observedGeneration: 1,
    });
    expect(world.troubles).toEqual([]);
  });

  it('leaves a node alone that it does not fit, stays for NoSchedule and goes for NoExecute', async () => {
    await begin();
    const taint = (name: string, effect: string) =>
      world.client.patch(nodes, '', name, 'merge', { spec: { taints: [{ key: 'horno', effect }] } });
    await taint('uno', 'NoSchedule');
    await taint('dos', 'NoExecute');
    await world.clock.advance(1000);
    expect(await places()).toEqual(['tres', 'uno']);
    expect((await read()).status).toMatchObject({
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
      numberMisscheduled: 1,
    });
  });

  it('follows labels of nodes and expressions over them', async () => {
    await begin({
      template: {
        ...template('ventilador'),
        spec: {
          ...template('ventilador').spec,
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: 'grados', operator: 'Gt', values: ['200'] }] },
                  { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['tres'] }] },
                ],
              },
            },
          },
        },
      },
    });
    expect(await places()).toEqual(['tres']);
    await world.client.patch(nodes, '', 'uno', 'merge', { metadata: { labels: { grados: '250' } } });
    await world.clock.advance(1000);
    expect(await places()).toEqual(['tres', 'uno']);
  });

  it('goes round the nodes with a new template, as many at a time as may be missing', async () => {
    await begin({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } });
    await change({ template: template('ventilador', 'broken:1') });
    await world.clock.advance(3000);
    const images = (await list()).map(({ spec }) => spec.containers[0]?.image).sort();
    expect(images).toEqual(['broken:1', 'broken:1', 'nginx:1.27']);
    expect((await read()).status).toMatchObject({ updatedNumberScheduled: 2, numberUnavailable: 2 });
    await change({ template: template('ventilador', 'nginx:1.28') });
    await world.clock.advance(3000);
    expect((await list()).map(({ spec }) => spec.containers[0]?.image)).toEqual(Array(3).fill('nginx:1.28'));
    expect(await places()).toEqual(['dos', 'tres', 'uno']);
  });

  it('with maxSurge has the new Pod ready before the old one goes', async () => {
    await begin({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    await change({ template: template('ventilador', 'broken:1') });
    await world.clock.advance(3000);
    const images = (await list()).map(({ spec }) => spec.containers[0]?.image).sort();
    expect(images).toEqual(['broken:1', 'nginx:1.27', 'nginx:1.27', 'nginx:1.27']);
  });

  it('makes a failed Pod anew, later each time, and says so', async () => {
    await begin({}, ['uno']);
    const fail = async () => {
      const [pod] = await list();
      await world.client.patch(
        pods,
        'obrador',
        pod?.metadata.name ?? '',
        'merge',
        { status: { phase: 'Failed' } },
        { subresource: 'status' },
      );
      return pod?.metadata.name;
    };
    const first = await fail();
    await world.clock.advance(100);
    expect((await list()).map(({ metadata }) => metadata.name)).not.toContain(first);
    const second = await fail();
    await world.clock.advance(500);
    expect((await list()).map(({ metadata }) => metadata.name)).toEqual([second]);
    await world.clock.advance(1000);
    expect((await list()).map(({ metadata }) => metadata.name)).not.toContain(second);
    expect(await world.events()).toContain(
      `Warning FailedDaemonPod: Found failed daemon pod obrador/${first} on node uno, will try to kill it`,
    );
  });

  it('renumbers the revision of a template that comes back, and forgets old ones', async () => {
    await begin({ revisionHistoryLimit: 1 }, ['uno']);
    for (const image of ['nginx:1.28', 'nginx:1.27', 'nginx:1.29']) {
      await change({ template: template('ventilador', image) });
      await world.clock.advance(3000);
    }
    const { items } = await world.client.list<KubeObject & { revision: number }>(controllerRevisions);
    expect(items.map(({ revision }) => revision).sort()).toEqual([3, 4]);
  });
});
