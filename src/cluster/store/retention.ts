import type { Mvcc } from './mvcc.ts';

/** How much history a store keeps by itself; the oldest goes first. */
export interface HistoryLimits {
  /** Revisions that can still be listed and watched from. */
  readonly revisions: number;
  /** Bytes of replaced and deleted values. */
  readonly bytes: number;
}

/** What a learner's cluster affords: minutes of a busy cluster, hours of a quiet one. */
export const defaultHistoryLimits: HistoryLimits = { revisions: 10_000, bytes: 16 * 1024 * 1024 };

/**
 * Forgets the oldest history once it is a tenth above the limits, so that it is cut seldom and in large pieces. Each replica
 * for itself: what it keeps is no part of what they agree on.
 */
export function trimHistory(state: Mvcc, limits: HistoryLimits): void {
  const kept = state.revision - state.compactedRevision;
  if (kept > limits.revisions * 1.1) state.compact(state.revision - limits.revisions);
  while (state.historyBytes > limits.bytes * 1.1 && state.compactedRevision < state.revision) {
    const tenth = Math.ceil((state.revision - state.compactedRevision) / 10);
    state.compact(state.compactedRevision + tenth);
  }
}
