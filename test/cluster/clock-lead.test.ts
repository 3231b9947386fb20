import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { createPacedClock } from '../../src/base/paced-clock.ts';
import { LeadKeeper, readLead } from '../../src/cluster/clock-lead.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

async function home(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'curso-reloj-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function started(folder: string, real: FakeClock, speed = 1) {
  const promisedMs = await readLead(folder);
  const clock = createPacedClock(real, speed, promisedMs);
  const keeper = new LeadKeeper({
    ...{ folder, owner: undefined, clock, real, promisedMs },
    trouble: (what, error) => expect.unreachable(`${what}: ${error}`),
  });
  return { clock, keeper };
}

it('writes nothing while the clock runs at its own pace', async () => {
  const folder = await home();
  const real = new FakeClock();
  const { keeper } = await started(folder, real);
  await real.advance(60_000);
  await keeper.stop();
  expect(await readdir(folder)).toEqual([]);
});

it('begins again where a faster clock was when it was stopped', async () => {
  const folder = await home();
  const real = new FakeClock();
  const first = await started(folder, real, 20);
  await real.advance(30_000);
  const ahead = first.keeper.aheadMs;
  expect(ahead).toBe(19 * 30_000);
  await first.keeper.stop();
  await real.advance(5_000);
  const second = await started(folder, real);
  expect(second.keeper.aheadMs).toBe(ahead);
  await second.keeper.stop();
});

it('never goes back, whatever was done to it and whenever its process was killed', async () => {
  const move = fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 5_000 }) }),
    fc.record({ kind: fc.constant('speed' as const), ms: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ kind: fc.constant('step' as const), ms: fc.integer({ min: 1, max: 600_000 }) }),
    fc.record({ kind: fc.constant('pause' as const), ms: fc.constant(0) }),
    fc.record({ kind: fc.constant('kill' as const), ms: fc.constant(0) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 25 }), async (moves) => {
      const folder = await home();
      const real = new FakeClock();
      let { clock, keeper } = await started(folder, real);
      for (const { kind, ms } of moves) {
        const before = clock.now();
        if (kind === 'wait') await real.advance(ms);
        else if (kind === 'speed') {
          clock.setSpeed(ms);
          await keeper.look();
        } else if (kind === 'step') {
          await keeper.look(ms);
          clock.step(ms);
        } else if (kind === 'pause') {
          if (clock.paused) clock.resume();
          else clock.pause();
          await keeper.look();
        } else {
          // What it had begun to write is there, or the file before it is; nothing else of it goes on.
          await keeper.look();
          const left = Math.max(before, real.now());
          ({ clock, keeper } = await started(folder, real));
          expect(clock.now()).toBeGreaterThanOrEqual(left);
          continue;
        }
        expect(clock.now()).toBeGreaterThanOrEqual(before);
      }
    }),
    { numRuns: 40 },
  );
});

it.each(['', '{', 'null', '{"adelantoMs":-5}', '{"adelantoMs":"7"}', '{"adelantoMs":1e300}'])(
  'takes %j for no lead',
  async (text) => {
    const folder = await home();
    await writeFile(path.join(folder, 'reloj.json'), text);
    expect(await readLead(folder)).toBe(0);
  },
);
