import { seededRandom } from '../../../src/base/random.ts';
import type { Entry, Snapshot } from '../../../src/cluster/raft/entry.ts';
import type { Envelope, Message } from '../../../src/cluster/raft/message.ts';
import {
  createState,
  type Input,
  type Output,
  type RaftConfig,
  type RaftState,
} from '../../../src/cluster/raft/state.ts';
import { step } from '../../../src/cluster/raft/step.ts';

export interface Start {
  readonly term?: number;
  /** Terms of the entries 1, 2, 3…, as the figures of the paper show logs. */
  readonly log?: readonly number[];
}

/** Step functions tied together by hand: messages go when told, writes are durable at once unless held. */
export class StepCluster {
  readonly states = new Map<string, RaftState>();
  /** Entries applied by each member, as text. */
  readonly applied = new Map<string, string[]>();
  readonly reads = new Map<string, { readonly id: number; readonly index: number }[]>();
  readonly refused: string[] = [];
  readonly transcript: string[] = [];
  /** Cut off from everybody. */
  readonly down = new Set<string>();
  /** Types of message that get lost. */
  readonly losing = new Set<string>();
  /** Writes of these are not durable until `release`. */
  readonly held = new Set<string>();
  #queue: { readonly from: string; readonly to: string; readonly message: Message }[] = [];
  #waiting = new Map<string, { readonly seq: number; readonly after: Envelope[] }[]>();
  #nextProposal = 1;

  constructor(starts: { readonly [id: string]: Start }, config: Partial<RaftConfig> = {}) {
    const members = Object.keys(starts);
    for (const [position, [id, { term = 0, log = [] }]] of Object.entries(starts).entries()) {
      const entries = log.map((entryTerm, index) => entryOf(index + 1, entryTerm));
      const initial = {
        hardState: { term: Math.max(term, ...log, 0), votedFor: undefined },
        snapshot: { index: 0, term: 0 },
        entries,
      };
      this.states.set(
        id,
        createState({ ...defaults(id, members), ...config }, seededRandom(position), initial),
      );
      this.applied.set(id, []);
      this.reads.set(id, []);
    }
  }

  state(id: string): RaftState {
    const state = this.states.get(id);
    if (!state) throw new Error(`no member ${id}`);
    return state;
  }

  get leaders(): string[] {
    return [...this.states].filter(([, state]) => state.role === 'leader').map(([id]) => id);
  }

  /** Terms of the log of a member. */
  log(id: string): number[] {
    const { log } = this.state(id);
    return log.between(log.base.index + 1, log.lastIndex).map((entry) => entry.term);
  }

  input(id: string, input: Input): void {
    this.#carryOut(id, step(this.state(id), input));
  }

  ticks(id: string, count: number): void {
    for (let tick = 0; tick < count; tick++) this.input(id, { type: 'tick' });
  }

  propose(id: string, ...texts: string[]): void {
    const proposals = texts.map((text) => ({ id: this.#nextProposal++, data: Buffer.from(text) }));
    this.input(id, { type: 'propose', proposals });
  }

  /** A message made up by the test. */
  receive(to: string, from: string, message: Message): void {
    this.input(to, { type: 'receive', from, message });
  }

  /** Delivers what is under way, and what comes of it, in order. */
  deliver(): this {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const { from, to, message } = next;
      if (this.down.has(from) || this.down.has(to) || this.losing.has(message.type)) continue;
      this.transcript.push(`${from}>${to} ${describe(message)}`);
      this.input(to, { type: 'receive', from, message });
    }
    return this;
  }

  /** Loses what is under way. */
  lose(): void {
    this.#queue = [];
  }

  /** What is under way, in words. */
  underWay(): string[] {
    return this.#queue.map(({ from, to, message }) => `${from}>${to} ${describe(message)}`);
  }

  release(id: string): void {
    this.held.delete(id);
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.set(id, []);
    for (const write of waiting) this.#durable(id, write);
  }

  elect(id: string): this {
    this.input(id, { type: 'campaign' });
    return this.deliver();
  }

  #carryOut(id: string, out: Output): void {
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.set(id, waiting);
    for (const envelope of out.send) this.#send(id, envelope);
    const write = out.persist && { seq: out.persist.seq, after: [] as Envelope[] };
    if (write) waiting.push(write);
    const last = waiting.at(-1);
    if (last) last.after.push(...out.afterPersist);
    else for (const envelope of out.afterPersist) this.#send(id, envelope);
    for (const entry of out.committed) {
      if (entry.kind === 'data') this.applied.get(id)?.push(Buffer.from(entry.data).toString());
    }
    if (out.restore) this.applied.set(id, [Buffer.from(out.restore.data).toString()]);
    this.reads.get(id)?.push(...out.reads);
    for (const { ids, why } of out.refusedProposals) this.refused.push(`${id} ${ids.join(',')} ${why}`);
    for (const read of out.refusedReads) this.refused.push(`${id} read ${read}`);
    if (!this.held.has(id)) this.release(id);
  }

  #durable(id: string, { seq, after }: { readonly seq: number; readonly after: readonly Envelope[] }): void {
    for (const envelope of after) this.#send(id, envelope);
    this.input(id, { type: 'persisted', seq });
  }

  #send(from: string, { to, message }: Envelope): void {
    const full =
      message.type === 'InstallSnapshot' ? { ...message, snapshot: snapshotOf(message.snapshot) } : message;
    this.#queue.push({ from, to, message: full });
  }
}

function snapshotOf(snapshot: Snapshot): Snapshot {
  return { ...snapshot, data: Buffer.from(`everything up to ${snapshot.index}`) };
}

function entryOf(index: number, term: number): Entry {
  return { index, term, kind: 'data', proposal: 0, data: Buffer.from(`${index}/${term}`) };
}

function defaults(id: string, members: readonly string[]): RaftConfig {
  return {
    id,
    members,
    heartbeatTicks: 2,
    electionMin: 10,
    electionMax: 20,
    maxAppendEntries: 100,
    maxAppendBytes: 100_000,
    maxInFlight: 10,
    maxUncommitted: 1_000,
    maxUncommittedBytes: 1_000_000,
    keepBehind: 0,
  };
}

function describe(message: Message): string {
  const { type, term } = message;
  switch (message.type) {
    case 'PreVoteReply':
    case 'VoteReply':
      return `${type} t${term} ${message.granted ? 'yes' : 'no'}`;
    case 'AppendEntries':
      return `${type} t${term} after ${message.prevIndex} +${message.entries.length} commit ${message.commit}`;
    case 'AppendReply':
      return `${type} t${term} ${message.rejected ? 'not after' : 'up to'} ${message.index}`;
    case 'InstallSnapshot':
      return `${type} t${term} up to ${message.snapshot.index}`;
    default:
      return `${type} t${term}`;
  }
}
