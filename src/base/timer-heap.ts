/** Something to do at a time of some clock. */
export interface Timer {
  readonly atMs: number;
  readonly order: number;
  action: () => void;
  /** Also once it has fired. */
  cancelled: boolean;
}

const nothing = () => undefined;

/** A binary heap by time, then by who came first. Cancelled ones are dropped when they are half of it. */
export class TimerHeap {
  #timers: Timer[] = [];
  #cancelled = 0;

  first(): Timer | undefined {
    while (this.#timers[0]?.cancelled === true) {
      this.take();
      this.#cancelled--;
    }
    return this.#timers[0];
  }

  add(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  take(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      let child = left;
      const [one, two] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      if (two !== undefined && before(two, one)) child = left + 1;
      const lower = heap[child];
      if (lower === undefined || !before(lower, last)) break;
      heap[at] = lower;
      at = child;
    }
    heap[at] = last;
  }

  /** It stays here for a while, but what it would have done, and all that this holds, goes at once. */
  cancel(timer: Timer): void {
    if (timer.cancelled) return;
    timer.cancelled = true;
    timer.action = nothing;
    this.#cancelled++;
    if (this.#cancelled < 64 || this.#cancelled * 2 < this.#timers.length) return;
    const left = this.#timers.filter((timer) => !timer.cancelled).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#timers = left;
    this.#cancelled = 0;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
