/** The values of Raft's persistent state (paper, figure 2). Indexes start at 1; terms at 0, before any election. */

export interface Entry {
  readonly index: number;
  readonly term: number;
  /** `noop`: the empty entry every leader starts its term with (paper §8); not given to the state machine. */
  readonly kind: 'noop' | 'data';
  /** Names the proposal among those waiting at its proposer, who learns by it what became of it; 0: nobody waits. */
  readonly proposal: number;
  /** Shared by every member of the process: never written to. */
  readonly data: Uint8Array;
}

/** What must be durable before any reply that rests on it. `votedFor` counts within `term` only. */
export interface HardState {
  readonly term: number;
  readonly votedFor: string | undefined;
}

/** The last entry a snapshot includes. */
export interface SnapshotPoint {
  readonly index: number;
  readonly term: number;
}

export interface Snapshot extends SnapshotPoint {
  readonly data: Uint8Array;
}

/** Bytes an entry weighs in limits: its data and what is around it. */
export function entryBytes(entry: Entry): number {
  return entry.data.byteLength + 64;
}
