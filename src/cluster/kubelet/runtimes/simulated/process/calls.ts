import type { Random } from '../../../../../base/random.ts';
import type { NetworkInterface } from '../../../../network/contract.ts';
import { Errno } from '../fs/errno.ts';
import type { Files } from '../fs/files.ts';
import type { Inode } from '../fs/inode.ts';
import { toBytes } from './bytes.ts';
import { launchOf } from './launch.ts';
import { newPipe, type OpenFile } from './open-file.ts';
import { openInode } from './opening.ts';
import { Process } from './process.ts';
import { signal } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import {
  type Child,
  type Credentials,
  type Host,
  type OpenHow,
  ProcessEnded,
  type ProcessList,
  type SpawnOptions,
  type Syscalls,
  type Terminal,
} from './syscalls.ts';

/** Cost of starting a process, in steps. */
const forkSteps = 25;

/** What a program may ask of its process. */
export class Calls implements Syscalls {
  readonly #process: Process;

  constructor(process: Process) {
    this.#process = process;
  }

  get #alive(): Process {
    if (this.#process.end !== undefined) throw this.#process.end;
    return this.#process;
  }

  get #around(): Surroundings {
    return this.#process.surroundings;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get ppid(): number {
    return this.#process.info().ppid;
  }

  get pgid(): number {
    return this.#process.group;
  }

  get args(): readonly string[] {
    return this.#process.args;
  }

  get env(): Map<string, string> {
    return this.#process.env;
  }

  get files(): Files {
    return this.#alive.files;
  }

  get cred(): Credentials {
    return this.#process.cred;
  }

  get host(): Host {
    return this.#around.host;
  }

  get net(): NetworkInterface {
    return this.#around.net;
  }

  get random(): Random {
    return this.#around.random;
  }

  get processes(): ProcessList {
    return this.#process.namespace.list;
  }

  now(): number {
    return this.#around.clock.now();
  }

  sleep(ms: number): Promise<void> {
    return this.#process.sleep(ms);
  }

  after(ms: number, action: () => void): () => void {
    return this.#around.clock.after(ms, action);
  }

  spend(steps = 1): Promise<void> | undefined {
    return this.#process.spend(steps);
  }

  burn(cpuMs: number): Promise<void> {
    return this.#process.burn(cpuMs);
  }

  allocate(bytes: number): void {
    this.#alive.allocate(bytes);
  }

  block<T>(
    start: (done: (value: T) => void, fail: (error: unknown) => void) => (() => void) | undefined,
  ): Promise<T> {
    return this.#process.block(start);
  }

  abortSignal(): AbortSignal {
    return this.#process.abortSignal();
  }

  read(fd: number, max = 65_536): Uint8Array | Promise<Uint8Array> {
    const wait = this.spend(2);
    const file = this.#file(fd);
    return wait === undefined
      ? file.read(max, this.#process)
      : wait.then(() => file.read(max, this.#process));
  }

  write(fd: number, data: string | Uint8Array): void | Promise<void> {
    const bytes = typeof data === 'string' ? toBytes(data) : data;
    const file = this.#file(fd);
    const wait = this.spend(2 + (bytes.byteLength >> 13));
    const put = () => {
      try {
        return file.write(bytes, this.#process);
      } catch (error) {
        if (error instanceof Errno && error.code === 'EPIPE') this.#process.deliver(signal.PIPE, 'inside');
        throw this.#process.end ?? error;
      }
    };
    return wait === undefined ? put() : wait.then(put);
  }

  out(data: string | Uint8Array): void | Promise<void> {
    return this.write(1, data);
  }

  err(data: string | Uint8Array): void | Promise<void> {
    return this.#process.fds.has(2) ? this.write(2, data) : undefined;
  }

  open(path: string, how: OpenHow): number {
    const file = openInode(this.#alive, path, how);
    return this.#add(file, 3);
  }

  close(fd: number): void {
    const file = this.#process.fds.get(fd);
    if (file === undefined) throw new Errno('EBADF');
    this.#process.fds.delete(fd);
    file.release();
  }

  dup(fd: number, to?: number): number {
    const file = this.#file(fd).retain();
    if (to === undefined) return this.#add(file, 10);
    this.#process.fds.get(to)?.release();
    this.#process.fds.set(to, file);
    return to;
  }

  hasFd(fd: number): boolean {
    return this.#process.fds.has(fd);
  }

  fds(): readonly number[] {
    return [...this.#process.fds.keys()].sort((a, b) => a - b);
  }

  pipe(): readonly [number, number] {
    const { reader, writer } = newPipe();
    return [this.#add(reader, 10), this.#add(writer, 10)];
  }

  seek(fd: number, offset: number): boolean {
    return this.#file(fd).seek(offset);
  }

  tty(fd: number): Terminal | undefined {
    return this.#process.fds.get(fd)?.terminal;
  }

  node(fd: number): Inode | undefined {
    return this.#process.fds.get(fd)?.node;
  }

  spawn(path: string, args: readonly string[], options: SpawnOptions = {}): Child {
    const launch = launchOf(this.files, path, args);
    const child = this.#child({ ...options, args: launch.args, comm: launch.comm });
    child.title = options.title;
    child.run(() => startProgram(child, launch.program));
    return new ChildOf(child, this.#process);
  }

  fork(body: (child: Syscalls) => Promise<number>, options: SpawnOptions = {}): Child {
    const child = this.#child({ ...options, args: this.#process.args, comm: this.#process.comm });
    child.run(() => {
      child.allocate(200_000);
      return body(new Calls(child));
    });
    return new ChildOf(child, this.#process);
  }

  exec(
    path: string,
    args: readonly string[],
    env: ReadonlyMap<string, string>,
    title?: readonly string[],
  ): Promise<number> {
    const launch = launchOf(this.files, path, args);
    const process = this.#process;
    process.args = launch.args;
    process.comm = launch.comm;
    process.title = title;
    process.env = new Map(env);
    for (const [number, handler] of process.handlers)
      if (handler !== 'ignore') process.handlers.delete(number);
    for (const fd of this.fds()) if (fd > 9) this.close(fd);
    process.allocate(-process.memoryBytes);
    return startProgram(process, launch.program);
  }

  setName(comm: string): void {
    this.#process.comm = comm;
  }

  setTitle(title: readonly string[]): void {
    this.#process.title = title;
  }

  kill(pid: number, number: number): void {
    const all = this.#process.namespace.all();
    const targets =
      pid === -1
        ? all.filter((one) => one.pid !== 1 && one !== this.#process)
        : pid > 0
          ? all.filter((one) => one.pid === pid)
          : all.filter((one) => one.group === (pid === 0 ? this.#process.group : -pid));
    if (targets.length === 0) throw new Errno('ESRCH');
    const { uid } = this.cred;
    const mine = targets.filter((one) => uid === 0 || one.cred.uid === uid);
    if (mine.length === 0) throw new Errno('EPERM');
    for (const one of mine) one.deliver(number, 'inside');
    if (this.#process.end !== undefined) throw this.#process.end;
  }

  onSignal(number: number, action: (() => void) | 'ignore' | undefined): void {
    if (number === signal.KILL || number === signal.STOP) return;
    if (action === undefined) this.#process.handlers.delete(number);
    else this.#process.handlers.set(number, action);
  }

  ignores(number: number): boolean {
    return this.#process.handlers.get(number) === 'ignore';
  }

  get ended(): boolean {
    return this.#process.end !== undefined;
  }

  exitSoon(code: number): void {
    this.#process.finish(new ProcessEnded(code & 255));
  }

  exit(code: number): never {
    const end = new ProcessEnded(code & 255);
    this.#process.finish(end);
    throw end;
  }

  setGroup(pid: number, group: number): void {
    const process = pid === 0 ? this.#process : this.#process.namespace.get(pid);
    if (process !== undefined) process.group = group === 0 ? process.pid : group;
  }

  setHostname(name: string): void {
    if ((this.cred.capabilities & (1n << 21n)) === 0n) throw new Errno('EPERM');
    this.#around.setHostname(name);
  }

  adopt(): void {
    this.#process.reapsOrphans = true;
  }

  #file(fd: number): OpenFile {
    const file = this.#alive.fds.get(fd);
    if (file === undefined) throw new Errno('EBADF');
    return file;
  }

  #add(file: OpenFile, from: number): number {
    let fd = from;
    while (this.#process.fds.has(fd)) fd++;
    if (fd > 1023) {
      file.release();
      throw new Errno('EMFILE');
    }
    this.#process.fds.set(fd, file);
    return fd;
  }

  #child(start: SpawnOptions & { readonly args: readonly string[]; readonly comm: string }): Process {
    const parent = this.#alive;
    const { cgroup } = this.#around;
    parent.charge(forkSteps);
    if (cgroup.members.size >= cgroup.pidsLimit) throw new Errno('EAGAIN');
    const fds = new Map<number, OpenFile>();
    for (const [fd, file] of parent.fds) {
      if (fd < 10 && start.close?.includes(fd) !== true && start.fds?.has(fd) !== true)
        fds.set(fd, file.retain());
    }
    for (const [fd, from] of start.fds ?? []) fds.set(fd, this.#file(from).retain());
    const child = new Process(parent.namespace, this.#around, {
      args: start.args,
      comm: start.comm,
      env: start.env ?? parent.env,
      cred: parent.cred,
      files: (caller) => parent.files.child(caller),
      fds,
      parent,
      group: start.group ?? parent.group,
    });
    for (const [number, handler] of parent.handlers)
      if (handler === 'ignore') child.handlers.set(number, handler);
    return child;
  }
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
