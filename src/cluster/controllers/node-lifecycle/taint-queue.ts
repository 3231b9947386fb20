import type { Clock } from '../../../base/clock.ts';

/** How often upstream looks: whoever fills the queue may still take back what it put there (scheduler.NodeEvictionPeriod). */
const lookMs = 100;
/** How long a node waits whose taint could not be written. */
const retryMs = 200;

/**
 * Nodes of one zone that wait for their NoExecute taint: one at a time, so many a second. Each is done once, until it is
 * removed. Mirrors nodelifecycle/scheduler.RateLimitedTimedQueue, without looking ten times a second.
 */
export class TaintQueue {
  readonly #clock: Clock;
  readonly #taint: (node: string) => Promise<'done' | 'needless' | 'failed'>;
  readonly #known = new Set<string>();
  readonly #waiting: string[] = [];
  #perSecond: number;
  #tokens = 1;
  #countedAtMs: number;
  #busy = false;
  #cancel = () => {};
  #stopped = false;

  constructor(
    clock: Clock,
    perSecond: number,
    taint: (node: string) => Promise<'done' | 'needless' | 'failed'>,
  ) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#taint = taint;
    this.#countedAtMs = clock.now();
  }

  add(node: string): void {
    if (this.#known.has(node)) return;
    this.#known.add(node);
    this.#waiting.push(node);
    if (this.#busy || this.#waiting.length > 1) return;
    this.#cancel();
    this.#cancel = this.#clock.after(lookMs, () => void this.#run());
  }

  /** It may be added again. */
  remove(node: string): void {
    if (!this.#known.delete(node)) return;
    const at = this.#waiting.indexOf(node);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** 0: nobody any more. A token that was used stays used. */
  setRate(perSecond: number): void {
    if (perSecond === this.#perSecond) return;
    this.#count();
    this.#perSecond = perSecond;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #count(): void {
    const nowMs = this.#clock.now();
    this.#tokens = Math.min(1, this.#tokens + ((nowMs - this.#countedAtMs) / 1000) * this.#perSecond);
    this.#countedAtMs = nowMs;
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#cancel();
    let againMs = Number.POSITIVE_INFINITY;
    while (!this.#stopped && this.#waiting.length > 0 && this.#perSecond > 0) {
      this.#count();
      if (this.#tokens < 1 - 1e-9) {
        againMs = Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
        break;
      }
      const node = this.#waiting[0] ?? '';
      const result = await this.#taint(node);
      if (result === 'failed') {
        againMs = retryMs;
        break;
      }
      if (result === 'done') this.#tokens = 0;
      const at = this.#waiting.indexOf(node);
      if (at >= 0) this.#waiting.splice(at, 1);
    }
    this.#busy = false;
    if (againMs < Number.POSITIVE_INFINITY && !this.#stopped)
      this.#cancel = this.#clock.after(againMs, () => void this.#run());
  }
}
