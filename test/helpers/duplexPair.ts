import { Duplex } from 'node:stream';

/** Two ends of a connection inside this process, each half-closed on its own. */
export function duplexPair(): [Duplex, Duplex] {
  const a = new End();
  const b = new End();
  a.other = b;
  b.other = a;
  return [a, b];
}

class End extends Duplex {
  other: End | undefined;
  #waiting: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {
    this.#release();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const { other } = this;
    if (other === undefined || other.destroyed) done();
    else if (other.push(chunk)) done();
    else other.#waiting = done;
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this;
    this.#release();
    if (other !== undefined && !other.destroyed && !other.readableEnded)
      queueMicrotask(() => {
        other.#release();
        other.destroy();
      });
    done(error);
  }

  /** Whoever waits to write to this end has waited enough. */
  #release(): void {
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }
}
