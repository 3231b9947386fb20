import { runForElection } from './election.ts';
import type { TimeoutNow } from './message.ts';
import { sendAppend } from './replication.ts';
import type { RaftState } from './state.ts';
import { send, type Turn } from './turn.ts';

/** Leadership transfer (thesis §3.10): no proposals are taken until the target has everything and is told to run, or time is up. */
export function startTransfer(turn: Turn, to: string): void {
  const { state } = turn;
  if (state.role !== 'leader') {
    const { leader, term } = state;
    if (leader !== undefined) send(turn, leader, { type: 'TransferLeadership', term, to });
    return;
  }
  if (!state.progress.has(to) || state.transferTo === to) return;
  state.transferTo = to;
  state.transferElapsed = 0;
  if (!finishTransfer(turn, to)) sendAppend(turn, to, true);
}

/** Tells the target to run as soon as it has the whole log. */
export function finishTransfer(turn: Turn, peer: string): boolean {
  const { state } = turn;
  if (state.transferTo !== peer || state.progress.get(peer)?.match !== state.log.lastIndex) return false;
  send(turn, peer, { type: 'TimeoutNow', term: state.term });
  return true;
}

/** Gives up after an election timeout: the target may be gone. */
export function ageTransfer(turn: Turn): void {
  const { state } = turn;
  if (state.transferTo === undefined) return;
  state.transferElapsed++;
  if (state.transferElapsed >= state.config.electionMin) state.transferTo = undefined;
}

export function onTimeoutNow(turn: Turn, message: TimeoutNow): void {
  const { state } = turn;
  if (message.term === state.term && state.role === 'follower' && !state.diskFailed)
    runForElection(turn, true);
}

/** A leader that cannot write hands over to one who can, if those who can are a majority; if not, it goes on serving reads. */
export function handOverFailedDisk(turn: Turn): void {
  const { state } = turn;
  if (!state.diskFailed || state.transferTo !== undefined || healthyDisks(state) < state.quorum) return;
  for (const [peer, progress] of state.progress) {
    if (progress.active && !progress.diskFailed && progress.match === state.log.lastIndex) {
      startTransfer(turn, peer);
      return;
    }
  }
}

/** Members whose disk is not known to refuse. */
export function healthyDisks(state: RaftState): number {
  let healthy = state.diskFailed ? 0 : 1;
  for (const progress of state.progress.values()) if (!progress.diskFailed) healthy++;
  return healthy;
}
