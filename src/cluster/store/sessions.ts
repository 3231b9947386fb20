/** The proposals of one session that were applied, newest last; those before the window are taken as applied. */
export interface SessionState {
  readonly session: string;
  readonly recent: readonly number[];
}

/** How far proposals of one session may overtake each other. Far above what a store has under way at once. */
const window = 64;
/** How many sessions are remembered; each open store is one, and one that is used stays. */
const maxSessions = 64;

/**
 * Which proposals were applied, so that one that the network brings twice, or that its proposer sends again because it does
 * not know what became of it, is applied once (thesis §6.3). Part of the replicated state: deterministic.
 */
export class Sessions {
  /** In order of last use. */
  readonly #sessions = new Map<string, number[]>();

  constructor(states: readonly SessionState[] = []) {
    for (const { session, recent } of states) this.#sessions.set(session, [...recent]);
  }

  /** False: it was applied already, or is so old that it may have been. */
  admit(session: string, sequence: number): boolean {
    const recent = this.#sessions.get(session) ?? [];
    if (recent.includes(sequence)) return false;
    const oldest = recent.length === window ? Math.min(...recent) : 0;
    if (sequence < oldest) return false;
    if (recent.length === window) recent.splice(recent.indexOf(oldest), 1);
    recent.push(sequence);
    this.#sessions.delete(session);
    this.#sessions.set(session, recent);
    const first = this.#sessions.keys().next().value;
    if (this.#sessions.size > maxSessions && first !== undefined) this.#sessions.delete(first);
    return true;
  }

  states(): readonly SessionState[] {
    return [...this.#sessions].map(([session, recent]) => ({ session, recent: [...recent] }));
  }
}
