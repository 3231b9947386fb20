import { type Entry, entryBytes, type SnapshotPoint } from './entry.ts';

/** The entries since the last compaction, in memory. Index 0 with term 0 stands before the first one. */
export class RaftLog {
  #entries: Entry[];
  #base: SnapshotPoint;

  /** `entries` follow `base` without a gap. */
  constructor(base: SnapshotPoint, entries: readonly Entry[]) {
    // Only the point: what is given may be a whole snapshot, whose bytes would stay in memory.
    this.#base = { index: base.index, term: base.term };
    this.#entries = [...entries];
  }

  /** What was compacted away ends here: `term` is still known of it, nothing else. */
  get base(): SnapshotPoint {
    return this.#base;
  }

  get lastIndex(): number {
    return this.#base.index + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#base.term;
  }

  /** Undefined: compacted away, or not there yet. */
  term(index: number): number | undefined {
    if (index === this.#base.index) return this.#base.term;
    return this.#entries[index - this.#base.index - 1]?.term;
  }

  at(index: number): Entry | undefined {
    return this.#entries[index - this.#base.index - 1];
  }

  /** Log matching (paper §5.3): an entry is known by its index and term. */
  matches(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Election restriction (paper §5.4.1): is a log that ends there at least as up to date as this one? */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);
  }

  /** Entries from `from` to `to`, both included; they must be there. */
  between(from: number, to: number): Entry[] {
    return this.#entries.slice(from - this.#base.index - 1, to - this.#base.index);
  }

  /** From `from` on, at least one if there is one, then as many as fit. */
  batch(from: number, maxEntries: number, maxBytes: number): Entry[] {
    const start = from - this.#base.index - 1;
    let end = start;
    let bytes = 0;
    while (end < this.#entries.length && end - start < maxEntries) {
      const entry = this.#entries[end];
      if (!entry) break;
      bytes += entryBytes(entry);
      if (bytes > maxBytes && end > start) break;
      end++;
    }
    return this.#entries.slice(start, end);
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** Removes `index` and everything after it. */
  truncateFrom(index: number): void {
    this.#entries.length = Math.max(0, index - this.#base.index - 1);
  }

  /** Forgets everything up to `index`, which must be there. */
  compactTo(index: number): void {
    const term = this.term(index);
    if (term === undefined || index <= this.#base.index) return;
    this.#entries = this.#entries.slice(index - this.#base.index);
    this.#base = { index, term };
  }

  /** Starts again after a snapshot. */
  reset(base: SnapshotPoint): void {
    this.#base = { index: base.index, term: base.term };
    this.#entries = [];
  }

  /** The last index at or before `index` whose term is at most `term`: both logs can agree no later than there. */
  lastIndexWithin(index: number, term: number): number {
    let candidate = Math.min(index, this.lastIndex);
    while (candidate > this.#base.index && (this.term(candidate) ?? 0) > term) candidate--;
    return candidate;
  }
}
