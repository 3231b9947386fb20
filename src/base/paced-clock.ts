import type { Clock } from './clock.ts';

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

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
  cancelled: boolean;
}

/** Of `base`, `speed` times as fast. It never goes back: after a faster stretch it stays ahead. */
export function createPacedClock(base: Clock, initialSpeed = 1): PacedClock {
  let speed = initialSpeed;
  let paused = false;
  /** The two clocks at the last change of pace. */
  let baseMs = base.now();
  let ownMs = baseMs;
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
      return () => {
        if (timer.cancelled) return;
        timer.cancelled = true;
        timers.forget();
      };
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

/** A binary heap by time, then by who came first. Cancelled ones are dropped when they are half of it. */
class TimerHeap {
  #timers: Timer[] = [];
  #cancelled = 0;

  first(): Timer | undefined {
    while (this.#timers[0]?.cancelled === true) {
      this.take();
      this.#cancelled--;
    }
    return this.#timers[0];
  }

  add(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  take(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      let child = left;
      const [one, two] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      if (two !== undefined && before(two, one)) child = left + 1;
      const lower = heap[child];
      if (lower === undefined || !before(lower, last)) break;
      heap[at] = lower;
      at = child;
    }
    heap[at] = last;
  }

  /** One more was cancelled. */
  forget(): void {
    this.#cancelled++;
    if (this.#cancelled < 64 || this.#cancelled * 2 < this.#timers.length) return;
    const left = this.#timers.filter((timer) => !timer.cancelled).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#timers = left;
    this.#cancelled = 0;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
