import { describe, expect, it } from 'vitest';
import { createWorkQueue } from '../../src/kube/work-queue.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

/** A worker whose every piece of work ends when the test says so. */
function manual() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    started,
    work: (key: string) => {
      started.push(key);
      return new Promise<void>((resolve) => ends.set(key, resolve));
    },
    async end(key: string) {
      ends.get(key)?.();
      await settle();
    },
  };
}

const settle = async () => {
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
};

describe('the work queue', () => {
  it('gives each key to one worker at a time, and again when it was added meanwhile', async () => {
    const queue = createWorkQueue(new FakeClock());
    const worker = manual();
    queue.add('a');
    queue.add('a');
    queue.run(5, worker.work);
    expect(worker.started).toEqual(['a']);
    queue.add('a');
    queue.add('a');
    expect(worker.started).toEqual(['a']);
    await worker.end('a');
    expect(worker.started).toEqual(['a', 'a']);
    await worker.end('a');
    expect(worker.started).toEqual(['a', 'a']);
  });

  it('keeps no more workers busy than it has', async () => {
    const queue = createWorkQueue(new FakeClock());
    const worker = manual();
    queue.run(2, worker.work);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    expect([worker.started, queue.length]).toEqual([['a', 'b'], 1]);
    await worker.end('b');
    expect(worker.started).toEqual(['a', 'b', 'c']);
  });

  it('waits 5 ms, 10 ms, 20 ms… after failures, at most 1,000 s, and starts again after a success', async () => {
    const clock = new FakeClock();
    const queue = createWorkQueue(clock);
    const started: number[] = [];
    queue.run(1, async () => {
      started.push(clock.now());
    });
    const delays: number[] = [];
    for (let i = 0; i < 25; i += 1) {
      const from = clock.now();
      queue.addRateLimited('a');
      await clock.advance(1_000_000);
      delays.push((started.at(-1) ?? 0) - from);
    }
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(Math.max(...delays)).toBe(1_000_000);
    queue.forget('a');
    const from = clock.now();
    queue.addRateLimited('a');
    await clock.advance(1_000_000);
    expect((started.at(-1) ?? 0) - from).toBe(5);
  });

  it('keeps the earlier of two delays, and forgets everything when it stops', async () => {
    const clock = new FakeClock();
    const queue = createWorkQueue(clock);
    const started: number[] = [];
    queue.run(1, async () => {
      started.push(clock.now() - 1_000_000);
    });
    queue.addAfter('a', 100);
    queue.addAfter('a', 30);
    queue.addAfter('a', 500);
    await clock.advance(1_000);
    expect(started).toEqual([30]);
    queue.addAfter('b', 10);
    await queue.stop();
    queue.add('c');
    await clock.advance(1_000);
    expect([started.length, clock.pending]).toEqual([1, 0]);
  });

  it('stops when the work in hand has ended', async () => {
    const queue = createWorkQueue(new FakeClock());
    const worker = manual();
    queue.run(1, worker.work);
    queue.add('a');
    queue.add('a');
    let stopped = false;
    const stopping = queue.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).toBe(false);
    await worker.end('a');
    await stopping;
    expect(worker.started).toEqual(['a']);
  });
});
