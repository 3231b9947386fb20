import { afterIo } from '../../../../../base/clock.ts';

/** Programs that go on before requests of the cluster's own are looked at again. */
const atOnce = 4;

/**
 * Whose turn it is to really work. However many programs have something to do at the same moment, a few go on and then whatever
 * arrived for the cluster is attended: it stays responsive, and they take longer.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #armed = false;

  /** Undefined: at once. */
  next(): Promise<void> | undefined {
    this.#arm();
    if (this.#waiting.length === 0 && this.#taken < atOnce) {
      this.#taken++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    afterIo(() => {
      this.#armed = false;
      const next = this.#waiting.splice(0, atOnce);
      this.#taken = next.length;
      if (next.length > 0) this.#arm();
      for (const goOn of next) goOn();
    });
  }
}
