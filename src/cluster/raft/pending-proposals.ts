import { RaftUnavailable } from './contract.ts';
import type { Entry } from './entry.ts';
import type { Proposal } from './message.ts';
import { IDS_PER_RUN } from './proposal-ids.ts';

interface Pending {
  id: number;
  readonly data: Uint8Array;
  /** The term it was handed over in; 0: not yet. Only the log of that term can hold it. */
  term: number;
  readonly deadlineMs: number;
  readonly startedMs: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (why: RaftUnavailable) => void;
}

/** Proposals waiting at the member where they were made, from `add` until applied here, refused or out of time. */
export class PendingProposals {
  #byId = new Map<number, Pending>();
  #unsent: Pending[] = [];
  #nextId: number;
  #bytes = 0;
  /** Oldest term among those handed over; saves looking at all of them. */
  #oldestTerm = Number.POSITIVE_INFINITY;

  /** `run` must differ between members and between runs of one. */
  constructor(run: number) {
    this.#nextId = run * IDS_PER_RUN + 1;
  }

  get count(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get hasUnsent(): boolean {
    return this.#unsent.length > 0;
  }

  add(data: Uint8Array, startedMs: number, deadlineMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const pending = { id: this.#nextId++, data, term: 0, startedMs, deadlineMs, resolve, reject };
      this.#byId.set(pending.id, pending);
      this.#unsent.push(pending);
      this.#bytes += data.byteLength;
    });
  }

  /** Takes what is still to be handed over, for the leader of `term`. */
  takeUnsent(term: number): Proposal[] {
    const taken = this.#unsent;
    this.#unsent = [];
    if (taken.length > 0) this.#oldestTerm = Math.min(this.#oldestTerm, term);
    for (const pending of taken) pending.term = term;
    return taken;
  }

  /** Certainly in no log: to be handed over again. */
  requeue(ids: readonly number[]): void {
    for (const id of ids) {
      const pending = this.#byId.get(id);
      if (pending && pending.term !== 0) this.#again(pending);
    }
  }

  refuse(ids: readonly number[], why: RaftUnavailable): void {
    for (const id of ids) {
      const pending = this.#byId.get(id);
      if (pending) this.#fail(pending, why);
    }
  }

  applied(entry: Entry, result: unknown): void {
    if (entry.proposal !== 0) {
      const pending = this.#byId.get(entry.proposal);
      if (pending) {
        this.#forget(pending);
        pending.resolve(result);
      }
    }
  }

  /**
   * An entry of `term` is applied: terms never go back along a log, so what was handed over in an older one and was not
   * applied before is in no log that counts, and never will be.
   */
  reachedTerm(term: number): void {
    if (this.#oldestTerm >= term) return;
    this.#oldestTerm = Number.POSITIVE_INFINITY;
    for (const pending of [...this.#byId.values()]) {
      if (pending.term === 0) continue;
      if (pending.term < term) this.#again(pending);
      else this.#oldestTerm = Math.min(this.#oldestTerm, pending.term);
    }
  }

  /** A snapshot took the place of entries that were not seen one by one. */
  restored(term: number): void {
    const why = new RaftUnavailable(
      'dropped',
      'a snapshot was installed while the proposal was under way',
      true,
    );
    for (const pending of [...this.#byId.values()])
      if (pending.term !== 0 && pending.term <= term) this.#fail(pending, why);
  }

  /** Ends those whose time is up. */
  expire(nowMs: number, hasLeader: boolean): void {
    for (const pending of [...this.#byId.values()]) {
      if (pending.deadlineMs > nowMs) continue;
      const sent = pending.term !== 0;
      const text = hasLeader || sent ? 'no majority answered in time' : 'there is no leader';
      this.#fail(pending, new RaftUnavailable(hasLeader || sent ? 'timeout' : 'no-leader', text, sent));
    }
  }

  /** Ends those begun before `startedMs`: nothing can be written now. */
  failOlder(startedMs: number, why: RaftUnavailable['why'], message: string): void {
    for (const pending of [...this.#byId.values()]) {
      if (pending.startedMs <= startedMs)
        this.#fail(pending, new RaftUnavailable(why, message, pending.term !== 0));
    }
  }

  #again(pending: Pending): void {
    this.#byId.delete(pending.id);
    pending.id = this.#nextId++;
    pending.term = 0;
    this.#byId.set(pending.id, pending);
    this.#unsent.push(pending);
  }

  #fail(pending: Pending, why: RaftUnavailable): void {
    this.#forget(pending);
    if (pending.term === 0) this.#unsent = this.#unsent.filter((other) => other !== pending);
    pending.reject(why);
  }

  #forget(pending: Pending): void {
    this.#byId.delete(pending.id);
    this.#bytes -= pending.data.byteLength;
  }
}
