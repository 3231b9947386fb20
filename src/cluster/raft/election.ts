import type { PreVote, PreVoteReply, RequestVote, VoteReply } from './message.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './roles.ts';
import type { RaftState } from './state.ts';
import { send, sendDurably, type Turn } from './turn.ts';

/**
 * Starts an election (paper §5.2), with the question of the pre-vote before it (thesis §9.6). A member that cannot write
 * does not stand: its vote for itself could not become durable.
 */
export function campaign(turn: Turn): void {
  if (turn.state.diskFailed || turn.state.role === 'leader') return;
  becomePreCandidate(turn);
  if (hasQuorum(turn.state)) {
    runForElection(turn, false);
    return;
  }
  const { state } = turn;
  const { lastIndex, lastTerm } = state.log;
  for (const peer of state.peers)
    send(turn, peer, { type: 'PreVote', term: state.term + 1, lastIndex, lastTerm });
}

/** The election proper. `transfer`: the leader asked for it, nobody needs to be asked first (thesis §3.10). */
export function runForElection(turn: Turn, transfer: boolean): void {
  const { state } = turn;
  becomeCandidate(turn);
  const { lastIndex, lastTerm } = state.log;
  // Only once the own vote is durable: whoever answers counts on it.
  for (const peer of state.peers) {
    sendDurably(turn, peer, { type: 'RequestVote', term: state.term, lastIndex, lastTerm, transfer });
  }
}

/** Leader stickiness (thesis §4.2.3): while a leader is heard, candidates are not. A leader with its quorum hears itself. */
export function hearsLeader(state: RaftState): boolean {
  return state.leader !== undefined && state.electionElapsed < state.config.electionMin;
}

export function onPreVote(turn: Turn, from: string, message: PreVote): void {
  const { state } = turn;
  if (message.term >= state.term && hearsLeader(state)) return;
  const granted =
    message.term > state.term &&
    !state.diskFailed &&
    state.log.isUpToDate(message.lastIndex, message.lastTerm);
  send(turn, from, { type: 'PreVoteReply', term: granted ? message.term : state.term, granted });
}

export function onPreVoteReply(turn: Turn, from: string, message: PreVoteReply): void {
  const { state } = turn;
  if (state.role !== 'pre-candidate') return;
  if (message.granted && message.term !== state.term + 1) return;
  state.votes.set(from, message.granted);
  if (hasQuorum(state)) runForElection(turn, false);
  else if (isLost(state)) becomeFollower(turn, state.term, undefined);
}

/** RequestVote (paper, figure 2): one vote per term, to a log at least as up to date. The term was dealt with before. */
export function onRequestVote(turn: Turn, from: string, message: RequestVote): void {
  const { state } = turn;
  const free = state.votedFor === undefined || state.votedFor === from;
  const granted =
    message.term === state.term &&
    free &&
    state.role !== 'leader' &&
    state.log.isUpToDate(message.lastIndex, message.lastTerm);
  if (granted) {
    state.votedFor = from;
    state.electionElapsed = 0;
  }
  sendDurably(turn, from, { type: 'VoteReply', term: state.term, granted });
}

/** Its vote for itself is durable. */
export function onOwnVoteDurable(turn: Turn): void {
  const { state } = turn;
  state.votes.set(state.config.id, true);
  if (hasQuorum(state)) becomeLeader(turn);
}

export function onVoteReply(turn: Turn, from: string, message: VoteReply): void {
  const { state } = turn;
  if (state.role !== 'candidate' || message.term !== state.term) return;
  state.votes.set(from, message.granted);
  if (hasQuorum(state)) becomeLeader(turn);
  else if (isLost(state)) becomeFollower(turn, state.term, undefined);
}

function hasQuorum(state: RaftState): boolean {
  return count(state, true) >= state.quorum;
}

function isLost(state: RaftState): boolean {
  return count(state, false) >= state.quorum;
}

function count(state: RaftState, answer: boolean): number {
  let answers = 0;
  for (const granted of state.votes.values()) if (granted === answer) answers++;
  return answers;
}
