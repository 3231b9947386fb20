/**
 * The versioned store behind the API server: etcd's model (etcd api guarantees, KV and Watch), without kinds.
 * Every commit gets the next revision; a value never changes once committed. Every method may reject with `StoreError`.
 */
export interface Store {
  /** The newest revision applied here. */
  readonly revision: number;
  /** The oldest revision that `list` and `watch` still answer. */
  readonly compactedRevision: number;

  /** Waits until everything acknowledged anywhere before this call can be read here (Raft §6.4, read index; batched). */
  sync(): Promise<void>;

  /** At this member, now: call `sync` first for a linearizable read. */
  get(key: string): KeyValue | undefined;
  /**
   * Keys with `prefix`, in byte order, after `after` (exclusive), at most `limit` (undefined: all), as of `revision`
   * (undefined: now). Throws StoreError `compacted` or `future`.
   */
  list(prefix: string, options?: { revision?: number; limit?: number; after?: string }): ListResult;
  count(prefix: string): number;

  /**
   * All or nothing, one new revision. `expectedRevision`: the key's modRevision must be this (0: it must not exist);
   * undefined: whatever it is. `value: undefined` deletes. Resolves once durable on a majority and applied here.
   */
  commit(changes: readonly Change[]): Promise<CommitResult>;

  /**
   * Every change of keys with `prefix` after revision `after`, once, in order, the changes of one revision together.
   * Throws StoreError `compacted`. The listener is called synchronously after each commit is applied; `onEnd` at most once,
   * when a watcher that asked to be called later falls behind, the store closes or restores a snapshot.
   */
  watch(prefix: string, after: number, listener: WatchListener): Watcher;

  /** Forgets the history up to `revision`; lists and watches from before are refused. */
  compact(revision: number): Promise<void>;
  close(): Promise<void>;
}

export interface KeyValue {
  readonly key: string;
  /** Never changed: readers may keep derived things in a WeakMap keyed by it. */
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  /** 1 after creation, counts its changes. */
  readonly version: number;
}

export interface ListResult {
  readonly items: readonly KeyValue[];
  /** The revision of the answer. */
  readonly revision: number;
  readonly more: boolean;
  /** How many keys there are beyond those given (exact). */
  readonly remaining: number;
}

export interface Change {
  readonly key: string;
  readonly expectedRevision?: number;
  readonly value: Uint8Array | undefined;
}

export type CommitResult =
  | { readonly done: true; readonly revision: number }
  /** The first key whose revision was not the expected one, and what is there now. Nothing was changed. */
  | { readonly done: false; readonly key: string; readonly current: KeyValue | undefined };

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** After the change; undefined when deleted. */
  readonly current: KeyValue | undefined;
  /** Before it; undefined when created. */
  readonly previous: KeyValue | undefined;
  readonly revision: number;
}

export interface WatchListener {
  /** All changes of one revision that this watcher sees. Must not throw; must not block. */
  onEvents(events: readonly StoreEvent[]): void;
  /** Reached this revision (called after each revision, also when none of its changes concern the watcher). */
  onProgress?(revision: number): void;
  onEnd?(why: StoreError): void;
}

export interface Watcher {
  stop(): void;
  /** Every change up to this revision that concerns the watcher has been handed to its listener. */
  readonly reached: number;
}

export type StoreErrorCode =
  | 'compacted'
  /** Asked for a revision that is not there yet. */
  | 'future'
  /** No leader or no majority: nothing is known of the outcome of a commit. */
  | 'unavailable'
  /** As `unavailable`, but the commit may have happened. */
  | 'unknown-outcome'
  /** The disk refuses: nothing was written. `message` says why. */
  | 'disk'
  | 'closed'
  | 'slow';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly revision: number;
  constructor(code: StoreErrorCode, message: string, revision = 0) {
    super(message);
    this.code = code;
    this.revision = revision;
  }
}
