import { type Random, seededRandom } from '../../../../src/base/random.ts';
import type { Envelope } from '../../../../src/cluster/raft/message.ts';
import type { RaftConfig } from '../../../../src/cluster/raft/state.ts';
import { isLinearizable } from '../linearizability.ts';
import { Clients } from './clients.ts';
import type { SimulatedDisk } from './disk.ts';
import { EventQueue } from './events.ts';
import { Invariants } from './invariants.ts';
import { SimulatedMember } from './member.ts';

const TICK = 10;
const TROUBLE_UNTIL = 6_000;
const CALM_UNTIL = 16_000;

export interface Report {
  readonly commits: number;
  readonly terms: number;
  readonly operations: number;
  readonly crashes: number;
}

/** A cluster, its network, its clients and its bad luck, all out of one seed. Throws what invariant it breaks. */
export class World {
  readonly #random: Random;
  readonly #events = new EventQueue();
  readonly #invariants = new Invariants();
  readonly #members: SimulatedMember[];
  readonly #cut = new Set<string>();
  /** Whose clock goes too slowly: a leader that does not notice how long it has heard nothing. */
  readonly #slow = new Set<SimulatedMember>();
  readonly #clients: Clients;
  #lossPercent: number;
  #copyPercent: number;
  #maxDelay: number;
  /** Messages that come when nobody expects them any more. */
  #latePercent: number;
  /** Between one trouble and the next. */
  readonly #respite: number;
  /** Members that die on the point of having voted: whoever forgets a vote gives another. */
  readonly #voterDeathPercent: number;
  readonly #electionMin: number;
  readonly #electionSpread: number;
  #crashes = 0;
  #calm = false;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    const random = this.#random;
    const count = [1, 3, 3, 3, 3, 3, 5, 5][random.int(8)] ?? 3;
    this.#lossPercent = random.int(3) === 0 ? 0 : random.int(25);
    this.#copyPercent = random.int(2) === 0 ? 0 : random.int(20);
    this.#maxDelay = 1 + random.int(random.int(4) === 0 ? 120 : 25);
    this.#latePercent = random.int(2) === 0 ? 0 : random.int(12);
    this.#respite = random.int(2) === 0 ? 300 : 60;
    this.#voterDeathPercent = random.int(3) === 0 ? 40 : 0;
    this.#electionMin = 5 + random.int(6);
    this.#electionSpread = 1 + random.int(10);
    const disks: SimulatedDisk[] = [];
    const around = {
      events: this.#events,
      random,
      invariants: this.#invariants,
      disks,
      send: (from: string, envelope: Envelope) => this.#send(from, envelope),
      compactEvery: random.int(2) === 0 ? 8 + random.int(20) : 1_000,
    };
    const ids = Array.from({ length: count }, (_, index) => `m${index + 1}`);
    this.#members = ids.map((id) => new SimulatedMember(this.#config(id, ids), around));
    this.#clients = new Clients(this.#events, random, this.#members, TROUBLE_UNTIL);
  }

  run(): Report {
    for (const member of this.#members) this.#events.plan(this.#random.int(TICK), () => this.#tick(member));
    this.#clients.start(4);
    this.#events.plan(100, () => this.#trouble());
    this.#events.plan(TROUBLE_UNTIL, () => this.#makeCalm());
    let alive = false;
    this.#events.plan(TROUBLE_UNTIL + 1, () =>
      this.#clients.insist(CALM_UNTIL, () => {
        alive = true;
      }),
    );
    while (!alive && this.#events.runNext(CALM_UNTIL)) {}
    if (!alive) throw new Error('liveness: nothing can be written although everything works again');
    for (const key of this.#clients.keys) {
      if (!isLinearizable(this.#clients.operationsOf(key)))
        throw new Error(`the history of register ${key} is not linearizable`);
    }
    const { commits, terms } = this.#invariants;
    return { commits, terms, operations: this.#clients.done, crashes: this.#crashes };
  }

  #config(id: string, members: readonly string[]): RaftConfig {
    const random = this.#random;
    return {
      id,
      members,
      heartbeatTicks: 2,
      electionMin: this.#electionMin,
      electionMax: this.#electionMin + this.#electionSpread,
      maxAppendEntries: 1 + random.int(5),
      maxAppendBytes: 1_000,
      maxInFlight: 1 + random.int(5),
      maxUncommitted: 40,
      maxUncommittedBytes: 100_000,
      keepBehind: random.int(4),
    };
  }

  #tick(member: SimulatedMember): void {
    member.input({ type: 'tick' });
    this.#events.plan(this.#slow.has(member) ? 6 * TICK : TICK, () => this.#tick(member));
  }

  #send(from: string, envelope: Envelope): void {
    const random = this.#random;
    const voted = envelope.message.type === 'VoteReply' && envelope.message.granted && !this.#calm;
    if (voted && random.int(100) < this.#voterDeathPercent) this.#events.plan(0, () => this.#crashOf(from));
    if (random.int(100) < this.#lossPercent) return;
    const copies = random.int(100) < this.#copyPercent ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = random.int(100) < this.#latePercent ? random.int(600) : 0;
      this.#events.plan(1 + random.int(this.#maxDelay) + late, () => this.#deliver(from, envelope));
    }
  }

  #deliver(from: string, { to, message }: Envelope): void {
    if (this.#cut.has(`${from} ${to}`)) return;
    this.#members.find((member) => member.id === to)?.input({ type: 'receive', from, message });
  }

  /** Something goes wrong, or is mended, every now and then. */
  #trouble(): void {
    if (this.#calm) return;
    const random = this.#random;
    const member = this.#members[random.int(this.#members.length)];
    const other = this.#members[random.int(this.#members.length)];
    if (!member || !other) return;
    switch (random.int(11)) {
      case 0:
      case 1:
        this.#crash(member);
        break;
      case 2:
        // All of them: the power fails.
        if (random.int(4) === 0) for (const each of this.#members) this.#crash(each);
        break;
      case 3:
        this.#isolate(member);
        break;
      case 4:
        // One way only.
        this.#cut.add(`${member.id} ${other.id}`);
        break;
      case 5:
        this.#split();
        break;
      case 6:
        this.#cut.clear();
        break;
      case 7:
        this.#slow.add(member);
        if (random.int(2) === 0) this.#isolate(member);
        break;
      case 8:
        this.#slow.clear();
        break;
      case 9:
        if (random.int(2) === 0) member.input({ type: 'transfer', to: other.id });
        else member.input({ type: 'campaign' });
        break;
      default:
        member.setRefusal(true);
        this.#events.plan(100 + random.int(400), () => member.setRefusal(false));
    }
    this.#events.plan(5 + random.int(this.#respite), () => this.#trouble());
  }

  #crashOf(id: string): void {
    const member = this.#members.find((each) => each.id === id);
    if (member && !this.#calm) this.#crash(member);
  }

  #crash(member: SimulatedMember): void {
    if (!member.alive) return;
    this.#crashes++;
    member.crash();
    this.#events.plan(1 + this.#random.int(this.#random.int(2) === 0 ? 30 : 500), () => {
      if (!member.alive) member.restart();
    });
  }

  #isolate(member: SimulatedMember): void {
    for (const other of this.#members) {
      this.#cut.add(`${member.id} ${other.id}`);
      this.#cut.add(`${other.id} ${member.id}`);
    }
  }

  #split(): void {
    const left = this.#members.filter(() => this.#random.int(2) === 0);
    for (const one of left) {
      for (const other of this.#members) {
        if (left.includes(other)) continue;
        this.#cut.add(`${one.id} ${other.id}`);
        this.#cut.add(`${other.id} ${one.id}`);
      }
    }
  }

  /** From now on everything works, and must come to work again. */
  #makeCalm(): void {
    this.#calm = true;
    this.#cut.clear();
    this.#slow.clear();
    this.#lossPercent = 0;
    this.#copyPercent = 0;
    this.#latePercent = 0;
    this.#maxDelay = Math.min(this.#maxDelay, 15);
    for (const member of this.#members) {
      if (!member.alive) member.restart();
      member.setRefusal(false);
    }
  }
}
