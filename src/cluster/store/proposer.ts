import type { Clock } from '../../base/clock.ts';
import { RaftUnavailable } from '../raft/contract.ts';
import { encodeEntry, type LogEntry } from './entry-codec.ts';
import type { Outcome } from './replicated-state.ts';
import { type Change, type CommitResult, StoreError, type StoreErrorCode } from './store.ts';

export interface ProposerOptions {
  readonly clock: Clock;
  readonly session: string;
  /** Rejects with RaftUnavailable, in time. */
  readonly propose: (data: Uint8Array) => Promise<unknown>;
  /** How long an overloaded leader is asked again. */
  readonly timeoutMs: number;
}

/** Entries under way at once: one being written while the next gathers what arrives. Less than the sessions' window. */
const maxInFlight = 4;
const maxBatchBytes = 1024 * 1024;
const maxBatchCommits = 256;
const maxQueued = 20_000;
const retryMs = 50;
/** When only the leader's disk is full, another member leads by then. */
const diskPatienceMs = 1_500;

interface Waiting {
  readonly changes: readonly Change[];
  resolve(result: CommitResult): void;
  reject(error: StoreError): void;
}

interface Flight {
  readonly sequence: number;
  readonly data: Uint8Array;
  /** One of the attempts is in the log, or may still come into it. */
  mayHappen: boolean;
  done(outcome: Outcome): void;
  fail(code: StoreErrorCode, message: string): void;
}

/**
 * Brings commits into the log, each at most once. What arrives while others are under way shares the next entry. The loss of a
 * leader is a delay: Raft hands a proposal over again when it can tell that it is in no log. The state applies each number
 * once, so that asking again is safe even when it cannot.
 */
export class Proposer {
  readonly #options: ProposerOptions;
  readonly #flights = new Map<number, Flight>();
  #queue: Waiting[] = [];
  #sequence = 0;
  #scheduled = false;
  #closed: StoreError | undefined;

  constructor(options: ProposerOptions) {
    this.#options = options;
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      if (this.#queue.length >= maxQueued)
        return reject(new StoreError('unavailable', 'too many requests are waiting'));
      this.#queue.push({ changes, resolve, reject });
      this.#schedule();
    });
  }

  compact(revision: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      this.#start({ kind: 'compact', revision }, reject, (outcome) => {
        if (outcome.kind === 'compact' && outcome.error !== undefined) reject(outcome.error);
        else resolve();
      });
    });
  }

  /** The state applied one of our entries. */
  applied(sequence: number, outcome: Outcome): void {
    this.#flights.get(sequence)?.done(outcome);
  }

  close(why: StoreError): void {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    for (const flight of [...this.#flights.values()]) flight.fail(why.code, why.message);
    const queue = this.#queue;
    this.#queue = [];
    for (const waiting of queue) waiting.reject(why);
  }

  /** In a microtask: whatever commits in this turn goes together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      while (this.#queue.length > 0 && this.#flights.size < maxInFlight) this.#launch(this.#takeBatch());
    });
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { changes } of this.#queue) {
      for (const { key, value } of changes) bytes += key.length + (value?.length ?? 0);
      if (count > 0 && (bytes > maxBatchBytes || count >= maxBatchCommits)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #launch(batch: readonly Waiting[]): void {
    const fail = (error: StoreError) => {
      for (const waiting of batch) waiting.reject(error);
    };
    this.#start({ kind: 'commits', commits: batch.map(({ changes }) => changes) }, fail, (outcome) => {
      if (outcome.kind !== 'commits') return;
      batch.forEach((waiting, at) => {
        const result = outcome.results[at];
        if (result !== undefined) waiting.resolve(result);
      });
    });
  }

  #start(
    command: LogEntry['command'],
    onFail: (error: StoreError) => void,
    onDone: (outcome: Outcome) => void,
  ): void {
    this.#sequence += 1;
    const sequence = this.#sequence;
    const settle = () => {
      this.#flights.delete(sequence);
      if (this.#queue.length > 0) this.#schedule();
    };
    const flight: Flight = {
      sequence,
      data: encodeEntry({ session: this.#options.session, sequence, command }),
      mayHappen: false,
      done: (outcome) => {
        settle();
        onDone(outcome);
      },
      fail: (code, message) => {
        settle();
        onFail(new StoreError(flight.mayHappen ? 'unknown-outcome' : code, message));
      },
    };
    this.#flights.set(sequence, flight);
    this.#attempts(flight).catch(() => undefined);
  }

  async #attempts(flight: Flight): Promise<void> {
    const { clock, propose, timeoutMs } = this.#options;
    const begun = clock.now();
    const isUnderWay = () => this.#flights.get(flight.sequence) === flight;
    while (isUnderWay()) {
      const before = flight.mayHappen;
      flight.mayHappen = true;
      try {
        await propose(flight.data);
        // Applied, and not seen here: as part of a snapshot that another member sent.
        if (isUnderWay()) flight.fail('unknown-outcome', 'the commit was applied with a snapshot');
      } catch (error) {
        const known = error instanceof RaftUnavailable;
        flight.mayHappen = before || !known || error.outcomeUnknown;
        const message = error instanceof Error ? error.message : String(error);
        const patience = known && error.why === 'dropped' ? timeoutMs : diskPatienceMs;
        const passes = known && (error.why === 'dropped' || error.why === 'disk');
        const again = passes && clock.now() - begun < patience;
        if (!isUnderWay()) return;
        if (!again) flight.fail(known ? codes[error.why] : 'unavailable', message);
        else await new Promise<void>((resolve) => clock.after(retryMs, resolve));
      }
    }
  }
}

const codes: { readonly [why in RaftUnavailable['why']]: StoreErrorCode } = {
  'no-leader': 'unavailable',
  timeout: 'unavailable',
  disk: 'disk',
  stopped: 'unavailable',
  dropped: 'unavailable',
};
