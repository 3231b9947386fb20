import type { ClusterEvent } from '../framework/cluster-event.ts';

/**
 * What happens while Pods are being tried: a Pod that is refused in the end may have missed what would have let it in.
 * Mirrors the in-flight events of pkg/scheduler/backend/queue/active_queue.go.
 */
export class InFlight {
  /** By UID, how many events there had been when it was taken. In the order of being taken. */
  readonly #since = new Map<string, number>();
  #events: ClusterEvent[] = [];
  /** Of the first one kept. */
  #firstNumber = 0;

  get size(): number {
    return this.#since.size;
  }

  has(uid: string): boolean {
    return this.#since.has(uid);
  }

  take(uid: string): void {
    this.#since.set(uid, this.#firstNumber + this.#events.length);
  }

  tell(event: ClusterEvent): void {
    if (this.#since.size > 0) this.#events.push(event);
  }

  eventsFor(uid: string): readonly ClusterEvent[] {
    const since = this.#since.get(uid);
    return since === undefined ? [] : this.#events.slice(since - this.#firstNumber);
  }

  done(uid: string): void {
    if (!this.#since.delete(uid)) return;
    let needed = this.#firstNumber + this.#events.length;
    for (const since of this.#since.values()) {
      needed = since;
      break;
    }
    if (needed === this.#firstNumber) return;
    this.#events = this.#events.slice(needed - this.#firstNumber);
    this.#firstNumber = needed;
  }
}
