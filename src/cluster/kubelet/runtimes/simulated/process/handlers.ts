export type Handler = (() => void) | 'ignore';

/** What a process does at signals; most have nothing to say about any. */
export class Handlers {
  #byNumber: Map<number, Handler> | undefined;

  get(number: number): Handler | undefined {
    return this.#byNumber?.get(number);
  }

  /** Undefined: the default action again. */
  set(number: number, handler: Handler | undefined): void {
    if (handler === undefined) this.#byNumber?.delete(number);
    else {
      this.#byNumber ??= new Map();
      this.#byNumber.set(number, handler);
    }
  }

  /** As a child starts, and as a process goes on when it becomes another program: what is ignored stays so. */
  inherit(from: Handlers): void {
    const ignored = [...(from.#byNumber ?? [])].filter(([, handler]) => handler === 'ignore');
    this.#byNumber = ignored.length === 0 ? undefined : new Map(ignored);
  }
}
