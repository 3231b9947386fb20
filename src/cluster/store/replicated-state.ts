import type { CommittedEntry, StateMachine } from '../raft/contract.ts';
import { decodeEntry } from './entry-codec.ts';
import { compactedError, Mvcc, sameOr } from './mvcc.ts';
import { type HistoryLimits, trimHistory } from './retention.ts';
import { Sessions } from './sessions.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-codec.ts';
import { type CommitResult, StoreError } from './store.ts';
import { WatchHub } from './watch-hub.ts';

/** What became of an entry: one result per commit in it; for a compaction, an error when there was one. */
export type Outcome =
  | { readonly kind: 'commits'; readonly results: readonly CommitResult[] }
  | { readonly kind: 'compact'; readonly error: StoreError | undefined };

export interface ReplicatedStateOptions {
  readonly history: HistoryLimits;
  /** The other replicas in this process, with which equal values are held once. */
  readonly twins: () => Iterable<ReplicatedState>;
  /** Called once per proposal, where it is first applied. */
  readonly onApplied: (session: string, sequence: number, outcome: Outcome) => void;
}

/** The store's side of consensus: the same entries in the same order give the same state on every member. */
export class ReplicatedState implements StateMachine {
  readonly hub: WatchHub;
  readonly #options: ReplicatedStateOptions;
  #state = new Mvcc();
  #sessions = new Sessions();
  #appliedIndex = 0;
  /** Later revisions are in this member's log. */
  #logFrom = 0;
  #snapshot: { readonly index: number; readonly bytes: WeakRef<Uint8Array> } | undefined;

  constructor(options: ReplicatedStateOptions) {
    this.#options = options;
    this.hub = new WatchHub(this.#state.revision);
  }

  get state(): Mvcc {
    return this.#state;
  }

  apply(entry: CommittedEntry): Outcome | undefined {
    const { session, sequence, command } = decodeEntry(entry.data);
    this.#appliedIndex = entry.index;
    if (!this.#sessions.admit(session, sequence)) return undefined;
    const outcome: Outcome =
      command.kind === 'compact'
        ? { kind: 'compact', error: this.#compact(command.revision) }
        : { kind: 'commits', results: command.commits.map((changes) => this.#commit(changes)) };
    trimHistory(this.#state, this.#options.history);
    this.#options.onApplied(session, sequence, outcome);
    return outcome;
  }

  /** Of the last entry that is in the state. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  /** The log before it is about to go: once no member needs it any more, nothing here must keep it in memory. */
  snapshot(): Uint8Array {
    this.#logFrom = this.#state.revision;
    const members = [this, ...this.#options.twins()];
    this.#state.detach(Math.min(...members.map((member) => member.#logFrom)));
    for (const twin of members) {
      const known = twin.#snapshot?.index === this.#appliedIndex ? twin.#snapshot.bytes.deref() : undefined;
      if (known !== undefined) return known;
    }
    const items = this.#state.list('').items;
    const bytes = encodeSnapshot(this.#state.revision, this.#sessions.states(), items);
    this.#snapshot = { index: this.#appliedIndex, bytes: new WeakRef(bytes) };
    return bytes;
  }

  /** Throws when the snapshot is damaged; then nothing was changed. */
  restore(snapshot: Uint8Array, index: number): void {
    const content = decodeSnapshot(snapshot);
    const twins = [...this.#options.twins()];
    const items = content.items.map((item) => {
      for (const twin of twins) {
        const same = sameOr(twin.#state.get(item.key), item);
        if (same !== item) return same;
      }
      return item;
    });
    const before = this.#state.revision;
    this.#state = new Mvcc({ revision: content.revision, items });
    this.#sessions = new Sessions(content.sessions);
    this.#appliedIndex = index;
    this.#logFrom = content.revision;
    if (content.revision <= before) return;
    // What happened in between is nowhere to be read here: a watcher that has not seen it must list again.
    this.hub.end(compactedError(content.revision), content.revision);
    this.hub.skipTo(content.revision);
  }

  #commit(changes: Parameters<Mvcc['commit']>[0]): CommitResult {
    const next = this.#state.revision + 1;
    let known = noEvents;
    for (const twin of this.#options.twins()) {
      known = twin.#state.eventsAt(next);
      if (known.length > 0) break;
    }
    const { result, events } = this.#state.commit(changes, known);
    if (events.length > 0) this.hub.publish(next, events);
    return result;
  }

  #compact(revision: number): StoreError | undefined {
    try {
      this.#state.compact(revision);
      return undefined;
    } catch (error) {
      if (error instanceof StoreError) return error;
      throw error;
    }
  }
}

const noEvents: ReturnType<Mvcc['eventsAt']> = [];
