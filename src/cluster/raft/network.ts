import type { MemberId } from './contract.ts';
import type { Message } from './message.ts';

export interface Receiver {
  receive(from: MemberId, message: Message): void;
}

/**
 * The wires between members of one process. A message arrives in a later microtask, in order, without a copy; on a cut wire,
 * or at nobody, it is lost.
 */
export class RaftNetwork {
  #members = new Map<MemberId, Receiver>();
  #cut = new Set<string>();
  #isolated = new Set<MemberId>();
  #queue: { readonly from: MemberId; readonly to: MemberId; readonly message: Message }[] = [];
  #scheduled = false;

  /** Replaces whoever had that id; the returned function takes it off the wire again. */
  join(id: MemberId, member: Receiver): () => void {
    this.#members.set(id, member);
    return () => {
      if (this.#members.get(id) === member) this.#members.delete(id);
    };
  }

  send(from: MemberId, to: MemberId, message: Message): void {
    this.#queue.push({ from, to, message });
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#deliver());
  }

  /** Nothing passes between the two, in either direction. */
  cut(one: MemberId, other: MemberId): void {
    this.#cut.add(wire(one, other));
  }

  heal(one: MemberId, other: MemberId): void {
    this.#cut.delete(wire(one, other));
  }

  /** Cuts a member off from all others, until `reconnect`. */
  isolate(id: MemberId): void {
    this.#isolated.add(id);
  }

  reconnect(id: MemberId): void {
    this.#isolated.delete(id);
  }

  isIsolated(id: MemberId): boolean {
    return this.#isolated.has(id);
  }

  #deliver(): void {
    this.#scheduled = false;
    const queue = this.#queue;
    this.#queue = [];
    for (const { from, to, message } of queue) {
      // Looked up on arrival: what was under way when a wire is cut is lost too.
      if (this.#isolated.has(from) || this.#isolated.has(to) || this.#cut.has(wire(from, to))) continue;
      this.#members.get(to)?.receive(from, message);
    }
  }
}

function wire(one: MemberId, other: MemberId): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
