import type { Mvcc } from './mvcc.ts';
import type { StoreError, StoreEvent, Watcher, WatchListener } from './store.ts';

/**
 * Hands every revision to those who watch one of its keys, in order. An event finds its watchers by cutting its key at each
 * length that some watched prefix has, so that a thousand watchers of other prefixes cost nothing.
 */
export class WatchHub {
  readonly #byPrefix = new Map<string, Set<Entry>>();
  /** How many watched prefixes have each length, and those lengths. */
  readonly #lengthUse = new Map<number, number>();
  #lengths: readonly number[] = [];
  readonly #progress = new Set<Entry>();
  readonly #queue: { readonly revision: number; readonly events: readonly StoreEvent[] }[] = [];
  #delivering = false;
  /** Every watcher has seen everything up to here. */
  #delivered: number;
  #size = 0;

  constructor(revision: number) {
    this.#delivered = revision;
  }

  /** How many watchers there are. */
  get size(): number {
    return this.#size;
  }

  /** Replays history synchronously, then goes on with what comes. Throws `compacted`. */
  watch(state: Mvcc, prefix: string, after: number, listener: WatchListener): Watcher {
    state.checkWatchable(after);
    const entry: Entry = { prefix, listener, reached: after, stopped: false };
    // A listener may commit: the replay runs until there is nothing newer, and only then joins the others.
    while (entry.reached < state.revision) {
      const revision = entry.reached + 1;
      entry.reached = revision;
      const events = state.eventsAt(revision).filter((event) => event.key.startsWith(prefix));
      if (events.length > 0) listener.onEvents(events);
      entry.progress = revision;
      listener.onProgress?.(revision);
    }
    this.#add(entry);
    const delivered = () => this.#delivered;
    return {
      stop: () => this.#remove(entry),
      get reached() {
        return Math.max(entry.reached, delivered());
      },
    };
  }

  /** Called once per revision, in order, after it can be read. */
  publish(revision: number, events: readonly StoreEvent[]): void {
    this.#queue.push({ revision, events });
    // A listener that changes the state must not make others see the later revision first.
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#deliver(next.revision, next.events);
        this.#delivered = next.revision;
      }
    } finally {
      this.#delivering = false;
    }
  }

  /** Ends all watchers, or those that had not reached `before` (their history is gone). */
  end(why: StoreError, before = Number.POSITIVE_INFINITY): void {
    for (const entries of [...this.#byPrefix.values()])
      for (const entry of [...entries])
        if (entry.reached < before) {
          this.#remove(entry);
          entry.listener.onEnd?.(why);
        }
  }

  /** Everything up to here counts as seen by those who are left. */
  skipTo(revision: number): void {
    this.#delivered = revision;
  }

  #deliver(revision: number, events: readonly StoreEvent[]): void {
    const only = events.length === 1 ? events[0] : undefined;
    if (only !== undefined) {
      for (const length of this.#lengths) {
        if (length > only.key.length) break;
        const entries = this.#byPrefix.get(length === only.key.length ? only.key : only.key.slice(0, length));
        if (entries !== undefined) for (const entry of entries) give(entry, revision, events);
      }
    } else {
      for (const [entry, seen] of this.#group(events)) give(entry, revision, seen);
    }
    for (const entry of this.#progress) {
      if (entry.reached < revision) entry.reached = revision;
      if (entry.progress !== revision && entry.reached === revision) {
        entry.progress = revision;
        entry.listener.onProgress?.(revision);
      }
    }
  }

  #group(events: readonly StoreEvent[]): Map<Entry, StoreEvent[]> {
    const seen = new Map<Entry, StoreEvent[]>();
    for (const event of events)
      for (const length of this.#lengths) {
        if (length > event.key.length) break;
        for (const entry of this.#byPrefix.get(event.key.slice(0, length)) ?? []) {
          const already = seen.get(entry);
          if (already === undefined) seen.set(entry, [event]);
          else already.push(event);
        }
      }
    return seen;
  }

  #add(entry: Entry): void {
    const entries = this.#byPrefix.get(entry.prefix);
    if (entries !== undefined) entries.add(entry);
    else {
      this.#byPrefix.set(entry.prefix, new Set([entry]));
      this.#countLength(entry.prefix.length, 1);
    }
    if (entry.listener.onProgress !== undefined) this.#progress.add(entry);
    this.#size += 1;
  }

  #remove(entry: Entry): void {
    if (entry.stopped) return;
    entry.stopped = true;
    this.#size -= 1;
    this.#progress.delete(entry);
    const entries = this.#byPrefix.get(entry.prefix);
    entries?.delete(entry);
    if (entries?.size !== 0) return;
    this.#byPrefix.delete(entry.prefix);
    this.#countLength(entry.prefix.length, -1);
  }

  #countLength(length: number, change: 1 | -1): void {
    const use = (this.#lengthUse.get(length) ?? 0) + change;
    if (use === 0) this.#lengthUse.delete(length);
    else this.#lengthUse.set(length, use);
    this.#lengths = [...this.#lengthUse.keys()].sort((left, right) => left - right);
  }
}

interface Entry {
  readonly prefix: string;
  readonly listener: WatchListener;
  /** Has been given everything up to here; may lie in the future. */
  reached: number;
  /** The last revision told by onProgress. */
  progress?: number;
  stopped: boolean;
}

function give(entry: Entry, revision: number, events: readonly StoreEvent[]): void {
  // Begun by another listener in the middle of this revision: the replay had it already.
  if (entry.stopped || entry.reached >= revision) return;
  entry.reached = revision;
  entry.listener.onEvents(events);
}
