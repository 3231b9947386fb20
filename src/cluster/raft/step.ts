import {
  campaign,
  hearsLeader,
  onOwnVoteDurable,
  onPreVote,
  onPreVoteReply,
  onRequestVote,
  onVoteReply,
} from './election.ts';
import { onAppendEntries, onHeartbeat, onInstallSnapshot } from './follower.ts';
import { broadcastHeartbeat } from './heartbeat.ts';
import type { Message } from './message.ts';
import { onPropose, propose } from './proposals.ts';
import { onReadRequest, requestRead } from './reads.ts';
import { advanceCommit, onAppendReply, onHeartbeatReply, retrySnapshot } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { Input, Output, RaftState } from './state.ts';
import { ageTransfer, finishTransfer, handOverFailedDisk, onTimeoutNow, startTransfer } from './transfer.ts';
import { send, type Turn } from './turn.ts';

/**
 * Raft as a function (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm"; Ongaro's thesis for pre-vote,
 * check-quorum, read index and transfer). Changes `state`, which is private to it, and says what is to be done: make `persist`
 * durable, `send`, and when all writes so far are durable `afterPersist`; give `restore` and `committed` to the state machine.
 * No clock, no promise, no input or output: the same state and input give the same output.
 */
export function step(state: RaftState, input: Input): Output {
  const { term, votedFor } = state;
  const out: Output = {
    persist: undefined,
    send: [],
    afterPersist: [],
    restore: undefined,
    committed: [],
    reads: [],
    refusedReads: [],
    refusedProposals: [],
  };
  const turn: Turn = { state, out, appended: [], installed: undefined };
  dispatch(turn, input);
  const changed = state.term !== term || state.votedFor !== votedFor;
  if (changed || turn.appended.length > 0 || turn.installed) {
    const seq = ++state.writeSeq;
    state.writes.push({ seq, lastIndex: state.log.lastIndex });
    const hardState = changed ? { term: state.term, votedFor: state.votedFor } : undefined;
    out.persist = { seq, hardState, snapshot: turn.installed, entries: turn.appended };
  }
  return out;
}

function dispatch(turn: Turn, input: Input): void {
  const { state } = turn;
  switch (input.type) {
    case 'tick':
      tick(turn);
      return;
    case 'receive':
      receive(turn, input.from, input.message);
      return;
    case 'propose':
      propose(turn, input.proposals);
      return;
    case 'read':
      requestRead(turn, input.id);
      return;
    case 'transfer':
      startTransfer(turn, input.to);
      return;
    case 'campaign':
      campaign(turn);
      return;
    case 'persisted':
      persisted(turn, input.seq);
      return;
    case 'disk':
      state.diskFailed = input.failed;
      handOverFailedDisk(turn);
      return;
    case 'compacted':
      if (input.point.index > state.snapshot.index && input.point.index <= state.applied) {
        state.snapshot = input.point;
        state.log.compactTo(input.point.index - state.config.keepBehind);
      }
      return;
    case 'snapshot-unsent':
      retrySnapshot(turn, input.to);
      return;
  }
}

/** Time passes: a follower waits for its leader (paper §5.2), a leader keeps its followers and counts them (thesis §6.2). */
function tick(turn: Turn): void {
  const { state } = turn;
  state.electionElapsed++;
  if (state.role !== 'leader') {
    if (state.electionElapsed >= state.electionTimeout) campaign(turn);
    return;
  }
  ageTransfer(turn);
  if (state.electionElapsed >= state.config.electionMin) {
    state.electionElapsed = 0;
    if (!checkQuorum(state)) {
      becomeFollower(turn, state.term, undefined);
      return;
    }
  }
  state.heartbeatElapsed++;
  if (state.heartbeatElapsed >= state.config.heartbeatTicks) {
    handOverFailedDisk(turn);
    broadcastHeartbeat(turn);
  }
}

/** A leader that has not heard from a majority for an election timeout no longer leads: clients must not wait for it. */
function checkQuorum(state: RaftState): boolean {
  let active = 1;
  for (const progress of state.progress.values()) {
    if (progress.active) active++;
    progress.active = false;
  }
  return active >= state.quorum;
}

function persisted(turn: Turn, seq: number): void {
  const { state } = turn;
  while (state.writes[0] && state.writes[0].seq <= seq) {
    const write = state.writes.shift();
    if (write) state.stable = Math.max(state.stable, write.lastIndex);
  }
  if (state.role === 'candidate' && seq >= state.ownVoteSeq) onOwnVoteDurable(turn);
  if (state.role === 'leader') advanceCommit(turn);
}

function receive(turn: Turn, from: string, message: Message): void {
  const { state } = turn;
  if (!state.peers.includes(from)) return;
  if (message.term > state.term && !newTerm(turn, from, message)) return;
  if (message.term < state.term && isLeaders(message)) {
    // A deposed leader, or one this member outran: the newer term makes it step down.
    const { term } = state;
    send(turn, from, { type: 'AppendReply', term, index: 0, rejected: true, hintIndex: 0, hintTerm: 0 });
    return;
  }
  handle(turn, from, message);
}

/** Rules for all servers (paper, figure 2). False: the message is to be ignored. */
function newTerm(turn: Turn, from: string, message: Message): boolean {
  switch (message.type) {
    case 'PreVote':
    case 'Propose':
    case 'ReadRequest':
    case 'TransferLeadership':
      return true;
    case 'PreVoteReply':
      if (!message.granted) becomeFollower(turn, message.term, undefined);
      return true;
    case 'RequestVote':
      if (!message.transfer && hearsLeader(turn.state)) return false;
      becomeFollower(turn, message.term, undefined);
      return true;
    default:
      becomeFollower(turn, message.term, isLeaders(message) ? from : undefined);
      return true;
  }
}

function isLeaders(message: Message): boolean {
  return (
    message.type === 'AppendEntries' || message.type === 'Heartbeat' || message.type === 'InstallSnapshot'
  );
}

function handle(turn: Turn, from: string, message: Message): void {
  const { state, out } = turn;
  switch (message.type) {
    case 'PreVote':
      onPreVote(turn, from, message);
      return;
    case 'PreVoteReply':
      onPreVoteReply(turn, from, message);
      return;
    case 'RequestVote':
      onRequestVote(turn, from, message);
      return;
    case 'VoteReply':
      onVoteReply(turn, from, message);
      return;
    case 'AppendEntries':
      onAppendEntries(turn, from, message);
      return;
    case 'AppendReply':
      onAppendReply(turn, from, message);
      finishTransfer(turn, from);
      return;
    case 'Heartbeat':
      onHeartbeat(turn, from, message);
      return;
    case 'HeartbeatReply':
      onHeartbeatReply(turn, from, message);
      return;
    case 'InstallSnapshot':
      onInstallSnapshot(turn, from, message);
      return;
    case 'TimeoutNow':
      onTimeoutNow(turn, message);
      return;
    case 'TransferLeadership':
      if (state.role === 'leader' && message.term === state.term) startTransfer(turn, message.to);
      return;
    case 'Propose':
      onPropose(turn, from, message);
      return;
    case 'ProposeRefused':
      out.refusedProposals.push({ ids: message.ids, why: message.why });
      return;
    case 'ReadRequest':
      onReadRequest(turn, from, message);
      return;
    case 'ReadReply':
      out.reads.push({ id: message.id, index: message.index });
      return;
    case 'ReadRefused':
      out.refusedReads.push(message.id);
      return;
  }
}
