import type { Clock } from '../../base/clock.ts';

/** Looks every `periodMs` at what waits, for as long as something does: an idle member is not woken. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #periodMs: number;
  /** Ends what is late; true while something waits. */
  readonly #expire: () => boolean;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock, periodMs: number, expire: () => boolean) {
    this.#clock = clock;
    this.#periodMs = periodMs;
    this.#expire = expire;
  }

  /** Something waits from now on. */
  watch(): void {
    if (this.#stopped || this.#cancel !== undefined) return;
    this.#cancel = this.#clock.after(this.#periodMs, () => {
      this.#cancel = undefined;
      if (this.#expire()) this.watch();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }
}
