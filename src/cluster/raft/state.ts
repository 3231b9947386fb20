import type { Random } from '../../base/random.ts';
import type { MemberId } from './contract.ts';
import type { Entry, HardState, Snapshot, SnapshotPoint } from './entry.ts';
import { RaftLog } from './log.ts';
import type { Envelope, Message, Proposal, RefusedBecause } from './message.ts';

/** Times in ticks, sizes in entries and bytes. */
export interface RaftConfig {
  readonly id: MemberId;
  /** Every member, this one too. Fixed: changing it is another algorithm (paper §6). */
  readonly members: readonly MemberId[];
  /** Must be well below `electionMin`. */
  readonly heartbeatTicks: number;
  /** While a leader was heard within so many ticks nobody helps to depose it (thesis §4.2.3), and its own quorum check. */
  readonly electionMin: number;
  /** Timeouts are drawn from `electionMin + 1` to this, both included. */
  readonly electionMax: number;
  readonly maxAppendEntries: number;
  readonly maxAppendBytes: number;
  /** Appends under way to one follower before its answer. */
  readonly maxInFlight: number;
  /** The leader refuses proposals beyond these. */
  readonly maxUncommitted: number;
  readonly maxUncommittedBytes: number;
  /** Entries kept behind a snapshot, for followers that are a little late. */
  readonly keepBehind: number;
}

export type Role = 'leader' | 'follower' | 'candidate' | 'pre-candidate';

/** What the leader knows of a follower. */
export interface Progress {
  /** Durable there and equal to ours. */
  match: number;
  next: number;
  /** `probe`: one append at a time, looking for where the logs agree. `replicate`: pipelined. `snapshot`: waiting for it to arrive. */
  mode: 'probe' | 'replicate' | 'snapshot';
  /** Last index of each append under way, in `replicate`. */
  inFlight: number[];
  /** `probe`: asked and not answered. */
  waiting: boolean;
  pendingSnapshot: number;
  /** Heartbeats answered since it was sent. */
  snapshotAge: number;
  /** Heard from since the last quorum check. */
  active: boolean;
  diskFailed: boolean;
  /** Newest read round it has confirmed. */
  round: number;
}

/** A read index request at the leader (§6.4). `from` undefined: our own. */
export interface PendingRead {
  readonly id: number;
  readonly from: MemberId | undefined;
  readonly index: number;
  readonly round: number;
}

/** Private to `step`, which changes it in place. Equal states and inputs give equal outputs. */
export interface RaftState {
  readonly config: RaftConfig;
  readonly random: Random;
  readonly quorum: number;
  readonly peers: readonly MemberId[];
  role: Role;
  term: number;
  votedFor: MemberId | undefined;
  leader: MemberId | undefined;
  readonly log: RaftLog;
  /** Newest snapshot this member can send. */
  snapshot: SnapshotPoint;
  commit: number;
  /** Handed out in `committed`. */
  applied: number;
  /** Durable here. */
  stable: number;
  /** Writes handed out and not yet reported durable, oldest first. */
  writes: { readonly seq: number; lastIndex: number }[];
  writeSeq: number;
  diskFailed: boolean;
  electionElapsed: number;
  electionTimeout: number;
  heartbeatElapsed: number;
  /** Candidate: who answered, and how. */
  votes: Map<MemberId, boolean>;
  /** Candidate: the write that makes the vote for itself durable. */
  ownVoteSeq: number;
  /** Leader only, from here on. */
  progress: Map<MemberId, Progress>;
  round: number;
  reads: PendingRead[];
  /** Asked before the leader had committed in its term. */
  earlyReads: { readonly id: number; readonly from: MemberId | undefined }[];
  transferTo: MemberId | undefined;
  transferElapsed: number;
  uncommittedBytes: number;
  /** Newest proposal taken from each member in this term: a repeated message is not appended twice. */
  newestProposal: Map<string, number>;
}

export type Input =
  | { readonly type: 'tick' }
  | { readonly type: 'receive'; readonly from: MemberId; readonly message: Message }
  | { readonly type: 'propose'; readonly proposals: readonly Proposal[] }
  | { readonly type: 'read'; readonly id: number }
  | { readonly type: 'transfer'; readonly to: MemberId }
  /** Stand for election now, if the others would vote. */
  | { readonly type: 'campaign' }
  /** Write `seq` and all before it are durable. */
  | { readonly type: 'persisted'; readonly seq: number }
  | { readonly type: 'disk'; readonly failed: boolean }
  /** A snapshot up to `index` is durable here: the log before it may go. */
  | { readonly type: 'compacted'; readonly point: SnapshotPoint }
  /** A snapshot could not be sent. */
  | { readonly type: 'snapshot-unsent'; readonly to: MemberId };

/** To be made durable as one, in this order. */
export interface Persist {
  readonly seq: number;
  readonly hardState: HardState | undefined;
  /** Replaces the log; comes before `entries`. */
  readonly snapshot: Snapshot | undefined;
  /** The first one takes the place of whatever was at its index and after. */
  readonly entries: readonly Entry[];
}

export interface Output {
  persist: Persist | undefined;
  /** May leave at once. A leader's appends do: its own write runs in parallel (thesis §10.2.1). */
  send: Envelope[];
  /** Must wait until `persist`, and every one before it, is durable. */
  afterPersist: Envelope[];
  /** Replaces the state machine's content, before `committed`. */
  restore: Snapshot | undefined;
  committed: Entry[];
  /** May be answered once `index` is applied here. */
  reads: { readonly id: number; readonly index: number }[];
  refusedReads: number[];
  refusedProposals: { readonly ids: readonly number[]; readonly why: RefusedBecause }[];
}

export interface InitialState {
  readonly hardState: HardState;
  readonly snapshot: SnapshotPoint;
  readonly entries: readonly Entry[];
}

/** A member as it is after a start: follower, with what the disk had. The snapshot has been restored. */
export function createState(config: RaftConfig, random: Random, initial: InitialState): RaftState {
  const log = new RaftLog(initial.snapshot, initial.entries);
  const state: RaftState = {
    config,
    random,
    quorum: Math.floor(config.members.length / 2) + 1,
    peers: config.members.filter((member) => member !== config.id),
    role: 'follower',
    term: initial.hardState.term,
    votedFor: initial.hardState.votedFor,
    leader: undefined,
    log,
    snapshot: { index: initial.snapshot.index, term: initial.snapshot.term },
    commit: initial.snapshot.index,
    applied: initial.snapshot.index,
    stable: log.lastIndex,
    writes: [],
    writeSeq: 0,
    diskFailed: false,
    electionElapsed: 0,
    electionTimeout: 0,
    heartbeatElapsed: 0,
    votes: new Map(),
    ownVoteSeq: 0,
    progress: new Map(),
    round: 0,
    reads: [],
    earlyReads: [],
    transferTo: undefined,
    transferElapsed: 0,
    uncommittedBytes: 0,
    newestProposal: new Map(),
  };
  drawElectionTimeout(state);
  return state;
}

/** Randomised so that few members run at the same time (paper §5.2). */
export function drawElectionTimeout(state: RaftState): void {
  const { electionMin, electionMax } = state.config;
  state.electionElapsed = 0;
  state.electionTimeout = electionMin + 1 + state.random.int(electionMax - electionMin);
}
