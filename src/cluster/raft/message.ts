import type { Entry, Snapshot } from './entry.ts';

/**
 * What members tell each other. `term` is the sender's, except in `PreVote` and a granted `PreVoteReply`, where it is the term
 * that would be run for. The transport delivers a message at most once or more often, late, or not at all: all is borne.
 */
export type Message =
  | PreVote
  | PreVoteReply
  | RequestVote
  | VoteReply
  | AppendEntries
  | AppendReply
  | Heartbeat
  | HeartbeatReply
  | InstallSnapshot
  | TimeoutNow
  | TransferLeadership
  | Propose
  | ProposeRefused
  | ReadRequest
  | ReadReply
  | ReadRefused;

interface Candidacy {
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** "Would you vote for me?" Changes nothing at the receiver (thesis §9.6). */
export interface PreVote extends Candidacy {
  readonly type: 'PreVote';
}

export interface PreVoteReply {
  readonly type: 'PreVoteReply';
  readonly term: number;
  readonly granted: boolean;
}

export interface RequestVote extends Candidacy {
  readonly type: 'RequestVote';
  /** The leader asked for it: members that still hear that leader vote all the same (thesis §3.10). */
  readonly transfer: boolean;
}

export interface VoteReply {
  readonly type: 'VoteReply';
  readonly term: number;
  readonly granted: boolean;
}

export interface AppendEntries {
  readonly type: 'AppendEntries';
  readonly term: number;
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}

export interface AppendReply {
  readonly type: 'AppendReply';
  readonly term: number;
  /** Accepted: everything up to here is durable at the sender and equal to the leader's. Rejected: the refused `prevIndex`. */
  readonly index: number;
  readonly rejected: boolean;
  /** Where the logs may still agree (paper §5.3, the optimisation by terms). */
  readonly hintIndex: number;
  readonly hintTerm: number;
}

export interface Heartbeat {
  readonly type: 'Heartbeat';
  readonly term: number;
  readonly commit: number;
  /** The newest round of read index requests (§6.4) that an answer to this confirms. */
  readonly round: number;
}

export interface HeartbeatReply {
  readonly type: 'HeartbeatReply';
  readonly term: number;
  readonly round: number;
  /** The sender's disk refuses writes: it cannot help to commit. */
  readonly diskFailed: boolean;
}

export interface InstallSnapshot {
  readonly type: 'InstallSnapshot';
  readonly term: number;
  /** `step` names the point; the loop puts the bytes in before it sends (paper §7). */
  readonly snapshot: Snapshot;
}

export interface TimeoutNow {
  readonly type: 'TimeoutNow';
  readonly term: number;
}

export interface TransferLeadership {
  readonly type: 'TransferLeadership';
  readonly term: number;
  readonly to: string;
}

export interface Proposal {
  readonly id: number;
  readonly data: Uint8Array;
}

/** Only the leader of exactly `term` takes it: so a proposal ends up in the log in that term or never. */
export interface Propose {
  readonly type: 'Propose';
  readonly term: number;
  readonly proposals: readonly Proposal[];
}

/** `no-leader`: ask again; the others say why the leader does not write. None of them was appended. */
export type RefusedBecause = 'no-leader' | 'disk' | 'dropped';

export interface ProposeRefused {
  readonly type: 'ProposeRefused';
  readonly term: number;
  readonly ids: readonly number[];
  readonly why: RefusedBecause;
}

export interface ReadRequest {
  readonly type: 'ReadRequest';
  readonly term: number;
  readonly id: number;
}

export interface ReadReply {
  readonly type: 'ReadReply';
  readonly term: number;
  readonly id: number;
  readonly index: number;
}

export interface ReadRefused {
  readonly type: 'ReadRefused';
  readonly term: number;
  readonly id: number;
}

export interface Envelope {
  readonly to: string;
  readonly message: Message;
}
