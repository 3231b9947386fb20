import type { Entry, Snapshot } from './entry.ts';
import type { Message } from './message.ts';
import type { Output, RaftState } from './state.ts';

/** One call of `step`: the state and what is to come of it. */
export interface Turn {
  readonly state: RaftState;
  readonly out: Output;
  /** Appended in this turn; the first may have replaced others. */
  readonly appended: Entry[];
  installed: Snapshot | undefined;
}

export function send(turn: Turn, to: string, message: Message): void {
  turn.out.send.push({ to, message });
}

/** For what would be a lie if this member forgot what it is about to write. */
export function sendDurably(turn: Turn, to: string, message: Message): void {
  turn.out.afterPersist.push({ to, message });
}

/** Puts an entry at the end of the log, in memory and in what is to be written. */
export function appendEntry(turn: Turn, entry: Entry): void {
  turn.state.log.append(entry);
  turn.appended.push(entry);
}

/** Removes a conflicting end. Writes under way no longer vouch for it. */
export function truncateFrom(turn: Turn, index: number): void {
  const { state } = turn;
  state.log.truncateFrom(index);
  state.stable = Math.min(state.stable, index - 1);
  for (const write of state.writes) write.lastIndex = Math.min(write.lastIndex, index - 1);
}

/** Moves the commit index on, never back, and hands out what may be applied (paper §5.3). */
export function commitTo(turn: Turn, index: number): void {
  const { state, out } = turn;
  const target = Math.min(index, state.log.lastIndex);
  if (target <= state.commit) return;
  state.commit = target;
  for (const entry of state.log.between(state.applied + 1, target)) out.committed.push(entry);
  state.applied = target;
}
