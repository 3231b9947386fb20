import { ByteQueue } from '../byte-queue.ts';
import { dataFrame } from './frames.ts';
import type { SpdyHeaders } from './headers.ts';
import { initialWindow, SendWindow } from './window.ts';

/** Small enough that streams of one connection take turns. */
const pieceBytes = 32 * 1024;
/** More than a window: only a client that keeps none gets so far, and is then not read until somebody takes it. */
const mostWaiting = 512 * 1024;

interface StreamLinks {
  write(bytes: Uint8Array): Promise<void>;
  /** Of the whole connection. */
  readonly window: SendWindow;
  taken(count: number): void;
  /** Both directions have ended. */
  over(): void;
}

/** One stream that the client opened. */
export class SpdyStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** What the client sends, until its half is closed. */
  readonly input: ByteQueue;
  readonly window = new SendWindow();
  readonly #links: StreamLinks;
  #unacknowledged = 0;
  #inputEnded = false;
  #finished = false;
  readonly #gone = new AbortController();

  constructor(id: number, headers: SpdyHeaders, links: StreamLinks) {
    this.id = id;
    this.headers = headers;
    this.#links = links;
    this.input = new ByteQueue(mostWaiting, (count) => links.taken(count));
  }

  /** Aborts when the client has reset it, or the connection is gone. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when more may be written. What goes to a stream that is gone is lost. */
  async write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length && !this.#finished && !this.gone.aborted) {
      const wanted = Math.min(pieceBytes, bytes.length - at);
      const own = this.window.take(wanted);
      if (typeof own !== 'number') {
        await own;
        continue;
      }
      const count = this.#links.window.take(own);
      if (typeof count !== 'number') {
        await count;
        continue;
      }
      this.window.spend(count);
      this.#links.window.spend(count);
      const piece = bytes.subarray(at, at + count);
      at += count;
      await this.#links.write(dataFrame(this.id, piece, false));
    }
  }

  /** Half-closes it: nothing more from us. */
  async finish(): Promise<void> {
    if (this.#finished || this.gone.aborted) return;
    this.#finished = true;
    if (this.#inputEnded) this.#links.over();
    await this.#links.write(dataFrame(this.id, Buffer.alloc(0), true));
  }

  /** The client has half-closed it. */
  endInput(): void {
    this.#inputEnded = true;
    this.input.end();
    if (this.#finished) this.#links.over();
  }

  /** Reset by the client, or the connection is gone. */
  cut(): void {
    this.#gone.abort();
    this.input.end();
    this.window.open();
  }

  neverWrites(): void {
    this.#finished = true;
  }

  /** What to tell the client that was read, 0 while it is not worth a frame. */
  owed(count: number): number {
    this.#unacknowledged += count;
    if (this.#inputEnded || this.#unacknowledged < initialWindow / 2) return 0;
    const owed = this.#unacknowledged;
    this.#unacknowledged = 0;
    return owed;
  }
}
