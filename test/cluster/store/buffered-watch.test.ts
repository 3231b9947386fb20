import { describe, expect, it } from 'vitest';
import { bufferedWatch } from '../../../src/cluster/store/buffered-watch.ts';
import { createMemoryStore } from '../../../src/cluster/store/memory-store.ts';
import type { Store, StoreEvent } from '../../../src/cluster/store/store.ts';

async function write(store: Store, count: number, key = 'a'): Promise<void> {
  for (let n = 0; n < count; n += 1) await store.commit([{ key, value: Uint8Array.of(n) }]);
}

const revisionsOf = (events: readonly StoreEvent[]) => events.map((event) => event.revision);

describe('buffered watch', () => {
  it('gives what waits at once, and then what comes', async () => {
    const store = createMemoryStore();
    await write(store, 3);
    const turns = bufferedWatch(store, 'a', 2)[Symbol.asyncIterator]();
    expect(revisionsOf((await turns.next()).value ?? [])).toEqual([3, 4]);
    const next = turns.next();
    await write(store, 1);
    expect(revisionsOf((await next).value ?? [])).toEqual([5]);
  });

  it('ends a slow reader with the reason, and holds nothing for it', async () => {
    const store = createMemoryStore();
    const watch = bufferedWatch(store, 'a', 1, { limit: 5 });
    const turns = watch[Symbol.asyncIterator]();
    await write(store, 6);
    await expect(turns.next()).rejects.toMatchObject({ code: 'slow', message: expect.stringContaining('5') });
    expect(await turns.next()).toEqual({ done: true, value: undefined });
  });

  it('does not call slow who has just begun far back', async () => {
    const store = createMemoryStore();
    await write(store, 50);
    const turns = bufferedWatch(store, 'a', 1, { limit: 5 })[Symbol.asyncIterator]();
    await write(store, 5);
    expect((await turns.next()).value).toHaveLength(55);
    await write(store, 6);
    await expect(turns.next()).rejects.toMatchObject({ code: 'slow' });
  });

  it('ends normally when it is stopped, aborted or left', async () => {
    const store = createMemoryStore();
    const controller = new AbortController();
    const aborted = bufferedWatch(store, 'a', 1, { signal: controller.signal });
    const waiting = aborted[Symbol.asyncIterator]().next();
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });

    const stopped = bufferedWatch(store, 'a', 1);
    await write(store, 1);
    stopped.stop();
    expect(await stopped[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });

    const left = bufferedWatch(store, 'a', 1);
    for await (const events of left) {
      expect(events).toHaveLength(1);
      break;
    }
    await write(store, 20_000);
    expect(await left[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
    const dead = bufferedWatch(store, 'a', 1, { signal: AbortSignal.abort() });
    expect(await dead[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  it('hands over what came before the store closed, then the reason', async () => {
    const store = createMemoryStore();
    const turns = bufferedWatch(store, 'a', 1)[Symbol.asyncIterator]();
    await write(store, 2);
    await store.close();
    expect((await turns.next()).value).toHaveLength(2);
    await expect(turns.next()).rejects.toMatchObject({ code: 'closed' });
  });

  it('knows up to where it was read, for bookmarks', async () => {
    const store = createMemoryStore();
    const watch = bufferedWatch(store, 'a', 1);
    const turns = watch[Symbol.asyncIterator]();
    await write(store, 3, 'b');
    expect(watch.read).toBe(4);
    await write(store, 1, 'a');
    await write(store, 1, 'b');
    expect(watch.read).toBeLessThan(5);
    await turns.next();
    expect(watch.read).toBe(6);
  });

  it('refuses a beginning whose history is gone', async () => {
    const store = createMemoryStore();
    await write(store, 5);
    await store.compact(4);
    expect(() => bufferedWatch(store, 'a', 2)).toThrow(expect.objectContaining({ code: 'compacted' }));
  });
});
