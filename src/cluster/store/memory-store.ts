import { Mvcc } from './mvcc.ts';
import { type HistoryLimits, trimHistory } from './retention.ts';
import { type Change, type CommitResult, type Store, StoreError } from './store.ts';
import { WatchHub } from './watch-hub.ts';

export interface MemoryStoreOptions {
  /** Bounds on the history that is kept; without them it is only forgotten by `compact`. */
  readonly history?: HistoryLimits;
}

/** A store without consensus or disk: commits are applied at once, in the order of the calls, and resolve in a microtask. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const state = new Mvcc();
  const hub = new WatchHub(state.revision);
  let closed = false;

  const assertOpen = () => {
    if (closed) throw new StoreError('closed', 'the store is closed', state.revision);
  };

  return {
    get revision() {
      return state.revision;
    },
    get compactedRevision() {
      return state.compactedRevision;
    },
    async sync() {
      assertOpen();
    },
    get: (key) => state.get(key),
    list: (prefix, range) => state.list(prefix, range),
    count: (prefix) => state.count(prefix),
    async commit(changes: readonly Change[]): Promise<CommitResult> {
      assertOpen();
      const { result, events } = state.commit(changes);
      if (events.length > 0) {
        hub.publish(state.revision, events);
        if (options.history !== undefined) trimHistory(state, options.history);
      }
      return result;
    },
    watch(prefix, after, listener) {
      assertOpen();
      return hub.watch(state, prefix, after, listener);
    },
    async compact(revision) {
      assertOpen();
      state.compact(revision);
    },
    async close() {
      if (closed) return;
      closed = true;
      hub.end(new StoreError('closed', 'the store is closed', state.revision));
    },
  };
}
