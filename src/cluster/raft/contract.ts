/** What the rest of the cluster sees of consensus. The algorithm is in `step.ts` (pure); the loop that drives it in `node.ts`. */

export type MemberId = string;

/** Fed with what a majority has made durable, in log order, on every member. Must be deterministic. */
export interface StateMachine {
  /** Applies one committed entry; what it returns is handed to the proposer, if it waits at this member. */
  apply(entry: CommittedEntry): unknown;
  /** Everything applied so far, to compact the log (Raft §7). Called rarely; may be large. */
  snapshot(): Uint8Array;
  /** Replaces everything by a snapshot that includes `index`. */
  restore(snapshot: Uint8Array, index: number): void;
}

export interface CommittedEntry {
  readonly index: number;
  readonly term: number;
  /** As proposed. Members of one process see the same buffer: derived values may be cached by it. */
  readonly data: Uint8Array;
}

export interface RaftStatus {
  readonly id: MemberId;
  readonly role: 'leader' | 'follower' | 'candidate' | 'pre-candidate' | 'stopped';
  readonly term: number;
  readonly leader: MemberId | undefined;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly lastIndex: number;
  readonly votedFor: MemberId | undefined;
  /** On the leader: what each peer is known to have. */
  readonly matchIndex: { readonly [peer: MemberId]: number };
}

/** A running member. Rejections are `RaftUnavailable`. */
export interface RaftMember {
  status(): RaftStatus;
  /**
   * Resolves with what `apply` returned at this member once the entry is committed and applied here. Proposals made in the
   * same turn share one append and one sync. A follower forwards to the leader.
   */
  propose(data: Uint8Array): Promise<unknown>;
  /** Read index (§6.4): resolves once this member has applied everything committed before the call. Calls are batched. */
  readIndex(): Promise<void>;
  transferLeadership(to: MemberId): Promise<void>;
  onStatus(listener: (status: RaftStatus) => void): () => void;
  /** Ends at once, as a killed process would; the log stays as it is. */
  stop(): Promise<void>;
}

export class RaftUnavailable extends Error {
  /** The entry may still be committed later. False: it certainly was not written. */
  readonly outcomeUnknown: boolean;
  readonly why: 'no-leader' | 'timeout' | 'disk' | 'stopped' | 'dropped';
  constructor(why: RaftUnavailable['why'], message: string, outcomeUnknown: boolean) {
    super(message);
    this.why = why;
    this.outcomeUnknown = outcomeUnknown;
  }
}
