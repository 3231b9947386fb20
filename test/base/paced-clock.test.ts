import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPacedClock } from '../../src/base/paced-clock.ts';
import { createVirtualClock } from '../../src/base/virtual-clock.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

describe('paced clock', () => {
  it('runs faster, stands still and goes on from where it stood', async () => {
    const base = new FakeClock(0);
    const clock = createPacedClock(base, 10);
    const heard: number[] = [];
    clock.every(1_000, () => heard.push(clock.now()));
    await base.advance(250);
    expect(heard).toEqual([1_000, 2_000]);
    clock.pause();
    await base.advance(60_000);
    expect([clock.now(), heard.length]).toEqual([2_500, 2]);
    clock.resume();
    clock.setSpeed(1);
    await base.advance(500);
    expect(heard).toEqual([1_000, 2_000, 3_000]);
  });

  it('fires what is due when it is moved by hand, in order, and nothing else', () => {
    const base = new FakeClock(0);
    const clock = createPacedClock(base);
    clock.pause();
    const heard: string[] = [];
    clock.after(200, () => heard.push(`b at ${clock.now()}`));
    clock.after(100, () => {
      heard.push(`a at ${clock.now()}`);
      clock.after(50, () => heard.push(`later at ${clock.now()}`));
    });
    clock.after(201, () => heard.push('not yet'));
    clock.step(200);
    expect(heard).toEqual(['a at 100', 'later at 150', 'b at 200']);
  });

  it('rejects a sleep that is aborted, and forgets its timer', async () => {
    const base = new FakeClock(0);
    const clock = createPacedClock(base);
    const aborted = new AbortController();
    const sleeping = clock.sleep(1_000, aborted.signal);
    aborted.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(clock.sleep(1, aborted.signal)).rejects.toThrow('enough');
  });

  it('fires every timer once, in order, whatever is set and cancelled', async () => {
    const action = fc.record({ delay: fc.integer({ min: 0, max: 500 }), cancel: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 300 }), fc.boolean(), async (actions, virtual) => {
        const base = new FakeClock(0);
        const clock = virtual ? createVirtualClock(0) : createPacedClock(base);
        const fired: number[] = [];
        const cancels = actions.map(({ delay }, index) => clock.after(delay, () => fired.push(index)));
        actions.forEach(({ cancel }, index) => {
          if (cancel) cancels[index]?.();
        });
        if ('advance' in clock) await clock.advance(500);
        else clock.step(500);
        const expected = actions
          .map((one, index) => ({ ...one, index }))
          .filter(({ cancel }) => !cancel)
          .sort((a, b) => a.delay - b.delay || a.index - b.index)
          .map(({ index }) => index);
        expect(fired).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

describe('virtual clock', () => {
  it('lets promises settle between one timer and the next', async () => {
    const clock = createVirtualClock(0);
    const heard: string[] = [];
    const worker = async () => {
      for (let turn = 0; turn < 3; turn++) {
        await clock.sleep(100);
        await Promise.resolve();
        heard.push(`work at ${clock.now()}`);
      }
    };
    const working = worker();
    clock.every(100, () => heard.push(`tick at ${clock.now()}`));
    await clock.advance(300);
    await working;
    expect(heard.filter((line) => line.startsWith('work'))).toEqual([
      'work at 100',
      'work at 200',
      'work at 300',
    ]);
    expect(clock.now()).toBe(300);
  });

  it('says whether what was waited for came', async () => {
    const clock = createVirtualClock(0);
    let done = false;
    clock.after(5_000, () => {
      done = true;
    });
    expect(await clock.advanceUntil(() => done, 4_999)).toBe(false);
    expect(await clock.advanceUntil(() => done, 2)).toBe(true);
    expect(clock.now()).toBe(5_000);
  });
});
