import { type MemberId, RaftUnavailable } from './contract.ts';

interface Transfer {
  readonly to: MemberId;
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (why: RaftUnavailable) => void;
}

/** Leadership transfers (thesis §3.10) asked for here and not seen to happen yet. */
export class PendingTransfers {
  #transfers: Transfer[] = [];

  get count(): number {
    return this.#transfers.length;
  }

  add(to: MemberId, deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#transfers.push({ to, deadlineMs, resolve, reject });
    });
  }

  leaderIs(leader: MemberId | undefined): void {
    if (this.#transfers.length === 0) return;
    for (const transfer of this.#transfers) if (transfer.to === leader) transfer.resolve();
    this.#transfers = this.#transfers.filter((transfer) => transfer.to !== leader);
  }

  expire(nowMs: number): void {
    for (const transfer of this.#transfers) {
      if (transfer.deadlineMs > nowMs) continue;
      transfer.reject(
        new RaftUnavailable('timeout', `${transfer.to} did not become the leader in time`, true),
      );
    }
    this.#transfers = this.#transfers.filter((transfer) => transfer.deadlineMs > nowMs);
  }

  failAll(why: RaftUnavailable): void {
    for (const transfer of this.#transfers) transfer.reject(why);
    this.#transfers = [];
  }
}
