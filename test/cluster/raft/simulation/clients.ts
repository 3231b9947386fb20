import type { Random } from '../../../../src/base/random.ts';
import type { Operation } from '../linearizability.ts';
import type { EventQueue } from './events.ts';
import type { SimulatedMember } from './member.ts';
import { encodeCommand } from './register.ts';

interface Recorded extends Operation {
  readonly key: number;
}

/** Somebody who does one thing after another, each at any member, and notes when it began, when it ended and what came of it. */
export class Clients {
  readonly history: Recorded[] = [];
  done = 0;
  #nextValue = 1;
  readonly #events: EventQueue;
  readonly #random: Random;
  readonly #members: readonly SimulatedMember[];
  readonly #until: number;

  constructor(events: EventQueue, random: Random, members: readonly SimulatedMember[], until: number) {
    this.#events = events;
    this.#random = random;
    this.#members = members;
    this.#until = until;
  }

  start(count: number): void {
    for (let client = 0; client < count; client++)
      this.#events.plan(this.#random.int(100), () => this.#next());
  }

  operationsOf(key: number): Operation[] {
    return this.history.filter((operation) => operation.key === key);
  }

  get keys(): number[] {
    return [0, 1];
  }

  /** One write that must succeed, tried again and again: the cluster is alive. */
  insist(until: number, done: () => void): void {
    const member = this.#members[this.#random.int(this.#members.length)];
    if (!member || this.#events.now > until) return;
    let settled = false;
    const again = () => {
      if (settled) return;
      settled = true;
      this.#events.plan(50, () => this.insist(until, done));
    };
    this.#write(member, 0, (result) => {
      if (result === 'refused') again();
      else if (!settled) {
        settled = true;
        done();
      }
    });
    this.#events.plan(600, again);
  }

  #next(): void {
    const random = this.#random;
    // Whoever believes to lead is asked more often: there may be two, and one of them is wrong.
    const leaders = this.#members.filter((each) => each.alive && each.state.role === 'leader');
    const asked = leaders.length > 0 && random.int(2) === 0 ? leaders : this.#members;
    const member = asked[random.int(asked.length)];
    if (!member || this.#events.now > this.#until) return;
    const key = random.int(2);
    // Whoever waits too long gives up, and goes on not knowing.
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      this.#events.plan(random.int(40), () => this.#next());
      return true;
    };
    this.#events.plan(60 + random.int(200), settle);
    if (!member.alive) {
      settle();
      return;
    }
    if (random.int(2) === 0) this.#read(member, key, settle);
    else this.#write(member, key, () => settle());
  }

  #read(member: SimulatedMember, key: number, settle: () => boolean): void {
    const calledAt = this.#events.now;
    member.read((answer) => {
      const result = member.registers.values[key];
      if (!settle() || answer === 'refused') return;
      this.done++;
      this.history.push({ key, kind: 'read', calledAt, returnedAt: this.#events.now, result });
    });
  }

  /** Noted at once as of unknown end: it may happen even if nobody ever says so. */
  #write(member: SimulatedMember, key: number, settle: (result: number | 'refused') => void): void {
    const value = this.#nextValue++;
    const swaps = this.#random.int(2) === 0;
    const expected = member.registers.values[key] ?? 0;
    const command = swaps
      ? ({ kind: 'swap', key, expected, value } as const)
      : ({ kind: 'write', key, value } as const);
    const called: Recorded = { ...command, calledAt: this.#events.now, returnedAt: Number.POSITIVE_INFINITY };
    const place = this.history.push(called) - 1;
    member.propose(encodeCommand(command), (result) => {
      // A refusal may be the answer to a repeated message, of which the first was taken: nothing is known.
      if (result !== 'refused') {
        this.done++;
        this.history[place] = { ...called, returnedAt: this.#events.now, ...(swaps ? { result } : {}) };
      }
      settle(result);
    });
  }
}
