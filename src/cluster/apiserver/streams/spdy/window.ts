/** What may be sent before the other side gives leave, in SPDY/3.1 and unless its settings say otherwise. */
export const initialWindow = 64 * 1024;
const largest = 0x7fffffff;

/** How many bytes may still be sent. It counts from the start and binds only when the other side keeps windows too. */
export class SendWindow {
  #left = initialWindow;
  #binds = false;
  #waiting: (() => void)[] = [];

  /** Of `wanted`, how many may go now: at least one, or a promise to ask again after. */
  take(wanted: number): number | Promise<void> {
    if (this.#binds && this.#left <= 0) return new Promise((resolve) => this.#waiting.push(resolve));
    return this.#binds ? Math.min(wanted, this.#left) : wanted;
  }

  spend(count: number): void {
    this.#left -= count;
  }

  /** False: more than a window can hold. */
  add(count: number): boolean {
    this.#left += count;
    if (this.#left > 0) this.#release();
    return this.#left <= largest;
  }

  bind(): void {
    this.#binds = true;
  }

  /** The stream or its connection is gone: nobody waits any more. */
  open(): void {
    this.#binds = false;
    this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}
