import { type Group, mostReal, type NodeMemory, type Victim } from './budget.ts';

/** The cpus of a node: everybody together gets no more than there are. */
export class Cores {
  readonly count: number;
  #freeAtMs = 0;

  constructor(count: number) {
    this.count = count;
  }

  /** When `cpuMs` of work that starts now is through. */
  take(cpuMs: number, nowMs: number): number {
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + cpuMs / this.count;
    return this.#freeAtMs;
  }
}

/** The limits of a container and what it used of them. */
export class Cgroup implements Group {
  readonly memoryLimit: number;
  readonly cpuLimitMilli: number;
  readonly cpuRequestMilli: number;
  readonly pidsLimit: number;
  readonly members = new Set<Victim>();
  /** Bytes of processes and of files in memory. */
  memory = 0;
  peak = 0;
  oomKills = 0;
  /** Bytes of this machine that its processes really hold; they are in `memory` too. */
  held = 0;
  cpuMs = 0;
  throttledMs = 0;
  #quotaAtMs = 0;
  readonly #cores: Cores;
  readonly #node: NodeMemory;
  readonly #oomGroupKill: boolean;
  #starts = { sinceMs: 0, count: 0, owedMs: 0 };
  #sample = { atMs: 0, cpuMs: 0, rate: 0 };

  constructor(
    limits: {
      readonly memoryLimitBytes: number;
      readonly cpuLimitMilli: number;
      readonly cpuRequestMilli: number;
      readonly pidsLimit: number;
      /** All die together, as with `memory.oom.group`. */
      readonly oomGroupKill?: boolean;
    },
    cores: Cores,
    node: NodeMemory,
    nowMs: number,
  ) {
    this.memoryLimit = limits.memoryLimitBytes;
    this.cpuLimitMilli = limits.cpuLimitMilli;
    this.cpuRequestMilli = limits.cpuRequestMilli;
    this.pidsLimit = limits.pidsLimit;
    this.#oomGroupKill = limits.oomGroupKill ?? false;
    this.#cores = cores;
    this.#node = node;
    this.#sample = { atMs: nowMs, cpuMs: 0, rate: 0 };
  }

  /** Work of one process: when it may go on. */
  charge(cpuMs: number, nowMs: number): number {
    this.cpuMs += cpuMs;
    let atMs = Math.max(nowMs + cpuMs, this.#cores.take(cpuMs, nowMs));
    if (this.cpuLimitMilli > 0) {
      this.#quotaAtMs = Math.max(this.#quotaAtMs, nowMs) + (cpuMs * 1000) / this.cpuLimitMilli;
      this.throttledMs += Math.max(0, this.#quotaAtMs - atMs);
      atMs = Math.max(atMs, this.#quotaAtMs);
    }
    return atMs;
  }

  /** cpu time that starting one more process costs now; little by little, but always something: a fork storm must not starve the rest. */
  startCost(nowMs: number): number {
    if (nowMs - this.#starts.sinceMs > 1000)
      this.#starts = { sinceMs: nowMs, count: 0, owedMs: this.#starts.owedMs };
    const { count } = this.#starts;
    this.#starts.count++;
    this.#starts.owedMs += count < 500 ? 0.125 : count < 2000 ? 1 : 4;
    if (this.#starts.owedMs < 10) return 0;
    const { owedMs } = this.#starts;
    this.#starts.owedMs = 0;
    return owedMs;
  }

  /** Thousandths of a cpu in the last ten seconds or more. */
  rate(nowMs: number): number {
    const passed = nowMs - this.#sample.atMs;
    if (passed >= 10_000) {
      const rate = ((this.cpuMs - this.#sample.cpuMs) / passed) * 1000;
      this.#sample = { atMs: nowMs, cpuMs: this.cpuMs, rate };
      return rate;
    }
    return this.#sample.rate > 0 || passed <= 0
      ? this.#sample.rate
      : ((this.cpuMs - this.#sample.cpuMs) / passed) * 1000;
  }

  /** False: over the limit, or the node has no more, and somebody was killed for it. */
  take(bytes: number, caller?: Victim): boolean {
    this.memory += bytes;
    this.#node.used += bytes;
    this.peak = Math.max(this.peak, this.memory);
    if (bytes <= 0) return true;
    if (this.memoryLimit > 0 && this.memory > this.memoryLimit) {
      this.peak = this.memoryLimit;
      kill([this], 'memoryBytes', caller);
      return false;
    }
    if (this.#node.used <= this.#node.bytes) return true;
    kill(this.#node.groups, 'memoryBytes', caller);
    return false;
  }

  /** As `take`, of what this machine has to give too: whoever holds most is killed as if its node had no more. */
  hold(bytes: number, caller: Victim): void {
    const { real } = this.#node;
    this.held += bytes;
    real.processes += bytes;
    if (!this.take(bytes, caller) || bytes <= 0) return;
    if (this.held > mostReal.container) kill([this], 'heldBytes', caller);
    else if (real.processes > mostReal.processes) kill(real.groups, 'heldBytes', caller);
  }

  /** Undefined: a program may go on at once. */
  turn(): Promise<void> | undefined {
    return this.#node.real.turns.next();
  }

  join(process: Victim): void {
    if (this.members.size === 0) this.#node.add(this);
    this.members.add(process);
  }

  leave(process: Victim): void {
    this.members.delete(process);
    if (this.members.size === 0) this.#node.remove(this);
  }

  /** Its container has ended: files in memory, too, are nobody's any more. */
  close(): void {
    this.#node.used -= this.memory;
    this.memory = 0;
  }

  oomKill(victim: Victim): void {
    this.oomKills++;
    if (this.#oomGroupKill) for (const one of [...this.members]) one.oomKill();
    victim.oomKill();
  }
}

/** Of several that use as much, the caller. */
function kill(groups: Iterable<Group>, by: 'memoryBytes' | 'heldBytes', caller: Victim | undefined): void {
  let worst: { readonly group: Group; readonly victim: Victim } | undefined;
  for (const group of groups) {
    for (const victim of group.members) {
      const more = worst === undefined ? 1 : victim[by] - worst.victim[by];
      if (more > 0 || (more === 0 && victim === caller)) worst = { group, victim };
    }
  }
  worst?.group.oomKill(worst.victim);
}
