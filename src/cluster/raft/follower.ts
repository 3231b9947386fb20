import type { AppendEntries, Heartbeat, InstallSnapshot } from './message.ts';
import { becomeFollower } from './roles.ts';
import { appendEntry, commitTo, send, sendDurably, type Turn, truncateFrom } from './turn.ts';

/** Whoever speaks as leader of this term is it (paper §5.2); candidates return to the ranks. */
function follow(turn: Turn, leader: string): void {
  const { state } = turn;
  if (state.role === 'follower' && state.leader === leader) state.electionElapsed = 0;
  else becomeFollower(turn, state.term, leader);
}

/** AppendEntries at the receiver (paper, figure 2 and §5.3). The term was dealt with before. */
export function onAppendEntries(turn: Turn, from: string, message: AppendEntries): void {
  const { state } = turn;
  const { log } = state;
  const { prevIndex, prevTerm, entries } = message;
  follow(turn, from);
  if (prevIndex < state.commit) {
    // Late: what is committed is never touched again.
    accept(turn, from, state.commit);
    return;
  }
  if (!log.matches(prevIndex, prevTerm)) {
    const hintIndex = log.lastIndexWithin(Math.min(prevIndex, log.lastIndex), prevTerm);
    const hintTerm = log.term(hintIndex) ?? 0;
    const { term } = state;
    send(turn, from, { type: 'AppendReply', term, index: prevIndex, rejected: true, hintIndex, hintTerm });
    return;
  }
  for (const entry of entries) {
    if (log.matches(entry.index, entry.term)) continue;
    // Deletes the conflicting entry and all that follow it; equal ones stay, the message may be an old one.
    if (entry.index <= log.lastIndex) truncateFrom(turn, entry.index);
    appendEntry(turn, entry);
  }
  const lastNew = prevIndex + entries.length;
  commitTo(turn, Math.min(message.commit, lastNew));
  accept(turn, from, lastNew);
}

/** True only once everything up to `index` is durable here. */
function accept(turn: Turn, to: string, index: number): void {
  const { term } = turn.state;
  sendDurably(turn, to, { type: 'AppendReply', term, index, rejected: false, hintIndex: 0, hintTerm: 0 });
}

/** The answer claims nothing that is on disk, so that reads go on while the disk refuses writes. */
export function onHeartbeat(turn: Turn, from: string, message: Heartbeat): void {
  const { state } = turn;
  follow(turn, from);
  commitTo(turn, message.commit);
  const { term, diskFailed } = state;
  send(turn, from, { type: 'HeartbeatReply', term, round: message.round, diskFailed });
}

/** InstallSnapshot (paper §7, figure 13), in one piece. */
export function onInstallSnapshot(turn: Turn, from: string, message: InstallSnapshot): void {
  const { state } = turn;
  const { snapshot } = message;
  follow(turn, from);
  if (snapshot.index > state.commit && state.log.matches(snapshot.index, snapshot.term)) {
    // All of it is here already: what follows in the log is kept.
    commitTo(turn, snapshot.index);
  } else if (snapshot.index > state.commit) {
    truncateFrom(turn, 1);
    state.log.reset(snapshot);
    state.snapshot = { index: snapshot.index, term: snapshot.term };
    state.commit = snapshot.index;
    state.applied = snapshot.index;
    turn.installed = snapshot;
    turn.out.restore = snapshot;
  }
  accept(turn, from, state.commit);
}
