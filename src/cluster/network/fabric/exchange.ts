import { type HttpRequest, type HttpResponse, NetworkError } from '../contract.ts';
import type { Live } from './namespace.ts';

type Handle = (request: HttpRequest, signal: AbortSignal) => HttpResponse | Promise<HttpResponse>;

/** One request as a message under way to a server of messages: it can be cut off, and ended from either side. */
export class Exchange implements Live {
  readonly fromNode: string | undefined;
  readonly toNode: string | undefined;
  readonly #address: string;
  readonly #gone = new AbortController();
  #fail: (error: unknown) => void = () => undefined;
  #open = true;
  #waiting: (() => void) | undefined;

  constructor(address: string, fromNode: string | undefined, toNode: string | undefined) {
    this.#address = address;
    this.fromNode = fromNode;
    this.toNode = toNode;
  }

  /** Once. Rejects with `NetworkError` `ECONNRESET`/`ETIMEDOUT` or the signal's reason. */
  run(handle: Handle, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#fail(signal?.reason);
      const end = (action: () => void) => {
        signal?.removeEventListener('abort', onAbort);
        action();
      };
      this.#fail = (error) => {
        this.#gone.abort(error);
        end(() => reject(error));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const answered = (response: HttpResponse) => this.#pass(() => end(() => resolve(response)));
      // A server that throws is a program that crashed while it answered.
      const crashed = () => this.#pass(() => this.reset('ECONNRESET'));
      try {
        const response = handle(request, this.#gone.signal);
        if (response instanceof Promise) response.then(answered, crashed);
        else answered(response);
      } catch {
        crashed();
      }
    });
  }

  setOpen(open: boolean): void {
    this.#open = open;
    if (!open) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  reset(code: 'ECONNRESET' | 'ETIMEDOUT'): void {
    this.#fail(new NetworkError(code, this.#address));
  }

  #pass(deliver: () => void): void {
    if (this.#open) deliver();
    else this.#waiting = deliver;
  }
}
