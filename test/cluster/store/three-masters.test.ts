import { afterEach, describe, expect, it } from 'vitest';
import type { ReplicatedStore } from '../../../src/cluster/store/replicated-store.ts';
import type { CommitResult, StoreError } from '../../../src/cluster/store/store.ts';
import { Masters, type MastersOptions } from './masters.ts';

const value = Uint8Array.of(1);
let masters = new Masters(3);

afterEach(async () => {
  await masters.close();
});

async function three(options?: MastersOptions): Promise<readonly ReplicatedStore[]> {
  masters = new Masters(3, options);
  return masters.startAll();
}

/** Writes `k0`, `k1`… at every store in turn until it is stopped; keeps what was acknowledged. */
function load(stores: readonly ReplicatedStore[]) {
  const acknowledged: { key: string; revision: number }[] = [];
  const failed: unknown[] = [];
  let stopped = false;
  let n = 0;
  const writers = stores.map(async (store) => {
    while (!stopped) {
      const key = `k${n}`;
      n += 1;
      try {
        const result = await store.commit([{ key, value, expectedRevision: 0 }]);
        if (result.done) acknowledged.push({ key, revision: result.revision });
      } catch (error) {
        failed.push(error);
        return;
      }
    }
  });
  return {
    acknowledged,
    failed,
    stop: async () => {
      stopped = true;
      await masters.settled(Promise.all(writers));
    },
  };
}

describe('store on three masters', () => {
  it('reads everywhere, after a sync, what was written anywhere', async () => {
    const stores = await three();
    for (const [n, store] of stores.entries()) {
      await masters.settled(store.commit([{ key: `k${n}`, value }]));
      for (const other of stores) {
        await masters.settled(other.sync());
        expect(other.get(`k${n}`)).toMatchObject({ modRevision: n + 2 });
      }
    }
  });

  it('decides between two writers of one key once, whoever they ask', async () => {
    const stores = await three();
    const both = await masters.settled(
      Promise.all(stores.map((store) => store.commit([{ key: 'a', value, expectedRevision: 0 }]))),
    );
    const isDone = (result: CommitResult) => result.done;
    expect(both.filter(isDone)).toHaveLength(1);
    for (const result of both)
      if (!result.done) expect(result.current).toMatchObject({ key: 'a', version: 1 });
  });

  it('holds every value once in the process, also after restarts from log and snapshot', async () => {
    const stores = await three({ settings: { snapshotEntries: 20, keepBehind: 5 } });
    const same = async () => {
      const all = [...masters.stores.values()];
      for (const store of all) await masters.settled(store.sync());
      const lists = all.map((store) => store.list('').items);
      expect(lists[0]?.length).toBeGreaterThan(0);
      for (const list of lists) {
        expect(list).toHaveLength(lists[0]?.length ?? 0);
        list.forEach((item, at) => {
          expect(item).toBe(lists[0]?.[at]);
        });
      }
    };
    for (let n = 0; n < 50; n += 1)
      await masters.settled(stores[n % 3]?.commit([{ key: `k${n % 30}`, value }]) ?? Promise.reject());
    await same();
    for (const name of masters.names) {
      await masters.stores.get(name)?.close();
      await masters.start(name);
      await masters.until(() => masters.leader() !== undefined);
      await same();
    }
  });

  it('loses the leader under load: another within a second, nothing acknowledged lost, watches go on', async () => {
    const stores = await three();
    const leader = masters.leader();
    const others = stores.filter((store) => store !== leader);
    const seen = others.map((store) => {
      const revisions: number[] = [];
      const ends: StoreError[] = [];
      store.watch('k', 1, {
        onEvents: (events) => revisions.push(...events.map((event) => event.revision)),
        onEnd: (why) => ends.push(why),
      });
      return { revisions, ends };
    });
    const writing = load(others);
    await masters.clock.advance(200);
    expect(writing.acknowledged.length).toBeGreaterThan(5);
    await leader?.close();
    const tookMs = await masters.until(() => masters.leader() !== undefined);
    expect(tookMs).toBeLessThanOrEqual(1_000);
    const before = writing.acknowledged.length;
    await masters.clock.advance(300);
    expect(writing.acknowledged.length).toBeGreaterThan(before);
    await writing.stop();
    // The writers never noticed: their commits only took longer.
    expect(writing.failed).toEqual([]);
    for (const [at, store] of others.entries()) {
      await masters.settled(store.sync());
      for (const { key, revision } of writing.acknowledged)
        expect(store.get(key)).toMatchObject({ modRevision: revision });
      const revisions = seen[at]?.revisions ?? [];
      expect(revisions).toEqual(Array.from({ length: store.revision - 1 }, (_, n) => n + 2));
      expect(seen[at]?.ends).toEqual([]);
    }
    // The old one comes back and catches up.
    const name = masters.names.find((one) => !masters.stores.has(one)) ?? '';
    const back = await masters.start(name);
    await masters.settled(back.sync());
    expect(back.list('').items).toEqual(others[0]?.list('').items);
  });

  it('takes the writes of a master however often it is restarted', async () => {
    await three();
    const name = masters.followers()[0]?.raft.status().id ?? '';
    for (let n = 0; n < 8; n += 1) {
      await masters.stores.get(name)?.close();
      const back = await masters.start(name);
      await masters.settled(back.sync());
      expect(await masters.settled(back.commit([{ key: `k${n}`, value }]))).toMatchObject({ done: true });
    }
  });

  it('refuses reads and writes at a master that is cut off, and only there', async () => {
    await three();
    const cut = masters.leader();
    const name = cut?.raft.status().id ?? '';
    masters.network.isolate(name);
    await masters.until(() => masters.leader() !== cut && cut?.raft.status().role !== 'leader');
    const refused = [cut?.commit([{ key: 'lost', value }]), cut?.sync()].map((promise) =>
      promise?.then(
        () => 'done',
        (error: StoreError) => error.code,
      ),
    );
    await masters.settled(masters.leader()?.commit([{ key: 'kept', value }]) ?? Promise.reject());
    expect(await masters.settled(Promise.all(refused))).toEqual(['unavailable', 'unavailable']);
    expect(cut?.get('kept')).toBeUndefined();
    masters.network.reconnect(name);
    await masters.settled(cut?.sync() ?? Promise.reject());
    expect(cut?.get('kept')).toBeDefined();
    expect(cut?.get('lost')).toBeUndefined();
  });

  it('sends a snapshot to a master that was away too long, and tells its watchers', async () => {
    await three({ settings: { snapshotEntries: 20, keepBehind: 2 } });
    const away = masters.followers()[0];
    const name = away?.raft.status().id ?? '';
    const ends: StoreError[] = [];
    away?.watch('', 1, { onEvents: () => {}, onEnd: (why) => ends.push(why) });
    masters.network.isolate(name);
    const leader = masters.leader();
    for (let n = 0; n < 60; n += 1)
      await masters.settled(leader?.commit([{ key: `k${n % 7}`, value }]) ?? Promise.reject());
    masters.network.reconnect(name);
    await masters.settled(away?.sync() ?? Promise.reject());
    expect(away?.list('')).toEqual(leader?.list(''));
    expect(ends.map((why) => why.code)).toEqual(['compacted']);
    expect(() => away?.watch('', 5, { onEvents: () => {} })).toThrow(
      expect.objectContaining({ code: 'compacted' }),
    );
  });

  it('says that the disks are full, reads on, and goes on when there is room', async () => {
    const stores = await three();
    await masters.settled(stores[0]?.commit([{ key: 'before', value }]) ?? Promise.reject());
    for (const disk of masters.disks.values()) disk.refuse = 'ENOSPC';
    const outcome = await masters.settled(
      (stores[0]?.commit([{ key: 'during', value }]) ?? Promise.reject()).then(
        () => ({ code: 'done', message: '' }),
        ({ code, message }: StoreError) => ({ code, message }),
      ),
    );
    expect(['disk', 'unknown-outcome']).toContain(outcome.code);
    expect(outcome.message).toContain('ENOSPC');
    expect(stores[1]?.get('before')).toBeDefined();
    for (const disk of masters.disks.values()) disk.refuse = undefined;
    await masters.clock.advance(2_000);
    await masters.settled(stores[2]?.commit([{ key: 'after', value }]) ?? Promise.reject());
    for (const store of stores) {
      await masters.settled(store.sync());
      expect(store.get('after')).toBeDefined();
    }
  });
});
