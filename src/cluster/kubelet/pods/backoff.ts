/** Waits that double. Mirrors client-go/util/flowcontrol.Backoff without jitter. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #entries = new Map<string, { backoffMs: number; updatedMs: number }>();

  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  get(key: string): number {
    return this.#entries.get(key)?.backoffMs ?? 0;
  }

  /** One more failure at `eventMs`. After twice the longest wait without any it starts anew. */
  next(key: string, eventMs: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || eventMs - entry.updatedMs > this.#maxMs * 2)
      this.#entries.set(key, { backoffMs: this.#firstMs, updatedMs: eventMs });
    else {
      entry.backoffMs = Math.min(entry.backoffMs * 2, this.#maxMs);
      entry.updatedMs = eventMs;
    }
  }

  /** Whether what failed at `eventMs` has to wait at `nowMs`. */
  inBackoffSince(key: string, eventMs: number, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || nowMs - entry.updatedMs > this.#maxMs * 2) return false;
    return nowMs - eventMs < entry.backoffMs;
  }

  inBackoffSinceUpdate(key: string, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || nowMs - entry.updatedMs > this.#maxMs * 2) return false;
    return nowMs - entry.updatedMs < entry.backoffMs;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  forgetPrefix(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}
