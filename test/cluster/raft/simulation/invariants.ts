import type { Entry, SnapshotPoint } from '../../../../src/cluster/raft/entry.ts';
import type { RaftState } from '../../../../src/cluster/raft/state.ts';
import type { SimulatedDisk } from './disk.ts';

interface Seen {
  readonly prevTerm: number;
  readonly data: string;
}

/** The properties of figure 3 of the paper, kept over the whole run, and that what is committed is durable on a majority. */
export class Invariants {
  readonly #leaders = new Map<number, string>();
  readonly #entries = new Map<string, Seen>();
  readonly #committed: { readonly index: number; readonly term: number; readonly data: string }[] = [];
  readonly #reign = new Map<string, SnapshotPoint & { readonly reign: number }>();
  readonly #applied = new Map<string, number>();

  /** Election safety: at most one leader in a term. Leader append-only. Leader completeness, when a reign begins. */
  state(id: string, state: RaftState): void {
    if (state.role !== 'leader') {
      this.#reign.delete(id);
      return;
    }
    const leader = this.#leaders.get(state.term);
    if (leader !== undefined && leader !== id)
      throw new Error(`election safety: ${leader} and ${id} lead term ${state.term}`);
    this.#leaders.set(state.term, id);
    const before = this.#reign.get(id);
    const { log } = state;
    if (before?.reign === state.term) {
      const kept = log.lastIndex >= before.index && (log.term(before.index) ?? before.term) === before.term;
      if (!kept) throw new Error(`leader append-only: ${id} changed entry ${before.index} of its own log`);
    } else {
      for (const { index, term } of this.#committed) {
        if (index < log.base.index || term >= state.term) continue;
        if (log.term(index) !== term)
          throw new Error(`leader completeness: ${id} leads term ${state.term} without entry ${index}`);
      }
    }
    this.#reign.set(id, { index: log.lastIndex, term: log.lastTerm, reign: state.term });
  }

  /** Log matching: entries of equal index and term are equal, and so are those before them. */
  appended(state: RaftState, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const key = `${entry.index} ${entry.term}`;
      const prevTerm = state.log.term(entry.index - 1) ?? -1;
      const data = Buffer.from(entry.data).toString('latin1');
      const seen = this.#entries.get(key);
      if (!seen) this.#entries.set(key, { prevTerm, data });
      else if (seen.data !== data || (prevTerm !== -1 && seen.prevTerm !== prevTerm)) {
        throw new Error(`log matching: two different entries ${entry.index} of term ${entry.term}`);
      }
    }
  }

  /** State-machine safety: every member applies the same entries, in order; none before a majority has it on disk. */
  applied(id: string, entries: readonly Entry[], disks: readonly SimulatedDisk[]): void {
    for (const entry of entries) {
      const last = this.#applied.get(id) ?? 0;
      if (entry.index !== last + 1) throw new Error(`${id} applies entry ${entry.index} after ${last}`);
      this.#applied.set(id, entry.index);
      const data = Buffer.from(entry.data).toString('latin1');
      const first = this.#committed[entry.index - 1];
      if (!first) {
        this.#committed.push({ index: entry.index, term: entry.term, data });
        const holders = disks.filter((disk) => disk.has(entry.index, entry.term)).length;
        if (holders * 2 <= disks.length)
          throw new Error(`entry ${entry.index} is committed and on ${holders} disks`);
      } else if (first.term !== entry.term || first.data !== data) {
        throw new Error(`state-machine safety: ${id} applies another entry ${entry.index}`);
      }
    }
  }

  /** A start, or a snapshot, sets what is applied. */
  restored(id: string, point: SnapshotPoint): void {
    const committed = this.#committed[point.index - 1];
    if (point.index > 0 && committed?.term !== point.term) {
      throw new Error(`${id} restores a snapshot at ${point.index} that was not committed`);
    }
    this.#applied.set(id, point.index);
    this.#reign.delete(id);
  }

  get commits(): number {
    return this.#committed.length;
  }

  get terms(): number {
    return this.#leaders.size;
  }
}
