import type { Entry, HardState, Snapshot } from '../../../src/cluster/raft/entry.ts';
import type { Persist } from '../../../src/cluster/raft/state.ts';
import { type Loaded, type RaftStorage, StorageRefused } from '../../../src/cluster/raft/storage.ts';

/** Durable as long as the object: a member can stop and start on it. `refuse` makes it a full disk. */
export class MemoryStorage implements RaftStorage {
  refuse: string | undefined;
  #hardState: HardState = { term: 0, votedFor: undefined };
  #snapshot: Snapshot | undefined;
  #entries: Entry[] = [];

  async load(): Promise<Loaded> {
    const from = this.#snapshot?.index ?? 0;
    const entries = this.#entries.filter((entry) => entry.index > from);
    return { hardState: this.#hardState, snapshot: this.#snapshot, entries };
  }

  async persist(write: Persist): Promise<void> {
    this.#check();
    if (write.hardState) this.#hardState = write.hardState;
    if (write.snapshot) {
      this.#snapshot = write.snapshot;
      this.#entries = [];
    }
    const first = write.entries[0];
    if (!first) return;
    this.#entries.length = Math.max(
      0,
      Math.min(this.#entries.length, first.index - (this.#entries[0]?.index ?? 0)),
    );
    this.#entries.push(...write.entries);
  }

  async saveSnapshot(snapshot: Snapshot): Promise<void> {
    this.#check();
    if (snapshot.index <= (this.#snapshot?.index ?? 0)) return;
    this.#snapshot = snapshot;
    this.#entries = this.#entries.filter((entry) => entry.index > snapshot.index);
  }

  async readSnapshot(): Promise<Snapshot | undefined> {
    return this.#snapshot;
  }

  async close(): Promise<void> {}

  #check(): void {
    if (this.refuse !== undefined) throw new StorageRefused(this.refuse, `${this.refuse}: the disk refuses`);
  }
}
