import type { Clock } from '../../base/clock.ts';
import { hexToken, type Random } from '../../base/random.ts';
import type { RaftMember, StateMachine } from '../raft/contract.ts';
import { Expiry, type ExpiryLimits } from './expiry.ts';
import { Proposer } from './proposer.ts';
import { ReplicatedState } from './replicated-state.ts';
import { defaultHistoryLimits, type HistoryLimits } from './retention.ts';
import { type Change, type Store, StoreError } from './store.ts';

export interface ReplicatedStoreOptions {
  readonly clock: Clock;
  /** What a commit that waits is counted by; `clock` when it is not given. */
  readonly wire?: Clock;
  readonly random: Random;
  /** Starts this member with the store as what it feeds. */
  readonly startRaft: (machine: StateMachine) => Promise<RaftMember>;
  /** Shared by the stores of one process, which add themselves: equal values are held in memory once. */
  readonly siblings?: Set<ReplicatedState>;
  /** What is kept at most between compactions. */
  readonly history?: HistoryLimits;
  /**
   * Every so often, by both clocks, the leader forgets what is older than the time before (the API server's
   * --etcd-compaction-interval).
   */
  readonly compactEveryMs?: number;
  /** What is deleted by itself, through the leader. */
  readonly expiry?: ExpiryLimits;
  /** How long a commit is offered again to a leader that has too much to do. Otherwise Raft's own timeout counts. */
  readonly timeoutMs?: number;
}

export interface ReplicatedStore extends Store {
  readonly raft: RaftMember;
  /** All that this replica holds now, without the history, and the index of the entry it is as of. */
  photo(): { readonly index: number; readonly data: Uint8Array };
}

const defaultTimeoutMs = 5_000;
const defaultCompactionMs = 5 * 60_000;
/** Two clocks never agree to the millisecond. */
const nearly = 0.9;
const expireEveryMs = 60_000;
/** Deletions that share a revision. */
const expiredTogether = 100;

/** A store that every master has a replica of. Rejects as `startRaft` does. `close` stops the member. */
export async function createReplicatedStore(options: ReplicatedStoreOptions): Promise<ReplicatedStore> {
  const {
    clock,
    wire = clock,
    timeoutMs = defaultTimeoutMs,
    siblings = new Set<ReplicatedState>(),
  } = options;
  const session = hexToken(options.random, 16);
  const replica: ReplicatedState = new ReplicatedState({
    history: options.history ?? defaultHistoryLimits,
    twins: () => siblings,
    onApplied: (of, sequence, outcome) => {
      if (of === session) proposer.applied(sequence, outcome);
    },
  });
  const proposer = new Proposer({ clock: wire, session, timeoutMs, propose: (data) => raft.propose(data) });
  // Before it reads its disk: the first to do so is the one that the others share with.
  siblings.add(replica);
  const raft = await options.startRaft(replica).catch((error: unknown) => {
    siblings.delete(replica);
    throw error;
  });

  let closed = false;
  const assertOpen = () => {
    if (closed) throw closedError();
  };
  let revisionBefore = 0;
  const compactEveryMs = options.compactEveryMs ?? defaultCompactionMs;
  let compactedMs = wire.now();
  const stopCompacting = clock.every(compactEveryMs, () => {
    // Whoever wants to know what happened does not hurry with the clock: at ten times its pace this would be half a minute.
    if (wire.now() - compactedMs < compactEveryMs * nearly) return;
    compactedMs = wire.now();
    const due = revisionBefore;
    revisionBefore = replica.state.revision;
    if (due <= replica.state.compactedRevision || raft.status().role !== 'leader') return;
    // Whoever leads the next time does it if it fails now.
    proposer.compact(due).catch(() => undefined);
  });

  const { expiry: limits } = options;
  const expiry = limits && new Expiry(limits);
  const stopExpiring =
    expiry &&
    clock.every(expireEveryMs, () => {
      const due = expiry.due(replica.state, clock.now());
      if (raft.status().role !== 'leader') return;
      // Another minute comes, also for those of which one was just written.
      for (let from = 0; from < due.length; from += expiredTogether)
        proposer.commit(due.slice(from, from + expiredTogether)).catch(() => undefined);
    });

  return {
    raft,
    photo: () => ({ index: replica.appliedIndex, data: replica.snapshot() }),
    get revision() {
      return replica.state.revision;
    },
    get compactedRevision() {
      return replica.state.compactedRevision;
    },
    async sync() {
      assertOpen();
      await raft.readIndex().catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        throw closed ? closedError() : new StoreError('unavailable', message);
      });
    },
    get: (key) => replica.state.get(key),
    list: (prefix, range) => replica.state.list(prefix, range),
    count: (prefix) => replica.state.count(prefix),
    async commit(changes: readonly Change[]) {
      assertOpen();
      if (changes.length > 1 && new Set(changes.map(({ key }) => key)).size < changes.length)
        throw new TypeError('duplicate key given in one commit');
      return proposer.commit(changes);
    },
    watch(prefix, after, listener) {
      assertOpen();
      return replica.hub.watch(replica.state, prefix, after, listener);
    },
    async compact(revision) {
      assertOpen();
      await proposer.compact(revision);
    },
    async close() {
      if (closed) return;
      closed = true;
      stopCompacting();
      stopExpiring?.();
      siblings.delete(replica);
      proposer.close(closedError());
      await raft.stop();
      replica.hub.end(closedError());
    },
  };
}

function closedError(): StoreError {
  return new StoreError('closed', 'the store is closed');
}
