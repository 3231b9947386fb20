import {
  type CommittedEntry,
  type RaftMember,
  type RaftStatus,
  RaftUnavailable,
  type StateMachine,
} from '../../../src/cluster/raft/contract.ts';

/** Consensus with itself: what is proposed is applied in a microtask. `behave` decides what befalls a proposal. */
export class LoopbackRaft implements RaftMember {
  readonly log: CommittedEntry[] = [];
  readonly #machine: StateMachine;
  role: RaftStatus['role'] = 'leader';
  reads = 0;
  behave: (data: Uint8Array, apply: () => unknown) => Promise<unknown> = async (_, apply) => apply();
  onRead: () => Promise<void> = async () => {};

  constructor(machine: StateMachine) {
    this.#machine = machine;
  }

  status(): RaftStatus {
    const index = this.log.length;
    return {
      id: 'one',
      role: this.role,
      term: 1,
      leader: 'one',
      commitIndex: index,
      appliedIndex: index,
      lastIndex: index,
      votedFor: 'one',
      matchIndex: {},
    };
  }

  async propose(data: Uint8Array): Promise<unknown> {
    await undefined;
    return this.behave(data, () => this.apply(data));
  }

  apply(data: Uint8Array): unknown {
    const entry = { index: this.log.length + 1, term: 1, data };
    this.log.push(entry);
    return this.#machine.apply(entry);
  }

  snapshot(): Uint8Array {
    return this.#machine.snapshot();
  }

  restore(snapshot: Uint8Array, index: number): void {
    this.#machine.restore(snapshot, index);
  }

  async readIndex(): Promise<void> {
    this.reads += 1;
    await this.onRead();
  }

  async transferLeadership(): Promise<void> {}

  onStatus(): () => void {
    return () => {};
  }

  async stop(): Promise<void> {
    this.role = 'stopped';
    const refuse = () => Promise.reject(new RaftUnavailable('stopped', 'this member has stopped', false));
    this.behave = refuse;
    this.onRead = refuse;
  }
}
