import { type Clock, settled } from './clock.ts';
import { type Timer, TimerHeap } from './timer-heap.ts';

/** Time that costs none: it jumps from one timer to the next as soon as everything that runs has come to rest. */
export interface VirtualClock extends Clock {
  /** Moves `ms` forward. Between two timers all promises settle, so that nothing happens late. */
  advance(ms: number): Promise<void>;
  /** Moves forward until `done` says so, at most `limitMs`; answers whether it did. */
  advanceUntil(done: () => boolean, limitMs: number): Promise<boolean>;
}

/** For whatever lives in this process alone: over a store in memory, with no socket and no disk to wait for. */
export function createVirtualClock(startMs: number): VirtualClock {
  const timers = new TimerHeap();
  let nowMs = startMs;
  let order = 0;

  const after = (delayMs: number, action: () => void) => {
    const timer: Timer = { atMs: nowMs + Math.max(0, delayMs), order: order++, action, cancelled: false };
    timers.add(timer);
    return () => timers.cancel(timer);
  };
  /** Fires what is due next, in order. False: nothing until `endMs`. */
  const fireNext = async (endMs: number): Promise<boolean> => {
    const next = timers.first();
    if (next === undefined || next.atMs > endMs) return false;
    nowMs = Math.max(nowMs, next.atMs);
    timers.take();
    next.cancelled = true;
    next.action();
    await settled();
    return true;
  };
  return {
    now: () => nowMs,
    after,
    every(periodMs, action) {
      let cancel = () => {};
      const again = () => {
        cancel = after(periodMs, () => {
          again();
          action();
        });
      };
      again();
      return () => cancel();
    },
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const abort = () => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = after(delayMs, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      await settled();
      while (await fireNext(endMs));
      nowMs = endMs;
    },
    async advanceUntil(done, limitMs) {
      const endMs = nowMs + limitMs;
      await settled();
      while (!done()) {
        if (await fireNext(endMs)) continue;
        nowMs = endMs;
        break;
      }
      return done();
    },
  };
}
