import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/cluster/store/memory-store.ts';
import type { StoreError, StoreEvent, Watcher } from '../../../src/cluster/store/store.ts';
import { describeGuarantees } from './guarantees.ts';

const value = Uint8Array.of(1);

describeGuarantees('store in memory', async () => createMemoryStore());

describe('store in memory', () => {
  it('applies commits in the order of the calls, without waiting for each other', async () => {
    const store = createMemoryStore();
    const results = await Promise.all(['a', 'b', 'c'].map((key) => store.commit([{ key, value }])));
    expect(results.map((result) => result.done && result.revision)).toEqual([2, 3, 4]);
  });

  it('shows every watcher the revisions in order when a listener commits by itself', async () => {
    const store = createMemoryStore();
    const pending: Promise<unknown>[] = [];
    const seen: number[] = [];
    store.watch('a', 1, {
      onEvents: () => {
        if (store.revision < 5) pending.push(store.commit([{ key: 'a', value }]));
      },
    });
    store.watch('a', 1, { onEvents: (events) => seen.push(...events.map((event) => event.revision)) });
    await store.commit([{ key: 'a', value }]);
    await Promise.all(pending);
    expect(seen).toEqual([2, 3, 4, 5]);
  });

  it('gives a watcher begun in the middle of a revision that revision once', async () => {
    const store = createMemoryStore();
    const late: number[] = [];
    const begun: Watcher[] = [];
    store.watch('', 1, {
      onEvents: () => {
        if (begun.length > 0) return;
        const onEvents = (events: readonly StoreEvent[]) =>
          late.push(...events.map((event) => event.revision));
        begun.push(store.watch('', 1, { onEvents }));
      },
    });
    store.watch('a', 1, { onEvents: () => {} });
    await store.commit([{ key: 'a', value }]);
    await store.commit([{ key: 'a', value }]);
    expect(late).toEqual([2, 3]);
  });

  it('lets a watcher wait for a revision that is not there yet', async () => {
    const store = createMemoryStore();
    const seen: number[] = [];
    store.watch('', 3, { onEvents: (events) => seen.push(...events.map((event) => event.revision)) });
    for (let n = 0; n < 4; n += 1) await store.commit([{ key: 'a', value }]);
    expect(seen).toEqual([4, 5]);
  });

  it('keeps only the history it is told to keep', async () => {
    const store = createMemoryStore({ history: { revisions: 10, bytes: 1e9 } });
    for (let n = 0; n < 100; n += 1) await store.commit([{ key: 'a', value }]);
    expect(store.revision).toBe(101);
    expect(store.compactedRevision).toBeGreaterThanOrEqual(90);
    expect(() => store.watch('', 50, { onEvents: () => {} })).toThrow(
      expect.objectContaining({ code: 'compacted', revision: store.compactedRevision }),
    );
  });

  it('ends its watchers once when it closes, and takes nothing more', async () => {
    const store = createMemoryStore();
    const ends: StoreError[] = [];
    store.watch('', 1, { onEvents: () => {}, onEnd: (why) => ends.push(why) });
    const stopped = store.watch('', 1, { onEvents: () => {}, onEnd: (why) => ends.push(why) });
    stopped.stop();
    await store.close();
    await store.close();
    expect(ends.map((why) => why.code)).toEqual(['closed']);
    await expect(store.commit([{ key: 'a', value }])).rejects.toMatchObject({ code: 'closed' });
    await expect(store.sync()).rejects.toMatchObject({ code: 'closed' });
    await expect(store.compact(1)).rejects.toMatchObject({ code: 'closed' });
    expect(() => store.watch('', 1, { onEvents: () => {} })).toThrow('closed');
  });
});
