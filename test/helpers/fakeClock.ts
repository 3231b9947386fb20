import type { Clock } from '../../src/base/clock.ts';

/** Time that moves only when told. `advance` lets every promise settle between one timer and the next. */
export class FakeClock implements Clock {
  #nowMs: number;
  #timers: { readonly atMs: number; readonly order: number; readonly action: () => void }[] = [];
  #order = 0;

  constructor(nowMs = 1_000_000) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Timers that are set and have not fired: a test can see that nothing was left behind. */
  get pending(): number {
    return this.#timers.length;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, order: this.#order++, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  every(periodMs: number, action: () => void): () => void {
    let cancel = () => {};
    const again = () => {
      cancel = this.after(periodMs, () => {
        again();
        action();
      });
    };
    again();
    return () => cancel();
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(delayMs, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort);
    });
  }

  /** Fires, in order, every timer due in the next `delayMs`, and lets what they started settle. */
  async advance(delayMs: number): Promise<void> {
    const endMs = this.#nowMs + delayMs;
    await settle();
    for (;;) {
      const next = this.#timers
        .filter((timer) => timer.atMs <= endMs)
        .sort((left, right) => left.atMs - right.atMs || left.order - right.order)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.action();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Lets promise chains and callbacks that need no timer run to their end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A clock that never waits: a sleep ends at once and moves the time. Timers never fire. */
export class InstantClock implements Clock {
  #nowMs = 1_000_000;

  now(): number {
    return this.#nowMs;
  }

  async sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#nowMs += delayMs;
  }

  after(): () => void {
    return () => {};
  }

  every(): () => void {
    return () => {};
  }
}
