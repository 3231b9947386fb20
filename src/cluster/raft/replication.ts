import { entryBytes } from './entry.ts';
import type { AppendReply, HeartbeatReply } from './message.ts';
import { confirmReads, startEarlyReads } from './reads.ts';
import type { Progress } from './state.ts';
import { commitTo, send, type Turn } from './turn.ts';

/** Heartbeats answered without a word of the snapshot that was sent, until it is sent again. */
const SNAPSHOT_PATIENCE = 20;

/** nextIndex starts after the leader's last entry (paper, figure 2). */
export function newProgress(lastIndex: number): Progress {
  return {
    match: 0,
    next: lastIndex + 1,
    mode: 'probe',
    inFlight: [],
    waiting: false,
    pendingSnapshot: 0,
    snapshotAge: 0,
    active: true,
    diskFailed: false,
    round: 0,
  };
}

export function broadcastAppend(turn: Turn): void {
  for (const peer of turn.state.peers) sendAppend(turn, peer, true);
}

/**
 * AppendEntries (paper §5.3): everything the follower lacks, in batches, one after another without waiting (thesis §10.2.1),
 * as far as the window goes. What was compacted away goes as a snapshot (paper §7). `evenEmpty`: also to tell the commit index.
 */
export function sendAppend(turn: Turn, peer: string, evenEmpty: boolean): void {
  const { state } = turn;
  const { config, log } = state;
  const progress = state.progress.get(peer);
  if (!progress) return;
  let empty = evenEmpty;
  while (canSend(progress, config.maxInFlight)) {
    const prevIndex = progress.next - 1;
    const prevTerm = log.term(prevIndex);
    if (prevTerm === undefined) {
      sendSnapshot(turn, peer, progress);
      return;
    }
    const entries = log.batch(progress.next, config.maxAppendEntries, config.maxAppendBytes);
    if (entries.length === 0 && !empty) return;
    empty = false;
    send(turn, peer, {
      type: 'AppendEntries',
      term: state.term,
      prevIndex,
      prevTerm,
      entries,
      commit: state.commit,
    });
    if (progress.mode === 'probe') {
      progress.waiting = true;
      return;
    }
    if (entries.length === 0) return;
    progress.next += entries.length;
    progress.inFlight.push(progress.next - 1);
  }
}

function canSend(progress: Progress, maxInFlight: number): boolean {
  if (progress.mode === 'snapshot') return false;
  return progress.mode === 'probe' ? !progress.waiting : progress.inFlight.length < maxInFlight;
}

function sendSnapshot(turn: Turn, peer: string, progress: Progress): void {
  const { state } = turn;
  if (!progress.active) return;
  const { index, term } = state.snapshot;
  progress.mode = 'snapshot';
  progress.pendingSnapshot = index;
  progress.snapshotAge = 0;
  send(turn, peer, {
    type: 'InstallSnapshot',
    term: state.term,
    snapshot: { index, term, data: new Uint8Array(0) },
  });
}

export function onAppendReply(turn: Turn, from: string, message: AppendReply): void {
  const { state } = turn;
  const progress = state.role === 'leader' ? state.progress.get(from) : undefined;
  if (!progress || message.term !== state.term) return;
  progress.active = true;
  if (message.rejected) {
    backtrack(turn, from, progress, message);
    return;
  }
  if (message.index > state.log.lastIndex) return;
  const wasBehind = progress.match < message.index;
  if (wasBehind) progress.match = message.index;
  progress.next = Math.max(progress.next, message.index + 1);
  progress.inFlight = progress.inFlight.filter((last) => last > message.index);
  if (
    progress.mode === 'probe' ||
    (progress.mode === 'snapshot' && progress.match >= progress.pendingSnapshot)
  ) {
    progress.mode = 'replicate';
    progress.waiting = false;
    progress.inFlight = [];
    progress.next = progress.match + 1;
  }
  if (!wasBehind || !advanceCommit(turn)) sendAppend(turn, from, false);
}

/** Skips whole terms on the way back to where the logs agree (paper §5.3). Late and repeated refusals are ignored. */
function backtrack(turn: Turn, from: string, progress: Progress, message: AppendReply): void {
  const { log } = turn.state;
  if (progress.mode === 'snapshot') return;
  if (progress.mode === 'replicate') {
    if (message.index <= progress.match) return;
    progress.next = progress.match + 1;
    progress.mode = 'probe';
    progress.inFlight = [];
  } else {
    if (progress.next - 1 !== message.index) return;
    const agree = log.lastIndexWithin(message.hintIndex, message.hintTerm);
    progress.next = Math.max(Math.min(message.index, agree + 1), progress.match + 1);
  }
  progress.waiting = false;
  sendAppend(turn, from, true);
}

/**
 * The leader's commit rule: on a majority AND of the current term; older entries follow (paper §5.4.2, figure 8).
 * True if it moved; everybody has then been told.
 */
export function advanceCommit(turn: Turn): boolean {
  const { state } = turn;
  const matches = [state.stable];
  for (const progress of state.progress.values()) matches.push(progress.match);
  matches.sort((left, right) => right - left);
  const index = matches[state.quorum - 1] ?? 0;
  if (index <= state.commit || state.log.term(index) !== state.term) return false;
  for (const entry of state.log.between(state.commit + 1, index)) state.uncommittedBytes -= entryBytes(entry);
  commitTo(turn, index);
  startEarlyReads(turn);
  broadcastAppend(turn);
  return true;
}

export function onHeartbeatReply(turn: Turn, from: string, message: HeartbeatReply): void {
  const { state } = turn;
  const progress = state.role === 'leader' ? state.progress.get(from) : undefined;
  if (!progress || message.term !== state.term) return;
  progress.active = true;
  progress.diskFailed = message.diskFailed;
  progress.waiting = false;
  progress.round = Math.max(progress.round, message.round);
  confirmReads(turn);
  // All that was under way may have been lost: room for one more finds out.
  if (progress.inFlight.length >= state.config.maxInFlight) progress.inFlight.shift();
  if (progress.mode === 'snapshot' && ++progress.snapshotAge > SNAPSHOT_PATIENCE) retrySnapshot(turn, from);
  // An answer means the link works: what is still missing there was lost, or is being written. Asking again tells which.
  if (progress.mode === 'probe' || progress.match < state.log.lastIndex) sendAppend(turn, from, true);
}

/** A snapshot got lost on its way or could not be read: look again where the follower stands. */
export function retrySnapshot(turn: Turn, peer: string): void {
  const progress = turn.state.progress.get(peer);
  if (progress?.mode !== 'snapshot') return;
  progress.mode = 'probe';
  progress.next = progress.match + 1;
  progress.waiting = true;
  progress.snapshotAge = 0;
}
