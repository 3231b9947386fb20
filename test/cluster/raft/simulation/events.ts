/** What is to happen, soonest first; at one moment in the order it was planned. A binary heap: there are very many. */
export class EventQueue {
  #heap: { readonly at: number; readonly order: number; readonly action: () => void }[] = [];
  #planned = 0;
  now = 0;

  plan(delay: number, action: () => void): void {
    const event = { at: this.now + delay, order: this.#planned++, action };
    this.#heap.push(event);
    let child = this.#heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#before(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** Runs the next event up to `until`; false: there is none. */
  runNext(until: number): boolean {
    const first = this.#heap[0];
    if (!first || first.at > until) return false;
    const last = this.#heap.pop();
    if (last && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    this.now = first.at;
    first.action();
    return true;
  }

  #sink(): void {
    let parent = 0;
    for (;;) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      }
      if (least === parent) return;
      this.#swap(least, parent);
      parent = least;
    }
  }

  #before(left: number, right: number): boolean {
    const one = this.#heap[left];
    const other = this.#heap[right];
    if (!one || !other) return false;
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  }

  #swap(left: number, right: number): void {
    const one = this.#heap[left];
    const other = this.#heap[right];
    if (!one || !other) return;
    this.#heap[left] = other;
    this.#heap[right] = one;
  }
}
