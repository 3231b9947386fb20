import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../../src/base/random.ts';
import type { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { resourceRef } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { internalError } from '../../../src/kube/status.ts';
import type { StreamItem, Transport } from '../../../src/kube/transport.ts';
import {
  daemonSets,
  events,
  type PodLike,
  pods,
  replicaSets,
  startInstantKubelet,
  startWorld,
  statefulSets,
  template,
  type World,
  workload,
} from './workloads.ts';

/** Informers that lag behind, each by another time; `loss`: of 100 watches, how many end at some event. */
function lagging(random: Random, loss: number) {
  return (transport: Transport, clock: VirtualClock): Transport =>
    async (request) => {
      const answer = await transport(request);
      if (answer.body.kind !== 'events') return answer;
      const { body } = answer;
      async function* late(): AsyncGenerator<StreamItem> {
        for await (const item of body.events as AsyncIterable<StreamItem>) {
          if (random.int(100) < loss) throw internalError('the connection was cut');
          await clock.sleep(random.int(300));
          yield item;
        }
      }
      return { ...answer, body: { ...body, events: late() } };
    };
}

/** How many Pods were ever created. */
async function created(world: World): Promise<number> {
  const { items } = await world.client.list<KubeObject & { reason: string; count: number }>(events);
  return items
    .filter(({ reason }) => reason === 'SuccessfulCreate')
    .reduce((sum, { count }) => sum + count, 0);
}

const live = async (world: World) =>
  (await world.client.list<PodLike>(pods)).items.filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );

describe('with informers that lag behind', () => {
  it('nothing is created or deleted twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(10_000),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(12),
        async (seed, first, second) => {
          const world = await startWorld(['replicaset-controller'], {
            seed,
            through: lagging(seededRandom(seed), 0),
          });
          const stop = startInstantKubelet(world);
          await world.client.create(
            replicaSets,
            'obrador',
            workload('ReplicaSet', 'horno', { replicas: first }),
          );
          await world.clock.advance(20_000);
          expect(await created(world)).toBe(first);
          await world.client.patch(replicaSets, 'obrador', 'horno', 'merge', { spec: { replicas: second } });
          await world.clock.advance(20_000);
          expect(await live(world)).toHaveLength(second);
          expect(await created(world)).toBe(Math.max(first, second));
          stop();
          await world.stop();
        },
      ),
      { numRuns: 12 },
    );
  });

  it('every kind ends as it should, also when watches break', async () => {
    const nodes = ['uno', 'dos', 'tres'];
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), async (seed) => {
        const world = await startWorld(
          ['replicaset-controller', 'statefulset-controller', 'daemonset-controller'],
          { seed, through: lagging(seededRandom(seed), 5) },
        );
        const stop = startInstantKubelet(world);
        for (const name of nodes)
          await world.client.create(resourceRef('v1', 'nodes'), '', {
            apiVersion: 'v1',
            kind: 'Node',
            metadata: { name },
          });
        await world.client.create(replicaSets, 'obrador', workload('ReplicaSet', 'r', { replicas: 3 }));
        await world.client.create(
          statefulSets,
          'obrador',
          workload('StatefulSet', 's', { replicas: 3, serviceName: 's' }),
        );
        await world.client.create(daemonSets, 'obrador', workload('DaemonSet', 'd', {}));
        await world.clock.advance(60_000);
        for (const [ref, name] of [
          [statefulSets, 's'],
          [daemonSets, 'd'],
        ] as const)
          await world.client.patch(ref, 'obrador', name, 'merge', {
            spec: { template: template(name, 'nginx:1.28') },
          });
        await world.client.patch(replicaSets, 'obrador', 'r', 'merge', { spec: { replicas: 1 } });
        await world.clock.advance(200_000);
        const there = (await live(world)).map(({ metadata, spec }) => {
          const app = metadata.labels?.['app'] ?? '';
          return `${app} ${spec.containers[0]?.image}`;
        });
        expect(there.sort()).toEqual([
          ...Array(3).fill('d nginx:1.28'),
          'r nginx:1.27',
          ...Array(3).fill('s nginx:1.28'),
        ]);
        stop();
        await world.stop();
      }),
      { numRuns: 6 },
    );
  });
});
