/** What comes first by `before`; items are found again by themselves. */
export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #items: T[] = [];
  readonly #positions = new Map<T, number>();

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  first(): T | undefined {
    return this.#items[0];
  }

  has(item: T): boolean {
    return this.#positions.has(item);
  }

  items(): readonly T[] {
    return [...this.#items];
  }

  /** Adds it, or moves it to where it belongs now. */
  put(item: T): void {
    let at = this.#positions.get(item);
    if (at === undefined) {
      at = this.#items.length;
      this.#set(at, item);
    }
    this.#settle(at);
  }

  delete(item: T): boolean {
    const at = this.#positions.get(item);
    if (at === undefined) return false;
    const last = this.#items.pop();
    this.#positions.delete(item);
    if (last !== undefined && last !== item) {
      this.#set(at, last);
      this.#settle(at);
    }
    return true;
  }

  take(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.delete(first);
    return first;
  }

  #settle(from: number): void {
    const item = this.#items[from];
    if (item === undefined) return;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#items[parent];
      if (above === undefined || !this.#before(item, above)) break;
      this.#set(at, above);
      at = parent;
    }
    for (;;) {
      const left = 2 * at + 1;
      const [one, two] = [this.#items[left], this.#items[left + 1]];
      if (one === undefined) break;
      const child = two !== undefined && this.#before(two, one) ? left + 1 : left;
      const lower = this.#items[child];
      if (lower === undefined || !this.#before(lower, item)) break;
      this.#set(at, lower);
      at = child;
    }
    this.#set(at, item);
  }

  #set(at: number, item: T): void {
    this.#items[at] = item;
    this.#positions.set(item, at);
  }
}
