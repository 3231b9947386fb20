import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../../src/base/random.ts';
import type { VirtualClock } from '../../../src/base/virtual-clock.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { conflict, internalError } from '../../../src/kube/status.ts';
import type { Transport } from '../../../src/kube/transport.ts';
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

const both = ['deployment-controller', 'replicaset-controller'];
type Amount = number | string;
const amount = fc.oneof(fc.nat(4), fc.constantFrom('0%', '10%', '25%', '50%', '100%'));

const inNumbers = (value: Amount, replicas: number, up: boolean): number => {
  if (typeof value === 'number') return value;
  const share = (Number.parseInt(value, 10) * replicas) / 100;
  return up ? Math.ceil(share) : Math.floor(share);
};

interface Sized extends KubeObject {
  spec: { replicas: number };
  status?: { [name: string]: unknown };
}
interface Live {
  ready: boolean;
  image: string;
}

/** What there is after each revision of the store: Pods that are not on their way out, and how many the ReplicaSets want. */
function follow(world: World, seen: (live: readonly Live[], wanted: number) => void): () => void {
  const stop = new AbortController();
  const there = new Map<string, Live>();
  const sizes = new Map<string, number>();
  const tell = () =>
    seen(
      [...there.values()],
      [...sizes.values()].reduce((sum, size) => sum + size, 0),
    );
  const watch = async <T extends KubeObject>(ref: typeof pods, note: (gone: boolean, object: T) => void) => {
    for await (const { type, object } of world.client.watch<T>(ref, { signal: stop.signal })) {
      note(type === 'DELETED', object);
      tell();
    }
  };
  void watch<PodLike>(pods, (gone, { metadata, spec, status }) => {
    const name = metadata.name ?? '';
    const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
    const ready = conditions.some((one) => one.type === 'Ready' && one.status === 'True');
    if (gone || metadata.deletionTimestamp !== undefined) there.delete(name);
    else there.set(name, { ready, image: spec.containers[0]?.image ?? '' });
  }).catch(() => undefined);
  void watch<Sized>(replicaSets, (gone, { metadata, spec }) => {
    if (gone) sizes.delete(metadata.name ?? '');
    else sizes.set(metadata.name ?? '', spec.replicas);
  }).catch(() => undefined);
  return () => stop.abort();
}

/** Requests that take a while, fail or find that somebody was faster. */
function unreliable(random: Random, percent: number) {
  return (transport: Transport, clock: VirtualClock): Transport =>
    async (request) => {
      if (/[?&]watch=/.test(request.url)) return transport(request);
      await clock.sleep(random.int(40));
      if (request.method !== 'GET' && random.int(100) < percent)
        throw random.int(2) === 0
          ? internalError('the disk is slow')
          : conflict({ group: 'apps', resource: 'x' }, 'y', 'somebody was faster');
      const answer = await transport(request);
      // Done, but nobody hears of it.
      if (request.method !== 'GET' && random.int(100) < percent / 2)
        throw internalError('the connection was cut');
      return answer;
    };
}

describe('a rolling update', () => {
  it('keeps within maxSurge and maxUnavailable at every revision of the store', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        amount,
        amount,
        fc.nat(1000),
        async (replicas, maxSurge, maxUnavailable, seed) => {
          const surge = inNumbers(maxSurge, replicas, true);
          const missing = inNumbers(maxUnavailable, replicas, false);
          // The server refuses two zeros; of percentages that come to nothing, one Pod may be missing.
          fc.pre(
            !(
              Number.parseInt(String(maxSurge), 10) === 0 && Number.parseInt(String(maxUnavailable), 10) === 0
            ),
          );
          const allowed = surge === 0 && missing === 0 ? 1 : Math.min(missing, replicas);
          const world = await startWorld(both, { seed, through: unreliable(seededRandom(seed), 0) });
          const stopKubelet = startInstantKubelet(world);
          const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
          await world.client.create(
            deployments,
            'obrador',
            workload('Deployment', 'mostrador', { replicas, strategy }),
          );
          await world.clock.advance(5000);
          let most = 0;
          let fewest = replicas;
          let watched = false;
          const stop = follow(world, (live, wanted) => {
            if (!watched) return;
            most = Math.max(most, wanted, live.length);
            fewest = Math.min(fewest, live.filter(({ ready }) => ready).length);
          });
          await world.clock.advance(10);
          watched = true;
          await world.client.patch(deployments, 'obrador', 'mostrador', 'merge', {
            spec: { template: template('mostrador', 'nginx:1.28') },
          });
          await world.clock.advance(20_000);
          stop();
          stopKubelet();
          const done = await world.client.get<Sized>(deployments, 'obrador', 'mostrador');
          await world.stop();
          expect(done.status).toMatchObject({
            updatedReplicas: replicas,
            replicas,
            availableReplicas: replicas,
          });
          expect(most).toBeLessThanOrEqual(replicas + surge);
          expect(fewest).toBeGreaterThanOrEqual(replicas - allowed);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('ends as it should whatever goes wrong on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.array(fc.record({ atMs: fc.nat(3000), victim: fc.nat(20) }), { maxLength: 6 }),
        fc.array(fc.nat(4000), { maxLength: 2 }),
        async (replicas, seed, kills, restarts) => {
          const world = await startWorld(both, { seed, through: unreliable(seededRandom(seed), 20) });
          const stopKubelet = startInstantKubelet(world);
          await world.client.create(
            deployments,
            'obrador',
            workload('Deployment', 'mostrador', { replicas }),
          );
          await world.clock.advance(500);
          for (const image of ['nginx:1.28', 'broken:1', 'nginx:1.29'])
            world.clock.after(
              { 'nginx:1.28': 500, 'broken:1': 1000, 'nginx:1.29': 2500 }[image] ?? 0,
              () =>
                void world.client.patch(deployments, 'obrador', 'mostrador', 'merge', {
                  spec: { template: template('mostrador', image) },
                }),
            );
          for (const { atMs, victim } of kills) world.clock.after(atMs, () => void kill(world, victim));
          for (const atMs of restarts) world.clock.after(atMs, () => void world.restart());
          await world.clock.advance(120_000);
          const there = (await world.client.list<PodLike>(pods)).items;
          const all = (await world.client.list<Sized>(replicaSets)).items;
          const done = await world.client.get<Sized>(deployments, 'obrador', 'mostrador');
          stopKubelet();
          await world.stop();
          expect(there.map(({ spec }) => spec.containers[0]?.image)).toEqual(
            Array(replicas).fill('nginx:1.29'),
          );
          expect(all.map(({ spec }) => spec.replicas).sort()).toEqual([0, 0, 0, replicas].slice(-all.length));
          expect(all.length).toBeLessThanOrEqual(4);
          expect(done.status).toMatchObject({
            updatedReplicas: replicas,
            replicas,
            availableReplicas: replicas,
          });
        },
      ),
      { numRuns: 25 },
    );
  });
});

async function kill(world: World, victim: number): Promise<void> {
  const { items } = await world.client.list<PodLike>(pods);
  const name = items[victim % Math.max(1, items.length)]?.metadata.name;
  if (name !== undefined) await world.client.delete(pods, 'obrador', name).catch(() => undefined);
}
