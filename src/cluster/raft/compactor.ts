import type { StateMachine } from './contract.ts';
import { type Entry, entryBytes, type SnapshotPoint } from './entry.ts';
import type { RaftSettings } from './settings.ts';
import type { RaftStorage } from './storage.ts';

/** Decides when enough was applied since the last snapshot (paper §7), takes the next one and keeps it. */
export class Compactor {
  readonly #storage: RaftStorage;
  readonly #stateMachine: StateMachine;
  readonly #settings: RaftSettings;
  readonly #done: (point: SnapshotPoint) => void;
  #entries: number;
  #bytes = 0;
  #busy = false;
  #lastSnapshotBytes = 0;

  /** `headStart`: entries counted from the beginning, so that the members of one process do not all stop to do it at once. */
  constructor(
    storage: RaftStorage,
    stateMachine: StateMachine,
    settings: RaftSettings,
    headStart: number,
    done: (point: SnapshotPoint) => void,
  ) {
    this.#storage = storage;
    this.#stateMachine = stateMachine;
    this.#settings = settings;
    this.#entries = headStart;
    this.#done = done;
  }

  count(entry: Entry): void {
    this.#entries++;
    this.#bytes += entryBytes(entry);
  }

  get isDue(): boolean {
    const { snapshotEntries, snapshotBytes } = this.#settings;
    // A large state is written seldom: no more goes into snapshots than into the log.
    const enough = Math.max(snapshotBytes, this.#lastSnapshotBytes);
    return !this.#busy && (this.#entries >= snapshotEntries || this.#bytes >= enough);
  }

  /** `point` is the last applied entry. A refusal of the disk is not an error: the log stays, and it is tried again later. */
  compact(point: SnapshotPoint): void {
    this.#busy = true;
    this.#entries = 0;
    this.#bytes = 0;
    const data = this.#stateMachine.snapshot();
    this.#lastSnapshotBytes = data.byteLength;
    this.#storage.saveSnapshot({ ...point, data }).then(
      () => {
        this.#busy = false;
        this.#done(point);
      },
      () => {
        this.#busy = false;
      },
    );
  }
}
