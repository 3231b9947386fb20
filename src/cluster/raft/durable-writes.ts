import type { Envelope } from './message.ts';
import type { Persist } from './state.ts';
import type { RaftStorage } from './storage.ts';

interface Write {
  readonly persist: Persist;
  /** Messages that would be lies before it is durable. */
  readonly after: Envelope[];
  handedOver: boolean;
}

interface Outcome {
  durable(seq: number): void;
  release(envelope: Envelope): void;
  /** The disk has begun to refuse, or takes writes again. */
  failed(error: Error | undefined): void;
}

/** Writes on their way to the disk, in order, with the messages that wait for them. What the disk refuses is kept and retried. */
export class DurableWrites {
  readonly #storage: RaftStorage;
  readonly #outcome: Outcome;
  readonly #writes: Write[] = [];
  #refusedAs: Error | undefined;
  #retryAtMs = 0;
  #closed = false;

  constructor(storage: RaftStorage, outcome: Outcome) {
    this.#storage = storage;
    this.#outcome = outcome;
  }

  /** Why the disk does not take writes, since its last refusal. */
  get refusedAs(): Error | undefined {
    return this.#refusedAs;
  }

  add(persist: Persist): void {
    const write = { persist, after: [] as Envelope[], handedOver: false };
    this.#writes.push(write);
    if (!this.#refusedAs) this.#handOver(write);
  }

  /** Sends at once if nothing is being written, else after it. */
  afterwards(envelopes: readonly Envelope[]): void {
    const last = this.#writes.at(-1);
    if (last) last.after.push(...envelopes);
    else for (const envelope of envelopes) this.#outcome.release(envelope);
  }

  /** Tries again what was refused, if it is time to. */
  retry(nowMs: number, everyMs: number): void {
    if (!this.#refusedAs || nowMs < this.#retryAtMs || this.#writes.some((write) => write.handedOver)) return;
    this.#retryAtMs = nowMs + everyMs;
    for (const write of this.#writes) this.#handOver(write);
  }

  /** Nothing is reported any more. */
  close(): void {
    this.#closed = true;
  }

  #handOver(write: Write): void {
    write.handedOver = true;
    this.#storage.persist(write.persist).then(
      () => this.#durable(write),
      (error: unknown) => this.#refused(write, error),
    );
  }

  #durable(write: Write): void {
    // Not the oldest: it was handed over besides a refused one. The storage rejects those; this guards against one that does not.
    if (this.#closed || this.#writes[0] !== write) return;
    this.#writes.shift();
    if (this.#refusedAs) {
      this.#refusedAs = undefined;
      // What came while these were tried again has waited, and goes before whatever comes from here on.
      for (const other of this.#writes) if (!other.handedOver) this.#handOver(other);
      this.#outcome.failed(undefined);
    }
    for (const envelope of write.after) this.#outcome.release(envelope);
    this.#outcome.durable(write.persist.seq);
  }

  #refused(write: Write, error: unknown): void {
    write.handedOver = false;
    if (this.#closed) return;
    const isNew = !this.#refusedAs;
    this.#refusedAs = error instanceof Error ? error : new Error(String(error));
    if (isNew) this.#outcome.failed(this.#refusedAs);
  }
}
