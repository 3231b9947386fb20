import { afterIo, type Clock } from '../../base/clock.ts';
import { Compactor } from './compactor.ts';
import { type MemberId, type RaftStatus, RaftUnavailable } from './contract.ts';
import { Deadlines } from './deadlines.ts';
import { DurableWrites } from './durable-writes.ts';
import type { Entry, Snapshot } from './entry.ts';
import type { RaftMemberOptions, RaftNode } from './member.ts';
import type { Envelope, Message, RefusedBecause } from './message.ts';
import { PendingProposals } from './pending-proposals.ts';
import { PendingReads } from './pending-reads.ts';
import { PendingTransfers } from './pending-transfers.ts';
import { defaultSettings, type RaftSettings, raftConfig } from './settings.ts';
import { createState, type Input, type Output, type RaftState } from './state.ts';
import { step } from './step.ts';
import { tickTogether } from './ticking.ts';
import { healthyDisks } from './transfer.ts';

export type { RaftMemberOptions, RaftNode } from './member.ts';

/** Reads the storage, gives its snapshot to the state machine and starts. Rejects with what `storage.load` throws. */
export async function createRaftMember(options: RaftMemberOptions): Promise<RaftNode> {
  const settings = { ...defaultSettings, ...options.settings };
  const config = raftConfig(options.id, options.peers, settings);
  const loaded = await options.storage.load();
  const snapshot = loaded.snapshot ?? { index: 0, term: 0 };
  if (loaded.snapshot) options.stateMachine.restore(loaded.snapshot.data, snapshot.index);
  const state = createState(config, options.random, { ...loaded, snapshot });
  return new Loop(options, settings, state);
}

/**
 * The only loop around `step`. Of every output it first hands the writes to the disk, then sends, then applies; what rests on
 * a write leaves when that is durable. Proposals and reads of one turn of the event loop become one input.
 */
class Loop implements RaftNode {
  readonly #options: RaftMemberOptions;
  /** What proposals, reads and transfers are timed by. */
  readonly #wire: Clock;
  readonly #deadlines: Deadlines | undefined;
  readonly #settings: RaftSettings;
  readonly #state: RaftState;
  readonly #writes: DurableWrites;
  readonly #compactor: Compactor;
  readonly #proposals: PendingProposals;
  readonly #reads = new PendingReads();
  readonly #transfers = new PendingTransfers();
  readonly #listeners = new Set<(status: RaftStatus) => void>();
  readonly #stopTicking: () => void;
  #inbox: Input[] = [];
  #draining = false;
  #flushPlanned = false;
  #stopped = false;
  #appliedTerm: number;
  #diskFailedAtMs = 0;
  #announced: Pick<RaftStatus, 'role' | 'term' | 'leader'> | undefined;

  constructor(options: RaftMemberOptions, settings: RaftSettings, state: RaftState) {
    const { clock, random, storage, stateMachine } = options;
    const position = state.config.members.indexOf(options.id);
    this.#options = options;
    this.#wire = options.wire ?? clock;
    this.#deadlines =
      this.#wire === clock
        ? undefined
        : new Deadlines(this.#wire, settings.diskRetryMs, () => this.#expire());
    this.#settings = settings;
    this.#state = state;
    this.#appliedTerm = state.snapshot.term;
    this.#proposals = new PendingProposals(random.int(2 ** 18) * 8 + position);
    this.#writes = new DurableWrites(storage, {
      durable: (seq) => this.#input({ type: 'persisted', seq }),
      release: (envelope) => this.#send(envelope),
      failed: (error) => this.#input({ type: 'disk', failed: error !== undefined }),
    });
    const headStart = Math.floor((settings.snapshotEntries * position) / state.config.members.length);
    this.#compactor = new Compactor(storage, stateMachine, settings, headStart, (point) =>
      this.#input({ type: 'compacted', point }),
    );
    this.#stopTicking = tickTogether(clock, settings.tickMs, () => this.#tick());
  }

  status(): RaftStatus {
    const state = this.#state;
    return {
      id: state.config.id,
      role: this.#stopped ? 'stopped' : state.role,
      term: state.term,
      leader: this.#stopped ? undefined : state.leader,
      commitIndex: state.commit,
      appliedIndex: state.applied,
      lastIndex: state.log.lastIndex,
      votedFor: state.votedFor,
      matchIndex: Object.fromEntries([...state.progress].map(([peer, progress]) => [peer, progress.match])),
    };
  }

  propose(data: Uint8Array): Promise<unknown> {
    const { maxPending, maxPendingBytes, timeoutMs } = this.#settings;
    if (this.#stopped) return Promise.reject(stoppedError(false));
    if (this.#proposals.count >= maxPending || this.#proposals.bytes + data.byteLength > maxPendingBytes) {
      return Promise.reject(new RaftUnavailable('dropped', 'too many proposals are waiting', false));
    }
    const now = this.#wire.now();
    this.#planFlush();
    this.#deadlines?.watch();
    return this.#proposals.add(data, now, now + timeoutMs);
  }

  readIndex(): Promise<void> {
    if (this.#stopped) return Promise.reject(stoppedError(false));
    this.#planFlush();
    this.#deadlines?.watch();
    return this.#reads.add(this.#wire.now() + this.#settings.timeoutMs);
  }

  async transferLeadership(to: MemberId): Promise<void> {
    if (this.#stopped) throw stoppedError(false);
    if (!this.#state.config.members.includes(to))
      throw new RaftUnavailable('dropped', `${to} is not a member`, false);
    if (this.#state.leader === to) return;
    if (this.#state.leader === undefined) throw new RaftUnavailable('no-leader', 'there is no leader', false);
    this.#deadlines?.watch();
    const done = this.#transfers.add(to, this.#wire.now() + this.#settings.timeoutMs);
    this.#input({ type: 'transfer', to });
    await done;
  }

  onStatus(listener: (status: RaftStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  receive(from: MemberId, message: Message): void {
    this.#input({ type: 'receive', from, message });
  }

  campaign(): void {
    this.#input({ type: 'campaign' });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#stopTicking();
    this.#deadlines?.stop();
    this.#writes.close();
    const never = Number.POSITIVE_INFINITY;
    this.#proposals.failOlder(never, 'stopped', 'this member has stopped');
    this.#reads.failAll(stoppedError(false));
    this.#transfers.failAll(stoppedError(true));
    this.#announce();
    await this.#options.storage.close();
  }

  #input(input: Input): void {
    if (this.#stopped) return;
    this.#inbox.push(input);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let index = 0; index < this.#inbox.length && !this.#stopped; index++) {
        const next = this.#inbox[index];
        if (next) this.#carryOut(step(this.#state, next));
      }
    } finally {
      this.#inbox = [];
      this.#draining = false;
    }
    this.#announce();
  }

  /** Persist, then send, then apply: the order safety rests on (paper §5, thesis §10.2.1). */
  #carryOut(out: Output): void {
    if (out.persist) this.#writes.add(out.persist);
    for (const envelope of out.send) this.#send(envelope);
    if (out.afterPersist.length > 0) this.#writes.afterwards(out.afterPersist);
    if (out.restore) this.#restore(out.restore);
    if (out.committed.length > 0) this.#apply(out.committed);
    for (const { id, index } of out.reads) this.#reads.answer(id, index, this.#state.applied);
    for (const id of out.refusedReads) this.#reads.refused(id);
    for (const { ids, why } of out.refusedProposals) this.#refused(ids, why);
  }

  #send({ to, message }: Envelope): void {
    if (message.type !== 'InstallSnapshot') {
      this.#options.send(to, message);
      return;
    }
    const unsent = () => this.#input({ type: 'snapshot-unsent', to });
    this.#options.storage.readSnapshot().then((snapshot) => {
      if (!snapshot) unsent();
      else if (!this.#stopped) this.#options.send(to, { ...message, snapshot });
    }, unsent);
  }

  #restore(snapshot: Snapshot): void {
    this.#options.stateMachine.restore(snapshot.data, snapshot.index);
    this.#appliedTerm = snapshot.term;
    this.#proposals.restored(snapshot.term);
    this.#reads.applied(snapshot.index);
  }

  #apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'data') this.#proposals.applied(entry, this.#options.stateMachine.apply(entry));
      if (entry.term > this.#appliedTerm) {
        this.#appliedTerm = entry.term;
        this.#proposals.reachedTerm(entry.term);
        this.#planFlush();
      }
      this.#compactor.count(entry);
    }
    const last = entries.at(-1);
    if (!last) return;
    this.#reads.applied(last.index);
    if (this.#compactor.isDue) afterIo(() => this.#compact());
  }

  #compact(): void {
    const { applied, log } = this.#state;
    const term = log.term(applied);
    if (!this.#stopped && term !== undefined && this.#compactor.isDue)
      this.#compactor.compact({ index: applied, term });
  }

  #refused(ids: readonly number[], why: RefusedBecause): void {
    // Asked again at the next tick or leader, not at once: who refused has not changed its mind yet.
    if (why === 'no-leader') this.#proposals.requeue(ids);
    else this.#proposals.refuse(ids, new RaftUnavailable(why, this.#reason(why), false));
  }

  #reason(why: RefusedBecause): string {
    if (why === 'dropped') return 'too many proposals are waiting at the leader';
    return this.#writes.refusedAs?.message ?? 'the disks of a majority of the members refuse writes';
  }

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    afterIo(() => {
      this.#flushPlanned = false;
      this.#flush();
    });
  }

  /** Hands over what waits, if there is somebody to take it. */
  #flush(): void {
    if (this.#stopped || this.#state.leader === undefined) return;
    if (this.#proposals.hasUnsent) {
      this.#input({ type: 'propose', proposals: this.#proposals.takeUnsent(this.#state.term) });
    }
    if (this.#reads.hasUnasked) this.#input({ type: 'read', id: this.#reads.ask(this.#options.clock.now()) });
  }

  #tick(): void {
    const now = this.#options.clock.now();
    this.#input({ type: 'tick' });
    this.#writes.retry(now, this.#settings.diskRetryMs);
    this.#reads.retryOlder(now - 2 * this.#settings.heartbeatMs);
    this.#expire();
    this.#flush();
  }

  /** Ends what has waited too long. Returns whether something still waits. */
  #expire(): boolean {
    const now = this.#wire.now();
    const hasLeader = this.#state.leader !== undefined;
    this.#proposals.expire(now, hasLeader);
    this.#reads.expire(now, hasLeader);
    this.#transfers.expire(now);
    this.#failWithoutDisks(now);
    return this.#proposals.count + this.#reads.waiting + this.#transfers.count > 0;
  }

  /** What was appended before the disks began to refuse may still be committed, but nobody should wait for that. */
  #failWithoutDisks(now: number): void {
    const cannotWrite = this.#state.role === 'leader' && healthyDisks(this.#state) < this.#state.quorum;
    if (!this.#writes.refusedAs && !cannotWrite) {
      this.#diskFailedAtMs = 0;
      return;
    }
    if (this.#diskFailedAtMs === 0) this.#diskFailedAtMs = now;
    if (now - this.#diskFailedAtMs >= this.#settings.diskRetryMs) {
      this.#proposals.failOlder(now - this.#settings.diskRetryMs, 'disk', this.#reason('disk'));
    }
  }

  #announce(): void {
    const { role, term, leader } = this.#state;
    const old = this.#announced;
    const shown = this.#stopped ? 'stopped' : role;
    if (old?.role === shown && old.term === term && old.leader === leader) return;
    this.#announced = { role: shown, term, leader };
    this.#transfers.leaderIs(leader);
    if (leader !== undefined) this.#planFlush();
    const status = this.status();
    for (const listener of [...this.#listeners]) listener(status);
  }
}

function stoppedError(outcomeUnknown: boolean): RaftUnavailable {
  return new RaftUnavailable('stopped', 'this member has stopped', outcomeUnknown);
}
