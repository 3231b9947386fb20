import type { Random } from '../../../../../base/random.ts';
import type { NetworkInterface } from '../../../../network/contract.ts';
import { Errno } from '../fs/errno.ts';
import type { Files } from '../fs/files.ts';
import type { Inode } from '../fs/inode.ts';
import { toBytes } from './bytes.ts';
import { newPipe, type OpenFile } from './open-file.ts';
import { openInode } from './opening.ts';
import type { Process } from './process.ts';
import { signal } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import type { Credentials, Host, OpenHow, ProcessList, Terminal } from './syscalls.ts';

/** What a program may ask of its process about itself, time and its open files. */
export class DescriptorCalls {
  protected readonly process: Process;

  constructor(process: Process) {
    this.process = process;
  }

  protected get alive(): Process {
    if (this.process.end !== undefined) throw this.process.end;
    return this.process;
  }

  protected get around(): Surroundings {
    return this.process.surroundings;
  }

  get pid(): number {
    return this.process.pid;
  }

  get ppid(): number {
    return this.process.info().ppid;
  }

  get pgid(): number {
    return this.process.group;
  }

  get args(): readonly string[] {
    return this.process.args;
  }

  get env(): ReadonlyMap<string, string> {
    return this.process.env;
  }

  get files(): Files {
    return this.alive.files;
  }

  get cred(): Credentials {
    return this.process.cred;
  }

  get host(): Host {
    return this.around.host;
  }

  get net(): NetworkInterface {
    return this.around.net;
  }

  get random(): Random {
    return this.around.random;
  }

  get processes(): ProcessList {
    return this.process.namespace.list;
  }

  now(): number {
    return this.around.clock.now();
  }

  sleep(ms: number): Promise<void> {
    return this.process.sleep(ms);
  }

  after(ms: number, action: () => void): () => void {
    return this.around.clock.after(ms, action);
  }

  spend(steps = 1): Promise<void> | undefined {
    return this.process.spend(steps);
  }

  burn(cpuMs: number): Promise<void> {
    return this.process.burn(cpuMs);
  }

  allocate(bytes: number): void {
    this.alive.allocate(bytes);
  }

  hold(bytes: number): void {
    this.alive.hold(bytes);
  }

  block<T>(
    start: (done: (value: T) => void, fail: (error: unknown) => void) => (() => void) | undefined,
  ): Promise<T> {
    return this.process.block(start);
  }

  abortSignal(): AbortSignal {
    return this.process.abortSignal();
  }

  read(fd: number, max = 65_536): Uint8Array | Promise<Uint8Array> {
    const wait = this.spend(2);
    const file = this.file(fd);
    const take = () => {
      const bytes = file.read(max, this.process);
      if (bytes instanceof Uint8Array) this.process.charge(bytes.byteLength >> 13);
      return bytes;
    };
    return wait === undefined ? take() : wait.then(take);
  }

  write(fd: number, data: string | Uint8Array): void | Promise<void> {
    const bytes = typeof data === 'string' ? toBytes(data) : data;
    const file = this.file(fd);
    const wait = this.spend(2 + (bytes.byteLength >> 13));
    const put = () => {
      try {
        return file.write(bytes, this.process);
      } catch (error) {
        if (error instanceof Errno && error.code === 'EPIPE') this.process.deliver(signal.PIPE, 'inside');
        throw this.process.end ?? error;
      }
    };
    return wait === undefined ? put() : wait.then(put);
  }

  out(data: string | Uint8Array): void | Promise<void> {
    return this.write(1, data);
  }

  err(data: string | Uint8Array): void | Promise<void> {
    return this.process.fds.has(2) ? this.write(2, data) : undefined;
  }

  open(path: string, how: OpenHow): number {
    const file = openInode(this.alive, path, how);
    return this.#add(file, 3);
  }

  close(fd: number): void {
    const file = this.process.fds.get(fd);
    if (file === undefined) throw new Errno('EBADF');
    this.process.fds.delete(fd);
    file.release();
  }

  dup(fd: number, to?: number): number {
    const file = this.file(fd).retain();
    if (to === undefined) return this.#add(file, 10);
    this.process.fds.get(to)?.release();
    this.process.fds.set(to, file);
    return to;
  }

  hasFd(fd: number): boolean {
    return this.process.fds.has(fd);
  }

  fds(): readonly number[] {
    return [...this.process.fds.keys()].sort((a, b) => a - b);
  }

  pipe(): readonly [number, number] {
    const { reader, writer } = newPipe();
    return [this.#add(reader, 10), this.#add(writer, 10)];
  }

  seek(fd: number, offset: number): boolean {
    return this.file(fd).seek(offset);
  }

  tty(fd: number): Terminal | undefined {
    return this.process.fds.get(fd)?.terminal;
  }

  node(fd: number): Inode | undefined {
    return this.process.fds.get(fd)?.node;
  }

  protected file(fd: number): OpenFile {
    const file = this.alive.fds.get(fd);
    if (file === undefined) throw new Errno('EBADF');
    return file;
  }

  #add(file: OpenFile, from: number): number {
    let fd = from;
    while (this.process.fds.has(fd)) fd++;
    if (fd > 1023) {
      file.release();
      throw new Errno('EMFILE');
    }
    this.process.fds.set(fd, file);
    return fd;
  }
}
