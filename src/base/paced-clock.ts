import type { Clock } from './clock.ts';
import { type Timer, TimerHeap } from './timer-heap.ts';

/** A clock whose time can run faster, stand still and be moved by hand. */
export interface PacedClock extends Clock {
  /** Its seconds in one of the clock beneath; also while it is paused. */
  readonly speed: number;
  readonly paused: boolean;
  /** `speed` from 0.1 to 100. */
  setSpeed(speed: number): void;
  pause(): void;
  resume(): void;
  /** Moves `ms` forward and fires what was due, in order; also while it is paused. */
  step(ms: number): void;
}

/** Of `base`, `speed` times as fast, and `aheadMs` ahead at first. It never goes back: after a faster stretch it stays ahead. */
export function createPacedClock(base: Clock, initialSpeed = 1, aheadMs = 0): PacedClock {
  let speed = initialSpeed;
  let paused = false;
  /** The two clocks at the last change of pace. */
  let baseMs = base.now();
  let ownMs = baseMs + aheadMs;
  let order = 0;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  let cancelWake: () => void = () => undefined;
  const timers = new TimerHeap();

  const now = () => (paused ? ownMs : ownMs + (base.now() - baseMs) * speed);
  const rebase = () => {
    ownMs = now();
    baseMs = base.now();
  };
  const arrange = () => {
    const next = timers.first();
    const atMs = paused || next === undefined ? Number.POSITIVE_INFINITY : next.atMs;
    if (atMs === wakeAtMs) return;
    cancelWake();
    wakeAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) {
      cancelWake = () => undefined;
      return;
    }
    cancelWake = base.after(Math.max(0, Math.ceil((atMs - now()) / speed)), () => {
      wakeAtMs = Number.POSITIVE_INFINITY;
      fire(now());
      arrange();
    });
  };
  const fire = (untilMs: number) => {
    for (let next = timers.first(); next !== undefined && next.atMs <= untilMs; next = timers.first()) {
      timers.take();
      next.cancelled = true;
      next.action();
    }
  };
  const clock: PacedClock = {
    get speed() {
      return speed;
    },
    get paused() {
      return paused;
    },
    now,
    setSpeed(wanted) {
      rebase();
      speed = wanted;
      wakeAtMs = Number.NaN;
      arrange();
    },
    pause() {
      rebase();
      paused = true;
      arrange();
    },
    resume() {
      if (!paused) return;
      baseMs = base.now();
      paused = false;
      arrange();
    },
    step(ms) {
      rebase();
      const endMs = ownMs + ms;
      for (let next = timers.first(); next !== undefined && next.atMs <= endMs; next = timers.first()) {
        ownMs = Math.max(ownMs, next.atMs);
        fire(next.atMs);
      }
      ownMs = endMs;
      wakeAtMs = Number.NaN;
      arrange();
    },
    after(delayMs, action) {
      const timer: Timer = { atMs: now() + Math.max(0, delayMs), order: order++, action, cancelled: false };
      timers.add(timer);
      arrange();
      return () => timers.cancel(timer);
    },
    every(periodMs, action) {
      let cancel = () => {};
      const again = () => {
        cancel = clock.after(periodMs, () => {
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
        const cancel = clock.after(delayMs, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
  };
  return clock;
}
