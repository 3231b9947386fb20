import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDiskStorage } from '../../../src/cluster/raft/disk.ts';
import { DurableWrites } from '../../../src/cluster/raft/durable-writes.ts';
import { MemoryFiles } from './memoryFiles.ts';

const runs = Number(process.env['CURSO_REPETIR'] ?? 3000);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'add' as const }) },
  // Bytes that are left: none, some of a frame, some frames.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('space' as const), bytes: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'room' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'unsynced' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'synced' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'retry' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.nat(12) }) },
);

const turns = async (count: number) => {
  for (let at = 0; at < count; at++) await Promise.resolve();
};
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

it('whenever a disk refuses and takes again, the log has everything in order, and all that was said to be durable', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(1, 200, 10_000),
      async (steps, segmentBytes) => {
        const files = new MemoryFiles();
        const storage = openDiskStorage({ directory: 'd', files, segmentBytes });
        await storage.load();
        let durable = 0;
        let added = 0;
        const writes = new DurableWrites(storage, {
          durable: (seq) => {
            expect(seq).toBe(durable + 1);
            durable = seq;
          },
          release: () => undefined,
          failed: () => undefined,
        });
        const release = () => {
          const held = files.held ?? [];
          files.held = undefined;
          for (const go of held) go();
        };
        const indexes = async (disk: MemoryFiles) =>
          (await openDiskStorage({ directory: 'd', files: disk }).load()).entries.map(({ index }) => index);
        const looks: { readonly disk: MemoryFiles; readonly said: number }[] = [];
        for (const one of steps) {
          if (one.kind === 'add') {
            added++;
            const entry = {
              index: added,
              term: 1,
              kind: 'data',
              proposal: added,
              data: Buffer.from('x'),
            } as const;
            writes.add({ seq: added, hardState: undefined, snapshot: undefined, entries: [entry] });
          } else if (one.kind === 'space') files.space = one.bytes;
          else if (one.kind === 'room') files.space = Number.POSITIVE_INFINITY;
          else if (one.kind === 'unsynced') files.held ??= [];
          else if (one.kind === 'synced') release();
          else if (one.kind === 'retry') writes.retry(1, 0);
          else await turns(one.count);
          looks.push({ disk: files.copy(), said: durable });
        }
        files.space = Number.POSITIVE_INFINITY;
        release();
        await settled();
        for (let again = 0; again < 3; again++) {
          writes.retry(2, 0);
          await settled();
        }
        expect(durable).toBe(added);
        looks.push({ disk: files.copy(), said: added });
        // As it would be found if the process had died then.
        for (const { disk, said } of looks) {
          const found = await indexes(disk);
          expect(found).toEqual(found.map((_, at) => at + 1));
          expect(found.length).toBeGreaterThanOrEqual(said);
        }
      },
    ),
    { numRuns: runs },
  );
});
