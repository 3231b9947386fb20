/**
 * Keyed values in key order (UTF-16 code units, which is byte order for everything but keys beyond U+FFFF): a sorted array
 * cut into runs, so that an insertion moves at most one run. For tens of thousands of keys this is faster than a tree, and
 * a range is a few copies of neighbouring memory.
 */
export class OrderedIndex<T extends { readonly key: string }> {
  #runs: T[][] = [];
  #byKey = new Map<string, T>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  /** Adds, or replaces what has the same key. */
  set(item: T): void {
    const known = this.#byKey.has(item.key);
    this.#byKey.set(item.key, item);
    const runIndex = this.#runOf(item.key);
    const run = this.#runs[runIndex];
    if (run === undefined) {
      this.#runs.push([item]);
      return;
    }
    const at = lowerBound(run, item.key);
    if (known) {
      run[at] = item;
      return;
    }
    if (at === run.length) run.push(item);
    else run.splice(at, 0, item);
    if (run.length > maxRun) {
      // Keys that arrive in order fill the runs: only the end is cut off, so that full runs stay full.
      const cut = at === run.length - 1 ? maxRun : maxRun / 2;
      this.#runs.splice(runIndex + 1, 0, run.splice(cut));
    }
  }

  delete(key: string): boolean {
    if (!this.#byKey.delete(key)) return false;
    const runIndex = this.#runOf(key);
    const run = this.#runs[runIndex];
    if (run === undefined) return false;
    run.splice(lowerBound(run, key), 1);
    if (run.length === 0) this.#runs.splice(runIndex, 1);
    return true;
  }

  /** Items with `from` <= key < `to` (undefined: to the end), at most `limit`. */
  range(from: string, to: string | undefined, limit = Number.POSITIVE_INFINITY): T[] {
    const found: T[] = [];
    for (let runIndex = this.#runOf(from); runIndex < this.#runs.length; runIndex += 1) {
      const run = this.#runs[runIndex] ?? [];
      const first = run[0];
      if (found.length >= limit || first === undefined || (to !== undefined && first.key >= to)) break;
      const last = run[run.length - 1] ?? first;
      const begin = first.key >= from ? 0 : lowerBound(run, from);
      const end = Math.min(
        to === undefined || last.key < to ? run.length : lowerBound(run, to),
        begin + limit - found.length,
      );
      for (let at = begin; at < end; at += 1) found.push(run[at] as T);
    }
    return found;
  }

  /** How many keys there are with `from` <= key < `to`, without visiting them. */
  countRange(from: string, to: string | undefined): number {
    if (to !== undefined && to <= from) return 0;
    return (to === undefined ? this.size : this.#rank(to)) - this.#rank(from);
  }

  /** Every item, in order. */
  *all(): IterableIterator<T> {
    for (const run of this.#runs) yield* run;
  }

  /** Replaces everything; `items` must be in order and without repeated keys, which is checked. */
  load(items: readonly T[]): void {
    let previous: string | undefined;
    const byKey = new Map<string, T>();
    for (const item of items) {
      if (previous !== undefined && item.key <= previous) throw new Error('the keys are not in order');
      previous = item.key;
      byKey.set(item.key, item);
    }
    this.#byKey = byKey;
    this.#runs = [];
    for (let at = 0; at < items.length; at += maxRun) this.#runs.push(items.slice(at, at + maxRun));
  }

  #rank(key: string): number {
    const runIndex = this.#runOf(key);
    let before = 0;
    for (let at = 0; at < runIndex; at += 1) before += this.#runs[at]?.length ?? 0;
    const run = this.#runs[runIndex];
    return run === undefined ? before : before + lowerBound(run, key);
  }

  /** The last run that begins at or before `key`; the first one when none does. */
  #runOf(key: string): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#runs[middle]?.[0];
      if (first !== undefined && first.key <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

const maxRun = 512;

/** The first position whose key is not below `key`. */
function lowerBound(run: readonly { readonly key: string }[], key: string): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((run[middle] as { readonly key: string }).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first key after all those with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  for (let end = prefix.length; end > 0; end -= 1) {
    const unit = prefix.charCodeAt(end - 1);
    if (unit < 0xffff) return prefix.slice(0, end - 1) + String.fromCharCode(unit + 1);
  }
  return undefined;
}
