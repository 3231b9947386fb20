import type { Mvcc } from './mvcc.ts';
import type { Change } from './store.ts';

/** Keys that do not last, as etcd's leases for what the API server gives a time to live. */
export interface ExpiryLimits {
  readonly prefix: string;
  /** Counted from the last write. After a restart the time begins anew, as it does with another leader of etcd. */
  readonly afterMs: number;
}

/**
 * Knows what nobody wrote for so long by the revisions that there were then: nothing has to be kept for each key. To be asked
 * at even intervals, which is how late a key may go.
 */
export class Expiry {
  readonly #limits: ExpiryLimits;
  readonly #marks: { readonly atMs: number; readonly revision: number }[] = [];
  /** What was not written after this one is over. */
  #oldest = 0;

  constructor(limits: ExpiryLimits) {
    this.#limits = limits;
  }

  /** The deletions that are due at this time. */
  due(state: Mvcc, nowMs: number): readonly Change[] {
    const { prefix, afterMs } = this.#limits;
    this.#marks.push({ atMs: nowMs, revision: state.revision });
    for (
      let mark = this.#marks[0];
      mark !== undefined && mark.atMs <= nowMs - afterMs;
      mark = this.#marks[0]
    ) {
      this.#oldest = mark.revision;
      this.#marks.shift();
    }
    if (this.#oldest === 0) return [];
    return state
      .list(prefix)
      .items.filter(({ modRevision }) => modRevision <= this.#oldest)
      .map(({ key, modRevision }) => ({ key, expectedRevision: modRevision, value: undefined }));
  }
}
