import { broadcastHeartbeat } from './heartbeat.ts';
import type { ReadRequest } from './message.ts';
import { send, type Turn } from './turn.ts';

/** More of them in wait for the first commit of a term are refused: they can ask again. */
const MAX_EARLY_READS = 1024;

/** A read index request of this member's own (thesis §6.4): the leader answers it, a follower passes it on. */
export function requestRead(turn: Turn, id: number): void {
  const { state } = turn;
  if (state.role === 'leader') serveRead(turn, id, undefined);
  else if (state.leader === undefined) turn.out.refusedReads.push(id);
  else send(turn, state.leader, { type: 'ReadRequest', term: state.term, id });
}

export function onReadRequest(turn: Turn, from: string, message: ReadRequest): void {
  const { state } = turn;
  if (state.role === 'leader' && message.term === state.term) serveRead(turn, message.id, from);
  else send(turn, from, { type: 'ReadRefused', term: state.term, id: message.id });
}

/**
 * Before it has committed in its term a leader does not know what is committed: it answers only then. Afterwards it takes the
 * commit index and asks a majority whether it still leads.
 */
function serveRead(turn: Turn, id: number, from: string | undefined): void {
  const { state } = turn;
  if (state.log.term(state.commit) !== state.term) {
    if (state.earlyReads.length < MAX_EARLY_READS) state.earlyReads.push({ id, from });
    else refuseRead(turn, id, from);
    return;
  }
  state.round++;
  state.reads.push({ id, from, index: state.commit, round: state.round });
  if (state.quorum === 1) confirmReads(turn);
  else broadcastHeartbeat(turn);
}

/** Called when the first entry of the term is committed. */
export function startEarlyReads(turn: Turn): void {
  const { state } = turn;
  if (state.earlyReads.length === 0) return;
  state.round++;
  for (const { id, from } of state.earlyReads)
    state.reads.push({ id, from, index: state.commit, round: state.round });
  state.earlyReads = [];
  if (state.quorum === 1) confirmReads(turn);
  else broadcastHeartbeat(turn);
}

/** Answers the requests whose round a majority has confirmed. */
export function confirmReads(turn: Turn): void {
  const { state, out } = turn;
  if (state.reads.length === 0) return;
  const rounds = [state.round];
  for (const progress of state.progress.values()) rounds.push(progress.round);
  rounds.sort((left, right) => right - left);
  const confirmed = rounds[state.quorum - 1] ?? 0;
  let answered = 0;
  for (const { id, from, index, round } of state.reads) {
    if (round > confirmed) break;
    answered++;
    if (from === undefined) out.reads.push({ id, index });
    else send(turn, from, { type: 'ReadReply', term: state.term, id, index });
  }
  if (answered > 0) state.reads = state.reads.slice(answered);
}

/** Who no longer leads cannot answer. */
export function refuseReads(turn: Turn): void {
  const { state } = turn;
  for (const { id, from } of [...state.reads, ...state.earlyReads]) refuseRead(turn, id, from);
  state.reads = [];
  state.earlyReads = [];
}

function refuseRead(turn: Turn, id: number, from: string | undefined): void {
  if (from === undefined) turn.out.refusedReads.push(id);
  else send(turn, from, { type: 'ReadRefused', term: turn.state.term, id });
}
