import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDiskStorage } from '../../../src/cluster/raft/disk.ts';
import { DurableWrites } from '../../../src/cluster/raft/durable-writes.ts';
import type { Entry, HardState } from '../../../src/cluster/raft/entry.ts';
import type { FileLayer } from '../../../src/cluster/raft/file-layer.ts';
import type { Persist } from '../../../src/cluster/raft/state.ts';
import { MemoryFiles } from './memoryFiles.ts';

const runs = Number(process.env['CURSO_REPETIR'] ?? 1500);
const operations = ['open', 'truncate', 'sync', 'rename', 'remove', 'syncDirectory', 'list'] as const;
type Operation = (typeof operations)[number];

/** Every operation of `disk` fails while its name is among `failing`. */
function faulty(disk: MemoryFiles, failing: Set<Operation>): FileLayer {
  const check = (operation: Operation) => {
    if (failing.has(operation)) throw Object.assign(new Error(`EIO: ${operation}`), { code: 'EIO' });
  };
  return {
    makeDirectory: () => disk.makeDirectory(),
    read: (file) => disk.read(file),
    list: async (directory) => {
      check('list');
      return disk.list(directory);
    },
    rename: async (from, to) => {
      check('rename');
      return disk.rename(from, to);
    },
    remove: async (file) => {
      check('remove');
      return disk.remove(file);
    },
    syncDirectory: async () => {
      check('syncDirectory');
      return disk.syncDirectory();
    },
    open: (name) => {
      check('open');
      const file = disk.open(name);
      return {
        write: (bytes, offset) => file.write(bytes, offset),
        truncate: (size) => {
          check('truncate');
          file.truncate(size);
        },
        sync: async () => {
          await file.sync();
          check('sync');
        },
        close: () => file.close(),
      };
    },
  };
}

/** What a member's memory says after each write. */
interface Model {
  readonly hardState: HardState;
  readonly base: number;
  /** Terms of the entries after `base`. */
  readonly terms: readonly number[];
}

/** What a start has to find if the disk has `model` and a snapshot up to `snapshot`. */
function seen({ hardState, base, terms }: Model, snapshot: number) {
  return JSON.stringify({
    hardState,
    entries: terms.map((term, at) => [base + at + 1, term]).filter(([index]) => (index ?? 0) > snapshot),
  });
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('conflict' as const), back: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('vote' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('install' as const), ahead: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('compact' as const), back: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('space' as const), bytes: fc.nat(400) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      what: fc.subarray([...operations], { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'well' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'hold' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'go' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'retry' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.nat(15) }) },
);

function one(seq: number): Persist {
  const entry: Entry = { index: seq, term: 1, kind: 'data', proposal: seq, data: Buffer.from('x') };
  return { seq, hardState: { term: 1, votedFor: 'm1' }, snapshot: undefined, entries: [entry] };
}

async function indexes(files: MemoryFiles): Promise<number[]> {
  const { entries } = await openDiskStorage({ directory: 'd', files }).load();
  return entries.map(({ index }) => index);
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

it('an old file that could not be removed goes before any newer one', async () => {
  const disk = new MemoryFiles();
  const failing = new Set<Operation>();
  const storage = openDiskStorage({ directory: 'd', files: faulty(disk, failing), segmentBytes: 1 });
  await storage.load();
  for (let seq = 1; seq <= 6; seq++) await storage.persist(one(seq));
  failing.add('remove');
  await storage.saveSnapshot({ index: 2, term: 1, data: Buffer.from('two') });
  failing.clear();
  await storage.saveSnapshot({ index: 4, term: 1, data: Buffer.from('four') });
  expect([...disk.content.keys()].filter((name) => name.endsWith('.wal'))).toHaveLength(2);
  expect(await indexes(disk)).toEqual([5, 6]);
});

it('what comes while a refused write is tried again goes before what comes after it', async () => {
  const disk = new MemoryFiles();
  const storage = openDiskStorage({ directory: 'd', files: disk });
  await storage.load();
  const outcome = { durable: () => undefined, release: () => undefined, failed: () => undefined };
  const writes = new DurableWrites(storage, outcome);
  disk.space = 0;
  writes.add(one(1));
  await settled();
  disk.space = Number.POSITIVE_INFINITY;
  writes.retry(1, 0);
  writes.add(one(2));
  await settled();
  writes.add(one(3));
  await settled();
  expect(await indexes(disk)).toEqual([1, 2, 3]);
});

it('whatever fails and whenever the process dies, a start finds what the member knew after a write, and none before the last durable one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 50 }),
      fc.constantFrom(1, 200, 10_000),
      async (steps, segmentBytes) => {
        const disk = new MemoryFiles();
        const failing = new Set<Operation>();
        const storage = openDiskStorage({ directory: 'd', files: faulty(disk, failing), segmentBytes });
        await storage.load();
        const models: Model[] = [{ hardState: { term: 0, votedFor: undefined }, base: 0, terms: [] }];
        const latest = () =>
          models.at(-1) ?? { hardState: { term: 0, votedFor: undefined }, base: 0, terms: [] };
        let durable = 0;
        let compacted = 0;
        let term = 1;
        const writes = new DurableWrites(storage, {
          durable: (seq) => {
            expect(seq).toBe(durable + 1);
            durable = seq;
          },
          release: () => undefined,
          failed: () => undefined,
        });
        const add = (next: Model, from: number, snapshot?: number) => {
          const hardState =
            JSON.stringify(next.hardState) === JSON.stringify(latest().hardState)
              ? undefined
              : next.hardState;
          models.push(next);
          const entries = next.terms.flatMap((of, at): Entry[] => {
            const index = next.base + at + 1;
            return index < from
              ? []
              : [{ index, term: of, kind: 'data', proposal: index, data: Buffer.from('x') }];
          });
          writes.add({
            seq: models.length - 1,
            hardState,
            snapshot:
              snapshot === undefined ? undefined : { index: snapshot, term, data: Buffer.from('all') },
            entries,
          });
        };
        const go = () => {
          const held = disk.held ?? [];
          disk.held = undefined;
          for (const each of held) each();
        };
        const well = () => {
          failing.clear();
          disk.space = Number.POSITIVE_INFINITY;
        };
        const looks: { disk: MemoryFiles; said: number; known: number }[] = [];
        for (const one of steps) {
          const now = latest();
          const last = now.base + now.terms.length;
          if (one.kind === 'append')
            add(
              { ...now, terms: [...now.terms, ...Array.from({ length: one.count }, () => term)] },
              last + 1,
            );
          else if (one.kind === 'conflict') {
            // Nothing that is committed, and only that is compacted, is ever replaced.
            const from = Math.max(last - one.back, compacted + 1, now.base + 1);
            if (from > last) continue;
            term++;
            add({ ...now, terms: [...now.terms.slice(0, from - now.base - 1), term] }, from);
          } else if (one.kind === 'vote') {
            term++;
            add({ ...now, hardState: { term, votedFor: 'm1' } }, last + 1);
          } else if (one.kind === 'install') {
            term++;
            compacted = last + one.ahead;
            if (compacted === 0) continue;
            add({ ...now, base: compacted, terms: [] }, compacted + 1, compacted);
          } else if (one.kind === 'compact') {
            const index = last - one.back;
            const of = now.terms[index - now.base - 1];
            if (index <= compacted || of === undefined) continue;
            compacted = index;
            void storage.saveSnapshot({ index, term: of, data: Buffer.from('all') }).catch(() => undefined);
          } else if (one.kind === 'space') disk.space = one.bytes;
          else if (one.kind === 'fail') for (const what of one.what) failing.add(what);
          else if (one.kind === 'well') well();
          else if (one.kind === 'hold') disk.held ??= [];
          else if (one.kind === 'go') go();
          else if (one.kind === 'retry') writes.retry(1, 0);
          else for (let at = 0; at < one.count; at++) await Promise.resolve();
          looks.push({ disk: disk.copy(), said: durable, known: models.length - 1 });
        }
        well();
        go();
        await settled();
        for (let again = 0; again < 3; again++) {
          writes.retry(2, 0);
          await settled();
        }
        expect(durable).toBe(models.length - 1);
        looks.push({ disk: disk.copy(), said: durable, known: durable });
        for (const { disk: found, said, known } of looks) {
          const { hardState, snapshot, entries } = await openDiskStorage({
            directory: 'd',
            files: found,
          }).load();
          const got = JSON.stringify({ hardState, entries: entries.map((each) => [each.index, each.term]) });
          const possible = models.slice(said, known + 1).map((model) => seen(model, snapshot?.index ?? 0));
          // A snapshot of a leader is there before the log begins again after it.
          const reset = models
            .slice(said, known + 1)
            .map((model) => JSON.stringify({ hardState: model.hardState, entries: [] }));
          const newer = models.slice(0, known + 1).some((model) => model.base === snapshot?.index);
          expect(newer ? [...possible, ...reset] : possible).toContain(got);
        }
      },
    ),
    { numRuns: runs },
  );
}, 600_000);
