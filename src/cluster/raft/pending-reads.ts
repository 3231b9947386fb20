import { RaftUnavailable } from './contract.ts';

interface Waiter {
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (why: RaftUnavailable) => void;
}

interface Batch {
  readonly waiters: Waiter[];
  readonly askedMs: number;
}

/** Read index requests waiting at this member: not asked yet, asked, or answered and waiting for the index to be applied. */
export class PendingReads {
  #unasked: Waiter[] = [];
  #asked = new Map<number, Batch>();
  #answered: { readonly index: number; readonly waiters: Waiter[] }[] = [];
  #nextId = 1;

  get hasUnasked(): boolean {
    return this.#unasked.length > 0;
  }

  get count(): number {
    let count = this.#unasked.length;
    for (const batch of this.#asked.values()) count += batch.waiters.length;
    return count;
  }

  /** Also those that were answered and wait for the index. */
  get waiting(): number {
    return this.#answered.reduce((count, { waiters }) => count + waiters.length, this.count);
  }

  add(deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#unasked.push({ deadlineMs, resolve, reject });
    });
  }

  /** Makes one request of all that wait. */
  ask(nowMs: number): number {
    const id = this.#nextId++;
    this.#asked.set(id, { waiters: this.#unasked, askedMs: nowMs });
    this.#unasked = [];
    return id;
  }

  /** Repeated and late answers find nobody. */
  answer(id: number, index: number, appliedIndex: number): void {
    const batch = this.#asked.get(id);
    if (!batch) return;
    this.#asked.delete(id);
    if (index <= appliedIndex) for (const waiter of batch.waiters) waiter.resolve();
    else this.#answered.push({ index, waiters: batch.waiters });
  }

  applied(index: number): void {
    if (this.#answered.length === 0) return;
    const ready = this.#answered.filter((batch) => batch.index <= index);
    if (ready.length === 0) return;
    this.#answered = this.#answered.filter((batch) => batch.index > index);
    for (const { waiters } of ready) for (const waiter of waiters) waiter.resolve();
  }

  refused(id: number): void {
    const batch = this.#asked.get(id);
    if (!batch) return;
    this.#asked.delete(id);
    this.#unasked.push(...batch.waiters);
  }

  /** Asks again what was asked before `askedMs` and got no answer: reading twice does no harm. */
  retryOlder(askedMs: number): void {
    for (const [id, batch] of this.#asked) if (batch.askedMs <= askedMs) this.refused(id);
  }

  expire(nowMs: number, hasLeader: boolean): void {
    this.#end(
      (waiter) => waiter.deadlineMs <= nowMs,
      () =>
        hasLeader
          ? new RaftUnavailable('timeout', 'no majority confirmed the leader in time', false)
          : new RaftUnavailable('no-leader', 'there is no leader', false),
    );
  }

  failAll(why: RaftUnavailable): void {
    this.#end(
      () => true,
      () => why,
    );
  }

  #end(ends: (waiter: Waiter) => boolean, why: () => RaftUnavailable): void {
    const split = (waiters: Waiter[]): Waiter[] => {
      if (!waiters.some(ends)) return waiters;
      for (const waiter of waiters) if (ends(waiter)) waiter.reject(why());
      return waiters.filter((waiter) => !ends(waiter));
    };
    if (this.#unasked.length > 0) this.#unasked = split(this.#unasked);
    for (const [id, batch] of this.#asked) this.#asked.set(id, { ...batch, waiters: split(batch.waiters) });
    if (this.#answered.length > 0) {
      this.#answered = this.#answered.map((batch) => ({ ...batch, waiters: split(batch.waiters) }));
    }
  }
}
