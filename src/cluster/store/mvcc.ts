import { OrderedIndex, prefixEnd } from './ordered-index.ts';
import {
  type Change,
  type CommitResult,
  type KeyValue,
  type ListResult,
  StoreError,
  type StoreEvent,
} from './store.ts';

/**
 * The versioned state, without time or I/O: what is there now, in order, and the changes of every revision since the
 * compacted one. An older state is today's with the later changes undone, so that history costs one event per change
 * (etcd keeps every key's generations in server/storage/mvcc/key_index.go instead). Deterministic.
 */
export class Mvcc {
  readonly #live = new OrderedIndex<KeyValue>();
  /** The events of revision `compactedRevision + 1 + n` at position n. */
  #log: (readonly StoreEvent[])[];
  #logBytes = 0;
  #revision: number;
  #compacted: number;

  /** Begins empty at revision 1, as an etcd does; or at a snapshot's state, whose history is forgotten. */
  constructor(snapshot?: { readonly revision: number; readonly items: readonly KeyValue[] }) {
    this.#revision = snapshot?.revision ?? 1;
    this.#compacted = snapshot?.revision ?? 0;
    this.#log = snapshot === undefined ? [[]] : [];
    if (snapshot !== undefined) this.#live.load(snapshot.items);
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compacted;
  }

  /** Bytes of keys and values that only history keeps (about). */
  get historyBytes(): number {
    return this.#logBytes;
  }

  get size(): number {
    return this.#live.size;
  }

  get(key: string): KeyValue | undefined {
    return this.#live.get(key);
  }

  count(prefix: string): number {
    return this.#live.countRange(prefix, prefixEnd(prefix));
  }

  /** Everything that is there now, in key order. */
  items(): Iterable<KeyValue> {
    return this.#live.all();
  }

  /** See `Store.list`. O(log n + answer) now; for an older revision also the changes since then. */
  list(prefix: string, options: { revision?: number; limit?: number; after?: string } = {}): ListResult {
    const { revision = this.#revision, limit, after } = options;
    this.#checkReadable(revision);
    // The successor of a string in code-unit order: nothing lies between `after` and this.
    const from = after !== undefined && after >= prefix ? `${after}\u0000` : prefix;
    const end = prefixEnd(prefix);
    if (revision === this.#revision) {
      const items = this.#live.range(from, end, limit);
      const remaining = limit === undefined ? 0 : this.#live.countRange(from, end) - items.length;
      return { items, revision, more: remaining > 0, remaining };
    }
    const all = this.#rangeAt(revision, prefix, from, end);
    const items = limit === undefined || limit >= all.length ? all : all.slice(0, limit);
    const remaining = all.length - items.length;
    return { items, revision, more: remaining > 0, remaining };
  }

  /**
   * All or nothing (etcd's Txn with mod-revision comparisons). What changes nothing (a deletion of what is not there) takes
   * no revision. Throws when a key is named twice. The events are those of the new revision, in the order of `changes`.
   * `twin`: the same revision's events as another replica of this process has them, to share memory where they are equal.
   */
  commit(
    changes: readonly Change[],
    twin: readonly StoreEvent[] = [],
  ): { result: CommitResult; events: readonly StoreEvent[] } {
    if (changes.length > 1 && new Set(changes.map((change) => change.key)).size < changes.length)
      throw new TypeError('duplicate key given in one commit');
    for (const { key, expectedRevision } of changes) {
      const current = this.#live.get(key);
      if (expectedRevision !== undefined && (current?.modRevision ?? 0) !== expectedRevision)
        return { result: { done: false, key, current }, events: [] };
    }
    const revision = this.#revision + 1;
    let events: StoreEvent[] = [];
    /** All of them are the twin's so far: then the list is, too. */
    let shared = twin.length > 0;
    for (const { key, value } of changes) {
      const theirs = twin[events.length];
      const previous = this.#live.get(key);
      if (value === undefined) {
        if (previous === undefined) continue;
        this.#live.delete(key);
        events.push({ type: 'delete', key, current: undefined, previous, revision });
      } else {
        const made: KeyValue = {
          key,
          value,
          createRevision: previous?.createRevision ?? revision,
          modRevision: revision,
          version: (previous?.version ?? 0) + 1,
        };
        const current = sameOr(theirs?.current, made);
        this.#live.set(current);
        events.push({ type: 'put', key, current, previous, revision });
      }
      const ours = events[events.length - 1];
      shared &&= theirs?.key === key && theirs.current === ours?.current && theirs.previous === previous;
    }
    if (shared && events.length === twin.length) events = twin as StoreEvent[];
    if (events.length === 0) return { result: { done: true, revision: this.#revision }, events };
    this.#revision = revision;
    this.#log.push(events);
    for (const event of events) this.#logBytes += historySize(event);
    return { result: { done: true, revision }, events };
  }

  /** The events of a revision in the kept history; empty when nothing happened or it is not there. */
  eventsAt(revision: number): readonly StoreEvent[] {
    return this.#log[revision - this.#compacted - 1] ?? [];
  }

  /** Throws `compacted` when changes after `after` may be gone. */
  checkWatchable(after: number): void {
    if (after < this.#compacted) throw compactedError(this.#compacted);
  }

  /** Forgets what is older than `revision`; going back is a no-op. Throws `future`. */
  compact(revision: number): void {
    if (revision > this.#revision) throw futureError(this.#revision);
    if (revision <= this.#compacted) return;
    const forgotten = revision - this.#compacted;
    for (let at = 0; at < forgotten; at += 1)
      for (const event of this.#log[at] ?? []) this.#logBytes -= historySize(event);
    this.#log = this.#log.slice(forgotten);
    this.#compacted = revision;
  }

  /** Values up to that revision that lie in larger pieces of memory, as the entries of a log that is to go, get their own. */
  detach(revision: number): void {
    const own = (item: KeyValue | undefined) => {
      if (item !== undefined && item.modRevision <= revision) detached(item);
    };
    for (const item of this.#live.all()) own(item);
    for (const events of this.#log)
      for (const { current, previous } of events) {
        own(current);
        own(previous);
      }
  }

  #checkReadable(revision: number): void {
    if (revision < this.#compacted) throw compactedError(this.#compacted);
    if (revision > this.#revision) throw futureError(this.#revision);
  }

  #rangeAt(revision: number, prefix: string, from: string, end: string | undefined): KeyValue[] {
    /** What the keys that changed since then were at that revision. */
    const then = new Map<string, KeyValue | undefined>();
    for (let at = revision - this.#compacted; at < this.#log.length; at += 1)
      for (const { key, previous } of this.#log[at] ?? [])
        if (key >= from && key.startsWith(prefix) && !then.has(key)) then.set(key, previous);
    const live = this.#live.range(from, end);
    if (then.size === 0) return live;
    const items = live.filter((item) => !then.has(item.key));
    for (const previous of then.values()) if (previous !== undefined) items.push(previous);
    return items.sort((left, right) => (left.key < right.key ? -1 : 1));
  }
}

/** The twin when it is equal in everything, so that replicas in one process hold each value once. */
export function sameOr(twin: KeyValue | undefined, made: KeyValue): KeyValue {
  const same =
    twin !== undefined &&
    twin.key === made.key &&
    twin.modRevision === made.modRevision &&
    twin.createRevision === made.createRevision &&
    twin.version === made.version &&
    (twin.value === made.value || equalBytes(twin.value, made.value));
  return same ? twin : made;
}

/** In place, for replicas share it; the bytes are the same. */
function detached(item: { value: Uint8Array }): void {
  const { byteLength, buffer } = item.value;
  if (byteLength * 1.25 < buffer.byteLength) item.value = new Uint8Array(item.value);
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

/** What a kept change adds: the value it replaced, and a little for itself. */
function historySize(event: StoreEvent): number {
  return 100 + event.key.length + (event.previous?.value.length ?? 0);
}

/** etcd's words: rpctypes.ErrCompacted and ErrFutureRev. */
export function compactedError(compactedRevision: number): StoreError {
  return new StoreError(
    'compacted',
    'etcdserver: mvcc: required revision has been compacted',
    compactedRevision,
  );
}

function futureError(revision: number): StoreError {
  return new StoreError('future', 'etcdserver: mvcc: required revision is a future revision', revision);
}
