import type { Entry, HardState, Snapshot } from './entry.ts';
import type { Persist } from './state.ts';

/** What the loop needs of durable memory. One member, one storage. */
export interface RaftStorage {
  /** What was durable when the member last ran. Called once, first. Throws `StorageCorrupt` rather than forget something. */
  load(): Promise<Loaded>;
  /**
   * Resolves once `write` and all before it are durable; writes that arrive during a sync share the next one. Rejects with
   * `StorageRefused` if it is not durable and leaves nothing behind: it and all after it may be handed over again, in order.
   */
  persist(write: Persist): Promise<void>;
  /** Keeps a snapshot of what is applied; then the log before it is no longer needed. Runs besides `persist`. */
  saveSnapshot(snapshot: Snapshot): Promise<void>;
  /** The newest snapshot. */
  readSnapshot(): Promise<Snapshot | undefined>;
  /** Lets go of the files, without writing anything. */
  close(): Promise<void>;
}

export interface Loaded {
  readonly hardState: HardState;
  readonly snapshot: Snapshot | undefined;
  /** Those after the snapshot. */
  readonly entries: readonly Entry[];
}

/** The disk does not take it, now: no space, no permission, an error. `code` as Node names it. */
export class StorageRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What is there is not what was written. Nothing was changed; a member must not go on with it. */
export class StorageCorrupt extends Error {
  readonly file: string;
  readonly offset: number;
  constructor(file: string, offset: number, message: string) {
    super(`${file}, byte ${offset}: ${message}`);
    this.file = file;
    this.offset = offset;
  }
}
