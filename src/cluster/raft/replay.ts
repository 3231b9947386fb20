import type { Entry, HardState, Snapshot } from './entry.ts';
import type { LogRecord } from './frames.ts';
import { StorageCorrupt } from './storage.ts';

/** The log as its records made it, one after the other. */
export class Replay {
  hardState: HardState | undefined;
  #entries: Entry[] = [];

  /** Returns the greatest index among the entries. */
  all(name: string, records: readonly LogRecord[]): number {
    let maxIndex = 0;
    for (const record of records) {
      if (record.kind === 'hard-state') this.hardState = record.hardState;
      else if (record.kind === 'reset') this.#entries = [];
      else {
        this.#append(name, record.entry);
        maxIndex = Math.max(maxIndex, record.entry.index);
      }
    }
    return maxIndex;
  }

  /** An entry takes the place of whatever was at its index and after. */
  #append(name: string, entry: Entry): void {
    const first = this.#entries[0]?.index ?? entry.index;
    if (entry.index > first + this.#entries.length) {
      throw new StorageCorrupt(
        name,
        0,
        `entry ${entry.index} follows entry ${first + this.#entries.length - 1}`,
      );
    }
    this.#entries.length = Math.max(0, entry.index - first);
    this.#entries.push(entry);
  }

  /** What of it comes after the snapshot. */
  after(snapshot: Snapshot | undefined): { entries: Entry[]; resetNeeded: boolean } {
    const base = snapshot?.index ?? 0;
    const first = this.#entries[0];
    const last = this.#entries.at(-1);
    if (snapshot && (!last || last.index < base)) return { entries: [], resetNeeded: true };
    if (!first) return { entries: [], resetNeeded: false };
    if (first.index > base + 1) {
      throw new StorageCorrupt('log', 0, `entries ${base + 1} to ${first.index - 1} are missing`);
    }
    const atBase = this.#entries[base - first.index];
    if (snapshot && atBase && atBase.term !== snapshot.term) return { entries: [], resetNeeded: true };
    return { entries: this.#entries.filter((entry) => entry.index > base), resetNeeded: false };
  }
}
