import { Errno } from '../fs/errno.ts';
import { Files } from '../fs/files.ts';
import { absolute } from '../fs/paths.ts';
import { DescriptorCalls } from './descriptor-calls.ts';
import { launchOf } from './launch.ts';
import type { OpenFile } from './open-file.ts';
import { Process } from './process.ts';
import { signal } from './signals.ts';
import { type Child, ProcessEnded, ProcessReplaced, type SpawnOptions, type Syscalls } from './syscalls.ts';

/** Cost of starting a process, in steps. */
const forkSteps = 25;
/** What a process really takes of this machine, about: a few of a container, and each of a crowd. */
const [fewBytes, crowdBytes] = [8192, 49_152];
const few = 16;

/** What a program may ask of its process. */
class Calls extends DescriptorCalls implements Syscalls {
  spawn(path: string, args: readonly string[], options: SpawnOptions = {}): Child {
    const launch = launchOf(this.files, path, args);
    const child = this.#child({ ...options, args: launch.args, comm: launch.comm });
    child.title = options.title;
    child.run(() => {
      child.hold(processBytes(child));
      return startProgram(child, launch.program);
    });
    return new ChildOf(child, this.process);
  }

  fork(body: (child: Syscalls) => Promise<number>, options: SpawnOptions = {}): Child {
    const child = this.#child({ ...options, args: this.process.args, comm: this.process.comm });
    child.run(() => {
      const bytes = processBytes(child);
      child.allocate(200_000 - bytes);
      child.hold(bytes);
      return body(new Calls(child));
    });
    return new ChildOf(child, this.process);
  }

  exec(
    path: string,
    args: readonly string[],
    env: ReadonlyMap<string, string>,
    title?: readonly string[],
  ): never {
    const launch = launchOf(this.files, path, args);
    const process = this.process;
    process.args = launch.args;
    process.comm = launch.comm;
    process.title = title;
    process.env = env;
    process.handlers.inherit(process.handlers);
    for (const fd of this.fds()) if (fd > 9) this.close(fd);
    process.giveBack();
    throw new ProcessReplaced(() => startProgram(process, launch.program));
  }

  setName(comm: string): void {
    this.process.comm = comm;
  }

  setTitle(title: readonly string[]): void {
    this.process.title = title;
  }

  kill(pid: number, number: number): void {
    const all = this.process.namespace.all();
    const targets =
      pid === -1
        ? all.filter((one) => one.pid !== 1 && one !== this.process)
        : pid > 0
          ? all.filter((one) => one.pid === pid)
          : all.filter((one) => one.group === (pid === 0 ? this.process.group : -pid));
    if (targets.length === 0) throw new Errno('ESRCH');
    const { uid } = this.cred;
    const mine = targets.filter((one) => uid === 0 || one.cred.uid === uid);
    if (mine.length === 0) throw new Errno('EPERM');
    for (const one of mine) one.deliver(number, 'inside');
    if (this.process.end !== undefined) throw this.process.end;
  }

  onSignal(number: number, action: (() => void) | 'ignore' | undefined): void {
    if (number === signal.KILL || number === signal.STOP) return;
    this.process.handlers.set(number, action);
  }

  ignores(number: number): boolean {
    return this.process.handlers.get(number) === 'ignore';
  }

  get ended(): boolean {
    return this.process.end !== undefined;
  }

  exitSoon(code: number): void {
    this.process.finish(new ProcessEnded(code & 255));
  }

  exit(code: number): never {
    const end = new ProcessEnded(code & 255);
    this.process.finish(end);
    throw end;
  }

  setGroup(pid: number, group: number): void {
    const process = pid === 0 ? this.process : this.process.namespace.get(pid);
    if (process !== undefined) process.group = group === 0 ? process.pid : group;
  }

  setHostname(name: string): void {
    if ((this.cred.capabilities & (1n << 21n)) === 0n) throw new Errno('EPERM');
    this.around.setHostname(name);
  }

  chroot(path: string): void {
    const process = this.process;
    if ((process.cred.capabilities & (1n << 18n)) === 0n) throw new Errno('EPERM');
    const system = process.files.system.rooted(absolute(path, process.files.cwd), process.files.caller);
    if (system === undefined) throw new Errno('ENOTDIR');
    process.files = new Files(system, '/', process.files.caller);
  }

  adopt(): void {
    this.process.reapsOrphans = true;
  }

  #child(start: SpawnOptions & { readonly args: readonly string[]; readonly comm: string }): Process {
    const parent = this.alive;
    const { cgroup } = this.around;
    parent.charge(forkSteps);
    if (cgroup.members.size >= cgroup.pidsLimit) throw new Errno('EAGAIN');
    const fds = new Map<number, OpenFile>();
    for (const [fd, file] of parent.fds) {
      if (fd < 10 && start.close?.includes(fd) !== true && start.fds?.has(fd) !== true)
        fds.set(fd, file.retain());
    }
    for (const [fd, from] of start.fds ?? []) fds.set(fd, this.file(from).retain());
    const child = new Process(parent.namespace, this.around, {
      args: start.args,
      comm: start.comm,
      env: start.env ?? parent.env,
      cred: parent.cred,
      files: (caller) => parent.files.child(caller),
      fds,
      parent,
      group: start.group ?? parent.group,
    });
    child.handlers.inherit(parent.handlers);
    return child;
  }
}

function processBytes(child: Process): number {
  return child.surroundings.cgroup.members.size > few ? crowdBytes : fewBytes;
}

/** Runs the program of that name in a process that has been made for it. */
export async function startProgram(process: Process, name: string): Promise<number> {
  const { programs } = process.surroundings;
  const program = programs.get(name);
  if (program === undefined) throw new Errno('ENOEXEC');
  process.allocate(programs.memoryOf(name, process.comm));
  return program(new Calls(process));
}

class ChildOf implements Child {
  readonly pid: number;
  readonly #child: Process;
  readonly #parent: Process;

  constructor(child: Process, parent: Process) {
    this.pid = child.pid;
    this.#child = child;
    this.#parent = parent;
  }

  get end(): ProcessEnded | undefined {
    return this.#child.end;
  }

  async wait(): Promise<ProcessEnded> {
    const child = this.#child;
    if (child.end === undefined) {
      await this.#parent.block<void>((done) => {
        child.onEnd(done);
        return undefined;
      });
    }
    if (child.parent === this.#parent) child.reap();
    return child.end ?? new ProcessEnded(0);
  }
}
