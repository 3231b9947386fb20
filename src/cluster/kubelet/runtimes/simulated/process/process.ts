import { Errno } from '../fs/errno.ts';
import type { Files } from '../fs/files.ts';
import { isTooLong, type Victim } from './budget.ts';
import { Handlers } from './handlers.ts';
import type { OpenFile, Waiter } from './open-file.ts';
import type { ProcessStart } from './process-start.ts';
import { ProcessTable } from './process-table.ts';
import { defaultAction, signal } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { type Credentials, ProcessEnded, type ProcessInfo, ProcessReplaced } from './syscalls.ts';
import { slices, type Wait, Waits } from './waits.ts';

/** The processes that see each other. */
export class PidNamespace extends ProcessTable<Process> {}

/** One virtual process: its number, descriptors, signals and children. Programs see it through `Syscalls`. */
export class Process implements Waiter, Victim {
  readonly pid: number;
  readonly namespace: PidNamespace;
  readonly surroundings: Surroundings;
  parent: Process | undefined;
  args: readonly string[];
  /** What `ps` shows in place of the arguments. */
  title: readonly string[] | undefined;
  comm: string;
  #env: ProcessStart<Process>['env'];
  readonly cred: Credentials;
  files: Files;
  readonly fds: Map<number, OpenFile>;
  /** Most programs have none. */
  #children: Set<Process> | undefined;
  group: number;
  end: ProcessEnded | undefined;
  memoryBytes = 0;
  heldBytes = 0;
  cpuMs = 0;
  /** Forgets children that end, as `trap '' CHLD` and PID 1 shells do. */
  reapsOrphans = false;
  readonly startedAtMs: number;
  readonly handlers = new Handlers();
  readonly #waits = new Waits();
  #endListeners: (() => void)[] | undefined;
  #abort: AbortController | undefined;
  #steps = 0;
  #workedMs = 0;
  #level = 0;
  #running = true;
  #resume: (() => void)[] | undefined;

  constructor(namespace: PidNamespace, surroundings: Surroundings, start: ProcessStart<Process>) {
    this.namespace = namespace;
    this.surroundings = surroundings;
    this.pid = namespace.nextPid();
    this.args = start.args;
    this.comm = start.comm;
    this.#env = start.env;
    this.cred = start.cred;
    const { uid, gid, groups, capabilities } = start.cred;
    this.files = start.files({ uid, gid, groups, capabilities, pid: this.pid });
    this.fds = start.fds;
    this.parent = start.parent;
    this.group = start.group === 0 ? this.pid : start.group;
    this.startedAtMs = surroundings.clock.now();
    namespace.add(this);
    surroundings.cgroup.join(this);
    start.parent?.adopt(this);
  }

  get env(): ReadonlyMap<string, string> {
    if (typeof this.#env === 'function') this.#env = this.#env();
    return this.#env;
  }

  set env(env: ReadonlyMap<string, string>) {
    this.#env = env;
  }

  adopt(child: Process): void {
    child.parent = this;
    this.#children ??= new Set();
    this.#children.add(child);
  }

  /** Whatever the program throws ends the process and nothing else. */
  run(body: () => Promise<number> | number): void {
    const costMs = this.surroundings.cgroup.startCost(this.startedAtMs);
    void (costMs > 0 ? this.burn(costMs) : (this.surroundings.cgroup.turn() ?? Promise.resolve()))
      .then(() => (this.end === undefined ? body() : 0))
      .then(
        (code) => this.finish(new ProcessEnded(code & 255)),
        (error: unknown) => {
          if (error instanceof ProcessEnded) this.finish(error);
          else if (error instanceof ProcessReplaced) this.run(error.next);
          else this.#crash(error);
        },
      );
  }

  onEnd(listener: () => void): void {
    if (this.end !== undefined) listener();
    else if (this.#endListeners === undefined) this.#endListeners = [listener];
    else this.#endListeners.push(listener);
  }

  /** Ends it: waits are broken off, descriptors closed, children handed to PID 1, the parent told. */
  finish(end: ProcessEnded): void {
    if (this.end !== undefined) return;
    this.end = end;
    const { cgroup } = this.surroundings;
    this.#settle();
    this.giveBack();
    cgroup.leave(this);
    this.#waits.breakOff(end);
    this.#abort?.abort(end);
    for (const file of this.fds.values()) file.release();
    this.fds.clear();
    this.#handOver();
    const listeners = this.#endListeners ?? [];
    this.#endListeners = undefined;
    for (const listener of listeners) listener();
    const { parent } = this;
    if (parent?.end !== undefined || parent?.reapsOrphans !== false) this.reap();
    else parent.deliver(signal.CHLD, 'inside');
  }

  reap(): void {
    const { parent } = this;
    if (parent !== undefined) parent.#children?.delete(this);
    this.namespace.remove(this);
  }

  /** `from` outside: the runtime, whose KILL reaches PID 1 too. */
  deliver(number: number, from: 'inside' | 'runtime'): void {
    if (this.end !== undefined || number === 0) return;
    const isInit = this.pid === 1 && this.namespace.init === this;
    if (number === signal.KILL || number === signal.STOP) {
      if (isInit && from === 'inside') return;
      if (number === signal.KILL) this.finish(new ProcessEnded(0, signal.KILL));
      else this.#resume ??= [];
      return;
    }
    if (number === signal.CONT) this.#continue();
    const handler = this.handlers.get(number);
    if (handler === 'ignore') return;
    if (handler !== undefined) handler();
    else if (!isInit) this.#byDefault(number);
  }

  oomKill(): void {
    this.finish(new ProcessEnded(0, signal.KILL));
  }

  allocate(bytes: number): void {
    const taken = Math.max(bytes, this.heldBytes - this.memoryBytes);
    this.memoryBytes += taken;
    this.surroundings.cgroup.take(taken, this);
    if (this.end !== undefined) throw this.end;
  }

  /** As `allocate`, for what it really keeps in this machine's memory. */
  hold(bytes: number): void {
    const taken = Math.max(bytes, -this.heldBytes);
    this.memoryBytes += taken;
    this.heldBytes += taken;
    this.surroundings.cgroup.hold(taken, this);
    if (this.end !== undefined) throw this.end;
  }

  /** All its memory. */
  giveBack(): void {
    const { cgroup } = this.surroundings;
    cgroup.hold(-this.heldBytes, this);
    cgroup.take(this.heldBytes - this.memoryBytes);
    this.memoryBytes = 0;
    this.heldBytes = 0;
  }

  block<T>(
    start: (done: (value: T) => void, fail: (error: unknown) => void) => (() => void) | undefined,
  ): Promise<T> {
    if (this.end !== undefined) return Promise.reject(this.end);
    this.#running = false;
    return new Promise<T>((resolve, reject) => {
      const fail = (error: unknown) => {
        if (error instanceof ProcessEnded) reject(error);
        else this.#goOn(wait, () => reject(error));
      };
      const wait = this.#waits.add(this.surroundings.clock.now(), fail);
      wait.cancel = start((value) => this.#goOn(wait, () => resolve(value)), fail);
    });
  }

  /** What it waited for is there; a process that is stopped goes on later. */
  #goOn(wait: Wait, action: () => void): void {
    this.#running = true;
    this.#waits.delete(wait);
    this.#workedMs = Math.max(0, this.#workedMs - 10 * (this.surroundings.clock.now() - wait.sinceMs));
    if (this.#workedMs === 0) this.#level = 0;
    if (this.#resume === undefined) action();
    else this.#resume.push(action);
  }

  sleep(ms: number): Promise<void> {
    return this.block((done) => this.surroundings.clock.after(ms, () => done()));
  }

  spend(steps: number): Promise<void> | undefined {
    if (this.end !== undefined) throw this.end;
    this.#steps += steps;
    return this.#steps < (slices[this.#level]?.steps ?? 1) ? undefined : this.#yield();
  }

  charge(steps: number): void {
    this.#steps += steps;
  }

  async burn(cpuMs: number): Promise<void> {
    const { clock, cgroup } = this.surroundings;
    this.cpuMs += cpuMs;
    const untilMs = cgroup.charge(cpuMs, clock.now());
    const workedMs = this.#workedMs + cpuMs;
    const level = this.#level;
    const wait = this.sleep(Math.max(0, untilMs - clock.now()));
    this.#running = true;
    await wait;
    this.#workedMs = workedMs;
    this.#level = level;
  }

  abortSignal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  info(): ProcessInfo {
    const { pid, group: pgid, comm, startedAtMs, cpuMs, memoryBytes, env } = this;
    const terminal = [...this.fds.values()].find((file) => file.terminal !== undefined)?.terminal;
    const state = this.end !== undefined ? 'Z' : this.#resume !== undefined ? 'T' : this.#running ? 'R' : 'S';
    return {
      ...{ pid, pgid, comm, startedAtMs, cpuMs, memoryBytes, env, state },
      args: this.title ?? this.args,
      ppid: this.parent?.namespace === this.namespace ? this.parent.pid : 0,
      uid: this.cred.uid,
      gid: this.cred.gid,
      tty: terminal?.name ?? '',
      cwd: this.files.cwd,
      container: this.surroundings.container,
    };
  }

  async #yield(): Promise<void> {
    const slice = slices[this.#level] ?? slices[0];
    const cpuMs = (this.#steps / slice.steps) * slice.cpuMs;
    this.#steps = 0;
    await this.burn(cpuMs);
    await this.surroundings.cgroup.turn();
    if (this.end !== undefined) throw this.end;
    const next = slices[this.#level + 1];
    if (next !== undefined && this.#workedMs >= next.afterMs) this.#level++;
  }

  /** What it worked since its last turn. */
  #settle(): void {
    const slice = slices[this.#level] ?? slices[0];
    const cpuMs = (this.#steps / slice.steps) * slice.cpuMs;
    this.cpuMs += cpuMs;
    this.surroundings.cgroup.cpuMs += cpuMs;
  }

  #byDefault(number: number): void {
    const action = defaultAction(number);
    if (action === 'end') this.finish(new ProcessEnded(0, number));
    if (action === 'stop') this.#resume ??= [];
  }

  #continue(): void {
    const waiting = this.#resume ?? [];
    this.#resume = undefined;
    for (const action of waiting) action();
  }

  #handOver(): void {
    const heir = this.namespace.init;
    const children = this.#children ?? [];
    this.#children = undefined;
    for (const child of children) {
      if (heir === this || heir === undefined) {
        child.parent = undefined;
        if (child.end !== undefined) this.namespace.remove(child);
      } else {
        heir.adopt(child);
        if (child.end !== undefined && heir.reapsOrphans) child.reap();
      }
    }
  }

  #crash(error: unknown): void {
    if (isTooLong(error)) {
      this.surroundings.cgroup.oomKill(this);
      return;
    }
    const text = error instanceof Error ? error.message : String(error);
    try {
      void this.fds.get(2)?.write(Buffer.from(`${this.comm}: ${text}\n`), this);
    } catch {
      // Nobody reads its last words.
    }
    this.finish(new ProcessEnded(error instanceof Errno ? 1 : 139));
  }
}
