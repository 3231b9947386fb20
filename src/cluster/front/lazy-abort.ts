/** Most requests never look at their signal: the controller is made when somebody does. */
export class LazyAbort {
  #controller: AbortController | undefined;
  #aborted = false;
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }
  get aborted(): boolean {
    return this.#aborted;
  }
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
