/** Bytes on their way from whoever receives them to the one who reads them, in order; bounded by whoever pushes waiting. */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #limit: number;
  readonly #taken: (bytes: number) => void;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #discarding = false;
  #readable: (() => void) | undefined;
  #room: (() => void)[] = [];

  /** `limit`: bytes that may wait before `push` asks for patience. `taken` hears of each that was read or thrown away. */
  constructor(limit: number, taken: (bytes: number) => void = () => undefined) {
    this.#limit = limit;
    this.#taken = taken;
  }

  /** A promise: wait for it before the next push. What comes after the end is dropped. */
  push(bytes: Uint8Array): Promise<void> | undefined {
    if (bytes.length === 0 || this.#ended) return undefined;
    if (this.#discarding) {
      this.#taken(bytes.length);
      return undefined;
    }
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#wake();
    if (this.#size <= this.#limit) return undefined;
    return new Promise((resolve) => this.#room.push(resolve));
  }

  /** No more will come; what waits can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake();
    this.#release();
  }

  /** Nobody reads any more: what waits and what comes is thrown away. */
  discard(): void {
    this.#discarding = true;
    const waiting = this.#size;
    this.#chunks = [];
    this.#size = 0;
    if (waiting > 0) this.#taken(waiting);
    this.#release();
    this.#wake();
  }

  /** One reader. Leaving the loop discards the rest. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      while (!this.#discarding) {
        const next = this.#chunks.shift();
        if (next !== undefined) {
          this.#size -= next.length;
          if (this.#size <= this.#limit) this.#release();
          this.#taken(next.length);
          yield next;
        } else if (this.#ended) return;
        else
          await new Promise<void>((resolve) => {
            this.#readable = resolve;
          });
      }
    } finally {
      this.discard();
    }
  }

  #wake(): void {
    this.#readable?.();
    this.#readable = undefined;
  }

  #release(): void {
    const waiting = this.#room;
    this.#room = [];
    for (const go of waiting) go();
  }
}
