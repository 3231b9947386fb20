import { Duplex } from 'node:stream';
import { NetworkError } from '../contract.ts';
import type { Live } from './namespace.ts';

/** How much waits in one direction before the writer is told to wait, as a socket buffer does. */
const windowBytes = 64 * 1024;

/** One connection: two ends, and the way between them, which a fault may close for a while. */
export class Link implements Live {
  readonly client: Duplex;
  readonly server: Duplex;
  #open = true;
  #waiting: (() => void)[] = [];
  #ended = false;
  readonly fromNode: string | undefined;
  readonly toNode: string | undefined;
  readonly #address: string;
  readonly #onEnd: (() => void)[] = [];

  constructor(address: string, fromNode: string | undefined, toNode: string | undefined) {
    this.#address = address;
    this.fromNode = fromNode;
    this.toNode = toNode;
    const client = new End(this, address);
    const server = new End(this, address);
    client.peer = server;
    server.peer = client;
    this.client = client;
    this.server = server;
    const ended = () => {
      if (this.#ended || !client.closed || !server.closed) return;
      this.#ended = true;
      for (const told of this.#onEnd) told();
    };
    client.once('close', ended);
    server.once('close', ended);
    // Whoever listens gets them too; without a listener an end that is reset must not take the process with it.
    client.on('error', ignore);
    server.on('error', ignore);
  }

  /** Called once, when both ends are gone. */
  onEnd(told: () => void): void {
    this.#onEnd.push(told);
  }

  /** What is under way waits while the way is closed: nobody is told, as with a cable pulled out. */
  setOpen(open: boolean): void {
    this.#open = open;
    if (!open) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const deliver of waiting) deliver();
  }

  /** Now, or when the way is open again. */
  pass(deliver: () => void): void {
    if (this.#open && this.#waiting.length === 0) deliver();
    else this.#waiting.push(deliver);
  }

  /** Ends both sides at once, however the way is. */
  reset(code: 'ECONNRESET' | 'ETIMEDOUT'): void {
    this.#waiting = [];
    this.#open = true;
    this.client.destroy(new NetworkError(code, this.#address));
    this.server.destroy(new NetworkError(code, this.#address));
  }
}

function ignore(): void {}

class End extends Duplex {
  peer: End | undefined;
  readonly #link: Link;
  readonly #address: string;
  #resume: (() => void) | undefined;
  #heardEnd = false;

  constructor(link: Link, address: string) {
    super({ allowHalfOpen: true, readableHighWaterMark: windowBytes, writableHighWaterMark: windowBytes });
    this.#link = link;
    this.#address = address;
  }

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#link.pass(() => {
      const { peer } = this;
      if (peer === undefined || peer.destroyed || peer.#heardEnd)
        done(new NetworkError('ECONNRESET', this.#address));
      else if (peer.push(chunk)) done();
      else peer.#resume = done;
    });
  }

  override _final(done: (error?: Error) => void): void {
    this.#link.pass(() => {
      this.peer?.hearEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const resume = this.#resume;
    this.#resume = undefined;
    // Whoever waits to write to us learns that nobody reads any more.
    resume?.();
    this.#link.pass(() => this.peer?.hearGone(isReset(error)));
    done(error);
  }

  hearEnd(): void {
    if (this.destroyed || this.#heardEnd) return;
    this.#heardEnd = true;
    this.push(null);
  }

  /** Nobody reads there any more: once what was said is read here, this end is of no use either. */
  hearGone(reset: boolean): void {
    if (this.destroyed) return;
    if (reset || this.writableLength > 0) this.destroy(new NetworkError('ECONNRESET', this.#address));
    else if (this.readableEnded) this.destroy();
    else {
      this.once('end', () => this.destroy());
      this.hearEnd();
    }
  }
}

/** A program that only closes its socket, even because of an error, sends an ordinary end. */
function isReset(error: Error | null): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === 'ECONNRESET' || code === 'ETIMEDOUT';
}
