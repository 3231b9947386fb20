import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Store, StoreError, type StoreEvent } from '../../../src/cluster/store/store.ts';
import { Model, planned, someChanges, somePrefix } from './model.ts';

/** One thing that a run of a property does. */
const someStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const), changes: someChanges }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('watch' as const), prefix: somePrefix, back: fc.nat(12) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), which: fc.nat(9) }) },
  /** A client that reconnects where it stopped. */
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), back: fc.nat(10) }) },
);

interface Seen {
  readonly prefix: string;
  readonly after: number;
  readonly events: StoreEvent[];
  /** Each call of the listener. */
  readonly calls: (readonly StoreEvent[])[];
  readonly progress: number[];
  /** What had been seen when each progress was told. */
  readonly atProgress: number[];
  until: number | undefined;
  stop(): void;
  reached(): number;
}

/**
 * etcd's six promises about watches (its «KV API guarantees»): ordered, unique, atomic, reliable, resumable, bookmarkable;
 * against the naive model, for any implementation of the store.
 */
export function describeGuarantees(name: string, open: () => Promise<Store>, numRuns = 200): void {
  describe(`watches of the ${name}`, () => {
    it('are ordered, unique, atomic, reliable, resumable and bookmarkable', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(someStep, { maxLength: 60 }), async (steps) => {
          const store = await open();
          const model = new Model();
          const all: Seen[] = [];
          const begin = (prefix: string, after: number) => {
            if (after < store.compactedRevision) {
              expect(() => store.watch(prefix, after, { onEvents: () => {} })).toThrow(StoreError);
              return;
            }
            all.push(observe(store, prefix, after));
          };
          for (const step of steps) {
            const chosen = all[('which' in step ? step.which : 0) % Math.max(1, all.length)];
            if (step.kind === 'commit') {
              const changes = planned(step.changes, (key) => model.revisions.at(-1)?.get(key));
              const result = await store.commit(changes);
              expect(result.done).toBe(model.commit(changes).done);
              expect(store.revision).toBe(model.revision);
            } else if (step.kind === 'watch') begin(step.prefix, Math.max(0, store.revision - step.back));
            else if (step.kind === 'compact') await store.compact(Math.max(0, store.revision - step.back));
            else if (chosen !== undefined && chosen.until === undefined) {
              chosen.stop();
              chosen.until = model.revision;
              // From the last thing it was told: what it sees then, joined, has neither gap nor repetition.
              const last = chosen.progress.at(-1) ?? chosen.after;
              if (step.kind === 'resume') begin(chosen.prefix, last);
            }
          }
          for (const seen of all) check(seen, model);
          await store.close();
        }),
        { numRuns },
      );
    });
  });
}

function observe(store: Store, prefix: string, after: number): Seen {
  const events: StoreEvent[] = [];
  const calls: (readonly StoreEvent[])[] = [];
  const progress: number[] = [];
  const atProgress: number[] = [];
  const watcher = store.watch(prefix, after, {
    onEvents(some) {
      calls.push(some);
      events.push(...some);
      // Told only once it can be read.
      expect(store.revision).toBeGreaterThanOrEqual(some[0]?.revision ?? Number.NaN);
    },
    onProgress(revision) {
      progress.push(revision);
      atProgress.push(events.length);
    },
  });
  return {
    prefix,
    after,
    events,
    calls,
    progress,
    atProgress,
    until: undefined,
    stop: () => watcher.stop(),
    reached: () => watcher.reached,
  };
}

function check(seen: Seen, model: Model): void {
  const until = seen.until ?? model.revision;
  const due = model.seen(seen.prefix, seen.after).filter((event) => event.revision <= until);
  // Reliable, unique and ordered: exactly the events that were due. Nothing after it was stopped.
  expect(seen.events).toEqual(due);
  // Atomic: a revision is never split over two calls, nor two revisions joined in one.
  const revisions = seen.calls.map((call) => new Set(call.map((event) => event.revision)));
  for (const of of revisions) expect(of.size).toBe(1);
  const sequence = revisions.map((of) => [...of][0] ?? 0);
  expect(sequence).toEqual([...new Set(sequence)].sort((left, right) => left - right));
  // Bookmarkable: every revision is told once, after its events and before those of the next.
  const first = seen.after + 1;
  const count = Math.max(0, until - seen.after);
  expect(seen.progress).toEqual(Array.from({ length: count }, (_, n) => first + n));
  seen.progress.forEach((revision, n) => {
    expect(seen.atProgress[n]).toBe(due.filter((event) => event.revision <= revision).length);
  });
  if (seen.until === undefined) expect(seen.reached()).toBe(Math.max(seen.after, model.revision));
}
