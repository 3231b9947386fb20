import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { RaftUnavailable } from '../../../src/cluster/raft/contract.ts';
import { encodeEntry } from '../../../src/cluster/store/entry-codec.ts';
import type { ExpiryLimits } from '../../../src/cluster/store/expiry.ts';
import { createReplicatedStore, type ReplicatedStore } from '../../../src/cluster/store/replicated-store.ts';
import type { StoreError, StoreEvent } from '../../../src/cluster/store/store.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { describeGuarantees } from './guarantees.ts';
import { LoopbackRaft } from './loopback-raft.ts';

const value = Uint8Array.of(1);

async function open(
  clock = new FakeClock(),
  seed = 1,
  expiry?: ExpiryLimits,
  wire?: FakeClock,
): Promise<{ store: ReplicatedStore; raft: LoopbackRaft }> {
  let raft: LoopbackRaft | undefined;
  const store = await createReplicatedStore({
    clock,
    random: seededRandom(seed),
    ...(expiry === undefined ? {} : { expiry }),
    ...(wire === undefined ? {} : { wire }),
    startRaft: async (machine) => {
      raft = new LoopbackRaft(machine);
      return raft;
    },
  });
  if (raft === undefined) throw new Error('it did not start consensus');
  return { store, raft };
}

describeGuarantees('replicated store', async () => (await open()).store, 60);

describe('replicated store, from its proposer', () => {
  it('puts the commits of one turn into one entry', async () => {
    const { store, raft } = await open();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) => store.commit([{ key: `${n}`, value }])),
    );
    expect(raft.log).toHaveLength(1);
    expect(results.map((result) => result.done && result.revision)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 2),
    );
  });

  it('gathers what arrives while entries are under way', async () => {
    const { store, raft } = await open();
    const gates: (() => void)[] = [];
    raft.behave = async (_, apply) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return apply();
    };
    const done: Promise<unknown>[] = [];
    for (let n = 0; n < 40; n += 1) {
      done.push(store.commit([{ key: `${n}`, value }]));
      for (let turn = 0; turn < 5; turn += 1) await undefined;
    }
    expect(gates).toHaveLength(4);
    raft.behave = async (_, apply) => apply();
    for (const open of gates) open();
    await Promise.all(done);
    expect(raft.log).toHaveLength(5);
    expect(store.count('')).toBe(40);
  });

  it('gives each commit of an entry its own outcome', async () => {
    const { store } = await open();
    const [first, second, third] = await Promise.all([
      store.commit([{ key: 'a', value, expectedRevision: 0 }]),
      store.commit([{ key: 'a', value, expectedRevision: 0 }]),
      store.commit([{ key: 'a', value, expectedRevision: 2 }]),
    ]);
    expect(first).toEqual({ done: true, revision: 2 });
    expect(second).toMatchObject({ done: false, key: 'a', current: { modRevision: 2 } });
    expect(third).toEqual({ done: true, revision: 3 });
  });

  it('refuses a key named twice before it is written anywhere', async () => {
    const { store, raft } = await open();
    const twice = [
      { key: 'a', value },
      { key: 'a', value },
    ];
    await expect(store.commit(twice)).rejects.toThrow('duplicate key');
    expect(raft.log).toHaveLength(0);
  });

  it('applies once what arrives twice', async () => {
    const { store, raft } = await open();
    raft.behave = async (_, apply) => {
      const outcome = apply();
      apply();
      return outcome;
    };
    await store.commit([{ key: 'a', value }]);
    await store.commit([{ key: 'a', value }]);
    expect(raft.log).toHaveLength(4);
    expect(store.get('a')).toMatchObject({ version: 2, modRevision: 3 });
  });

  it('asks an overloaded leader again, and still applies once', async () => {
    const clock = new FakeClock();
    const { store, raft } = await open(clock);
    let attempts = 0;
    raft.behave = async (_, apply) => {
      attempts += 1;
      // The first was appended after all, the second was not.
      if (attempts === 1) apply();
      if (attempts <= 2) throw new RaftUnavailable('dropped', 'too much', attempts === 1);
      return apply();
    };
    expect(await store.commit([{ key: 'a', value }])).toEqual({ done: true, revision: 2 });
    attempts = 1;
    const second = store.commit([{ key: 'a', value }]);
    await clock.advance(1_000);
    expect(await second).toEqual({ done: true, revision: 3 });
    expect(attempts).toBe(3);
    expect(clock.pending).toBeLessThanOrEqual(1);
  });

  it.each([
    ['no-leader', false, 'unavailable'],
    ['timeout', true, 'unknown-outcome'],
    ['timeout', false, 'unavailable'],
    ['disk', false, 'disk'],
    ['disk', true, 'unknown-outcome'],
    ['stopped', true, 'unknown-outcome'],
    ['stopped', false, 'unavailable'],
  ] as const)('says what is known after %s (unknown: %s)', async (why, outcomeUnknown, code) => {
    const clock = new FakeClock();
    const { store, raft } = await open(clock);
    raft.behave = async () => {
      throw new RaftUnavailable(why, 'because of this', outcomeUnknown);
    };
    const refused = expect(store.commit([{ key: 'a', value }])).rejects.toMatchObject({
      code,
      message: expect.stringContaining('because of this'),
    });
    await clock.advance(2_000);
    await refused;
  });

  it('gives up on an overloaded leader in the end', async () => {
    const clock = new FakeClock();
    const { store, raft } = await open(clock);
    raft.behave = async () => {
      throw new RaftUnavailable('dropped', 'too much', false);
    };
    const refused = expect(store.commit([{ key: 'a', value }])).rejects.toMatchObject({
      code: 'unavailable',
    });
    await clock.advance(6_000);
    await refused;
  });

  it('does not claim to know what a snapshot hid', async () => {
    const { store, raft } = await open();
    raft.behave = async () => undefined;
    await expect(store.commit([{ key: 'a', value }])).rejects.toMatchObject({ code: 'unknown-outcome' });
  });

  it('lets nobody wait when it closes', async () => {
    const { store, raft } = await open();
    raft.behave = () => new Promise(() => {});
    const ends: StoreError[] = [];
    store.watch('', 1, { onEvents: () => {}, onEnd: (why) => ends.push(why) });
    const waiting = store.commit([{ key: 'a', value }]);
    await undefined;
    const refused = expect(waiting).rejects.toMatchObject({ code: 'unknown-outcome' });
    await store.close();
    await refused;
    expect(ends.map((why) => why.code)).toEqual(['closed']);
    await expect(store.commit([{ key: 'a', value }])).rejects.toMatchObject({ code: 'closed' });
    await expect(store.sync()).rejects.toMatchObject({ code: 'closed' });
    await expect(store.compact(1)).rejects.toMatchObject({ code: 'closed' });
  });

  it('forgets no sooner because its clock is hurried, nor later because nobody looks at a watch', async () => {
    const [hurried, real] = [new FakeClock(), new FakeClock()];
    const { store } = await open(hurried, 1, undefined, real);
    await store.commit([{ key: 'a', value }]);
    const minutes = async (count: number, speed: number) => {
      for (let minute = 0; minute < count; minute += 1) {
        await real.advance(60_000);
        await hurried.advance(60_000 * speed);
      }
    };
    await minutes(4, 10);
    await store.commit([{ key: 'b', value }]);
    await minutes(5, 10);
    expect(store.compactedRevision).toBe(0);
    await minutes(2, 10);
    expect(store.compactedRevision).toBe(3);
    // On a clock that stands still nothing is forgotten: nothing has happened either.
    await store.commit([{ key: 'c', value }]);
    await minutes(60, 0);
    expect(store.compactedRevision).toBe(3);
  });

  it('compacts through the log, and says when it cannot', async () => {
    const { store, raft } = await open();
    for (let n = 0; n < 5; n += 1) await store.commit([{ key: 'a', value }]);
    await store.compact(4);
    expect(store.compactedRevision).toBe(4);
    expect(raft.log).toHaveLength(6);
    await expect(store.compact(99)).rejects.toMatchObject({ code: 'future', revision: 6 });
    expect(() => store.list('', { revision: 3 })).toThrow(expect.objectContaining({ code: 'compacted' }));
  });

  it('forgets by itself what is older than the time before, where it leads', async () => {
    const clock = new FakeClock();
    const { store, raft } = await open(clock);
    await store.commit([{ key: 'a', value }]);
    await clock.advance(5 * 60_000);
    await store.commit([{ key: 'a', value }]);
    expect(store.compactedRevision).toBe(0);
    await clock.advance(5 * 60_000);
    expect(store.compactedRevision).toBe(2);
    raft.role = 'follower';
    await clock.advance(20 * 60_000);
    expect(store.compactedRevision).toBe(2);
  });

  it('deletes by itself what was not written for the time that it lasts, where it leads', async () => {
    const clock = new FakeClock();
    const { store, raft } = await open(clock, 1, { prefix: '/events/', afterMs: 60 * 60_000 });
    const minutes = async (count: number) => {
      for (let n = 0; n < count; n += 1) await clock.advance(60_000);
    };
    const keys = () => store.list('').items.map(({ key }) => key);
    for (let n = 0; n < 250; n += 1) await store.commit([{ key: `/events/${n}`, value }]);
    await store.commit([{ key: '/pods/a', value }]);
    await store.commit([{ key: '/events/b', value }]);
    const gone: string[] = [];
    store.watch('/events/', store.revision, {
      onEvents: (events) => {
        for (const { type, key } of events) if (type === 'delete') gone.push(key);
      },
    });
    await minutes(30);
    await store.commit([{ key: '/events/b', value }]);
    await minutes(30);
    expect([keys().length, gone]).toEqual([252, []]);
    raft.role = 'follower';
    await minutes(2);
    expect(keys()).toHaveLength(252);
    raft.role = 'leader';
    await minutes(1);
    expect(keys()).toEqual(['/events/b', '/pods/a']);
    expect(gone).toHaveLength(250);
    await minutes(30);
    expect(keys()).toEqual(['/pods/a']);
    await store.close();
  });
});

describe('replicated store, restored from a snapshot', () => {
  it('has the same objects and sessions, and ends the watchers that missed something', async () => {
    const first = await open();
    for (const key of ['a', 'b', 'c']) await first.store.commit([{ key, value }]);
    await first.store.commit([{ key: 'b', value: undefined }]);
    const second = await open(new FakeClock(), 2);
    await second.store.commit([{ key: 'a', value }]);
    const ends: StoreError[] = [];
    const seen: StoreEvent[] = [];
    second.store.watch('', 1, {
      onEvents: (events) => seen.push(...events),
      onEnd: (why) => ends.push(why),
    });
    second.store.watch('', 5, { onEvents: (events) => seen.push(...events), onEnd: (why) => ends.push(why) });
    second.raft.restore(first.raft.snapshot(), 100);
    expect(second.store.list('')).toEqual(first.store.list(''));
    expect(second.store.compactedRevision).toBe(5);
    expect(ends).toMatchObject([{ code: 'compacted', revision: 5 }]);
    await second.store.commit([{ key: 'z', value }]);
    expect(seen.map((event) => event.revision)).toEqual([2, 6]);
    // What the first one applied is not applied again.
    const repeated = first.raft.log[0];
    if (repeated !== undefined) second.raft.apply(repeated.data);
    expect(second.store.revision).toBe(6);
  });

  it('is unharmed by one that is damaged', async () => {
    const { store, raft } = await open();
    await store.commit([{ key: 'a', value }]);
    const damaged = raft.snapshot().slice();
    damaged[7] = (damaged[7] ?? 0) + 1;
    expect(() => raft.restore(damaged, 9)).toThrow('damaged');
    expect(store.get('a')).toMatchObject({ modRevision: 2 });
  });

  it('does not go on with an entry that it cannot read', async () => {
    const { raft, store } = await open();
    const data = encodeEntry({ session: 's', sequence: 1, command: { kind: 'compact', revision: 1 } });
    expect(() => raft.apply(data.slice(0, -1))).toThrow(RangeError);
    expect(store.revision).toBe(1);
  });
});
