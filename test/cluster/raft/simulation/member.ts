import { type Random, seededRandom } from '../../../../src/base/random.ts';
import type { Envelope } from '../../../../src/cluster/raft/message.ts';
import {
  createState,
  type Input,
  type Output,
  type Persist,
  type RaftConfig,
  type RaftState,
} from '../../../../src/cluster/raft/state.ts';
import { step } from '../../../../src/cluster/raft/step.ts';
import { SimulatedDisk } from './disk.ts';
import type { EventQueue } from './events.ts';
import type { Invariants } from './invariants.ts';
import { Registers } from './register.ts';

export interface Surroundings {
  readonly events: EventQueue;
  readonly random: Random;
  readonly invariants: Invariants;
  readonly disks: SimulatedDisk[];
  send(from: string, envelope: Envelope): void;
  /** Applied entries between snapshots. */
  readonly compactEvery: number;
}

interface Write {
  readonly persist: Persist;
  readonly after: Envelope[];
}

/** A process: the step function, a disk that takes its time, registers, and the operations waiting here. */
export class SimulatedMember {
  readonly id: string;
  readonly disk = new SimulatedDisk();
  alive = true;
  state: RaftState;
  registers = new Registers();
  /** Settled with what `apply` returned, or the reason why not. */
  proposals = new Map<number, (result: number | 'refused') => void>();
  reads = new Map<number, (result: 'now' | 'refused') => void>();
  #answered: { readonly index: number; readonly settle: () => void }[] = [];
  #writes: Write[] = [];
  #syncing = false;
  #refuses = false;
  #life = 0;
  #run = 0;
  #nextId = 0;
  #lastCompacted = 0;
  readonly #config: RaftConfig;
  readonly #around: Surroundings;

  constructor(config: RaftConfig, around: Surroundings) {
    this.id = config.id;
    this.#config = config;
    this.#around = around;
    around.disks.push(this.disk);
    this.state = this.#load();
  }

  input(input: Input): void {
    if (!this.alive) return;
    const out = step(this.state, input);
    this.#carryOut(out);
    this.#around.invariants.state(this.id, this.state);
  }

  propose(data: Uint8Array, settle: (result: number | 'refused') => void): void {
    const id = this.#run * 2 ** 32 + ++this.#nextId;
    this.proposals.set(id, settle);
    this.input({ type: 'propose', proposals: [{ id, data }] });
  }

  read(settle: (result: 'now' | 'refused') => void): void {
    const id = this.#run * 2 ** 32 + ++this.#nextId;
    this.reads.set(id, settle);
    this.input({ type: 'read', id });
  }

  crash(): void {
    this.alive = false;
    this.#life++;
    this.#writes = [];
    this.#syncing = false;
    this.disk.crash(this.#around.random);
    this.proposals.clear();
    this.reads.clear();
    this.#answered = [];
  }

  restart(): void {
    this.alive = true;
    this.#refuses = false;
    this.state = this.#load();
  }

  /** The disk refuses writes from now on, or takes them again. */
  setRefusal(refuses: boolean): void {
    if (!this.alive || refuses === this.#refuses) return;
    this.#refuses = refuses;
    this.input({ type: 'disk', failed: refuses });
    this.#sync();
  }

  #load(): RaftState {
    const { random, invariants } = this.#around;
    const initial = this.disk.load();
    // Runs of different members never share a number.
    this.#run += 8;
    if (this.#run === 8) this.#run += this.#config.members.indexOf(this.id);
    this.registers = new Registers();
    if (this.disk.snapshot) this.registers.restore(this.disk.snapshot.data);
    invariants.restored(this.id, initial.snapshot);
    this.#lastCompacted = initial.snapshot.index;
    const state = createState(this.#config, seededRandom(random.int(2 ** 31)), initial);
    invariants.appended(state, initial.entries);
    return state;
  }

  #carryOut(out: Output): void {
    const { invariants, disks } = this.#around;
    if (out.persist) {
      invariants.appended(this.state, out.persist.entries);
      this.#writes.push({ persist: out.persist, after: [] });
      this.#sync();
    }
    for (const envelope of out.send) this.#send(envelope);
    for (const envelope of out.afterPersist) {
      const last = this.#writes.at(-1);
      if (last) last.after.push(envelope);
      else this.#send(envelope);
    }
    if (out.restore) {
      this.registers.restore(out.restore.data);
      invariants.restored(this.id, out.restore);
    }
    invariants.applied(this.id, out.committed, disks);
    for (const entry of out.committed) {
      if (entry.kind === 'noop') continue;
      const result = this.registers.apply(entry);
      this.#settleProposal(entry.proposal, result);
    }
    for (const { id, index } of out.reads) {
      const settle = this.reads.get(id);
      this.reads.delete(id);
      if (settle) this.#answered.push({ index, settle: () => settle('now') });
    }
    for (const { settle } of this.#answered.filter((read) => read.index <= this.state.applied)) settle();
    this.#answered = this.#answered.filter((read) => read.index > this.state.applied);
    for (const id of out.refusedReads) {
      this.reads.get(id)?.('refused');
      this.reads.delete(id);
    }
    for (const { ids } of out.refusedProposals) for (const id of ids) this.#settleProposal(id, 'refused');
    this.#compact();
  }

  #settleProposal(id: number, result: number | 'refused'): void {
    this.proposals.get(id)?.(result);
    this.proposals.delete(id);
  }

  #send(envelope: Envelope): void {
    if (envelope.message.type !== 'InstallSnapshot') this.#around.send(this.id, envelope);
    else if (this.disk.snapshot) {
      this.#around.send(this.id, {
        ...envelope,
        message: { ...envelope.message, snapshot: this.disk.snapshot },
      });
    } else this.input({ type: 'snapshot-unsent', to: envelope.to });
  }

  /** One sync at a time, for everything that has come. */
  #sync(): void {
    if (this.#syncing || this.#refuses || this.#writes.length === 0) return;
    const { events, random } = this.#around;
    this.#syncing = true;
    const life = this.#life;
    const group = [...this.#writes];
    const persists = group.map((write) => write.persist);
    this.disk.begin(persists);
    events.plan(1 + random.int(random.int(10) === 0 ? 80 : 8), () => {
      if (life !== this.#life) return;
      this.disk.end(persists);
      this.#syncing = false;
      this.#writes = this.#writes.slice(group.length);
      for (const { persist, after } of group) {
        for (const envelope of after) this.#send(envelope);
        this.input({ type: 'persisted', seq: persist.seq });
      }
      this.#sync();
    });
  }

  #compact(): void {
    const { events, random, compactEvery } = this.#around;
    const { applied, log } = this.state;
    const term = log.term(applied);
    if (applied - this.#lastCompacted < compactEvery || term === undefined) return;
    this.#lastCompacted = applied;
    const point = { index: applied, term };
    const data = this.registers.snapshot();
    const life = this.#life;
    events.plan(1 + random.int(60), () => {
      if (life !== this.#life) return;
      this.disk.saveSnapshot({ ...point, data });
      this.input({ type: 'compacted', point });
    });
  }
}
