import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { act, healAll } from './deeds.ts';
import { brokenAlways, brokenAtRest } from './rules.ts';
import { type Chaos, refs, startChaos } from './world.ts';

const nodes = ['nodo-1', 'nodo-2', 'nodo-3'];
const runs = Number(process.env['CURSO_REPETIR'] ?? 2);
const first = Number(process.env['CURSO_SEMILLA'] ?? 1);

/** All that there is with its revision, but what beats: nodes, Leases and events of what happened before. */
async function written(chaos: Chaos): Promise<readonly string[]> {
  const lists = await Promise.all(
    Object.values(refs)
      .filter((ref) => ref !== refs.nodes)
      .map(async (ref) =>
        (await chaos.cluster.client.list<KubeObject>(ref)).items.map(
          ({ metadata: { name, resourceVersion } }) => `${ref.plural}/${name} ${resourceVersion}`,
        ),
      ),
  );
  return lists.flat();
}

/** Plays a seed; answers what was broken, and a digest of all that there was at the end. */
async function play(seed: number): Promise<{ readonly broken: readonly string[]; readonly digest: string }> {
  const random = seededRandom(seed);
  const chaos = await startChaos(nodes);
  const done: string[] = [];
  const broken: string[] = [];
  const lives = new Map();
  try {
    const { client, clock } = chaos.cluster;
    await client.create(refs.classes, '', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'urgent' },
      value: 1000,
    } as never);
    for (const app of ['app-0', 'app-1', 'app-2'])
      await client.create(refs.services, 'default', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: app },
        spec: { selector: { app }, ports: [{ port: 80 }] },
      } as never);
    for (let i = 0; i < 60 && broken.length === 0; i++) {
      done.push(await act(chaos, random, nodes));
      await clock.advance(random.int(5000));
      broken.push(...(await brokenAlways(chaos, lives)));
    }
    await healAll(chaos, nodes);
    // Evictions 300 s after a node went, CrashLoopBackOff of 300 s, a Deployment that waits for both.
    await clock.advance(25 * 60_000);
    broken.push(...(await brokenAtRest(chaos)));
    const before = await written(chaos);
    await clock.advance(10 * 60_000);
    const after = await written(chaos);
    broken.push(
      ...after.filter((object) => !before.includes(object)).map((object) => `${object} was written at rest`),
    );
    const hash = createHash('sha256');
    for (const ref of Object.values(refs)) hash.update(JSON.stringify((await client.list(ref)).items));
    return { broken: broken.length === 0 ? [] : [...broken, ...done], digest: hash.digest('hex') };
  } finally {
    await chaos.close();
  }
}

it.each(Array.from({ length: runs }, (_, i) => first + i))(
  'whatever is done to it, a cluster comes to rest as its objects say (seed %i)',
  { timeout: 120_000 },
  async (seed) => {
    expect((await play(seed)).broken).toEqual([]);
  },
);

it('and all of it goes the same way again', { timeout: 240_000 }, async () => {
  const played = await play(7);
  expect(played.broken).toEqual([]);
  expect((await play(7)).digest).toBe(played.digest);
});
