import { Errno } from '../fs/errno.ts';
import type { Inode } from '../fs/inode.ts';
import type { Terminal } from './syscalls.ts';

/** The process that reads or writes: its waits end when it dies. */
export interface Waiter {
  /** Work that its next turn pays for. */
  charge?(steps: number): void;
  block<T>(
    start: (done: (value: T) => void, fail: (error: unknown) => void) => (() => void) | undefined,
  ): Promise<T>;
}

export const noBytes = new Uint8Array(0);

/** An open file description: several descriptors, in several processes, may share it. */
export abstract class OpenFile {
  #references = 1;
  /** What `/proc/<pid>/fd/<n>` points to. */
  abstract readonly label: string;

  get node(): Inode | undefined {
    return undefined;
  }

  get terminal(): Terminal | undefined {
    return undefined;
  }

  /** At most `max` bytes; none at the end. */
  abstract read(max: number, who: Waiter): Uint8Array | Promise<Uint8Array>;
  /** Resolves when more may be written. Throws `Errno`. */
  abstract write(bytes: Uint8Array, who: Waiter): void | Promise<void>;

  /** False: it has no position. */
  seek(_offset: number): boolean {
    return false;
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references === 0) this.closed();
  }

  /** Nobody has it any more. */
  protected closed(): void {}
}

const capacity = 65_536;

/** The buffer between the two ends of a pipe; what has no room waits. */
export class PipeBuffer {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  readers = 0;
  writers = 0;
  readonly #waitingReaders = new Set<() => void>();
  readonly #waitingWriters = new Set<() => void>();

  /** Ends that one read sees each. */
  #ends = 0;

  get size(): number {
    return this.#size;
  }

  /** One read finds the end; the pipe goes on (Ctrl-D). */
  endOnce(): void {
    this.#ends++;
    wake(this.#waitingReaders);
  }

  read(max: number, who: Waiter): Uint8Array | Promise<Uint8Array> {
    if (this.#size > 0) return this.#take(max);
    if (this.#ends > 0) {
      this.#ends--;
      return noBytes;
    }
    if (this.writers === 0) return noBytes;
    return who
      .block<void>((done) => {
        this.#waitingReaders.add(done);
        return () => this.#waitingReaders.delete(done);
      })
      .then(() => this.read(max, who));
  }

  write(bytes: Uint8Array, who: Waiter): void | Promise<void> {
    if (this.readers === 0) throw new Errno('EPIPE');
    if (bytes.byteLength === 0) return;
    if (this.#size < capacity) {
      this.#chunks.push(bytes);
      this.#size += bytes.byteLength;
      wake(this.#waitingReaders);
      if (this.#size <= capacity) return;
    }
    const mine = this.#size > capacity && this.#chunks.at(-1) === bytes;
    return this.#room(who).then(() => (mine ? undefined : this.write(bytes, who)));
  }

  async #room(who: Waiter): Promise<void> {
    while (this.#size >= capacity && this.readers > 0) {
      await who.block<void>((done) => {
        this.#waitingWriters.add(done);
        return () => this.#waitingWriters.delete(done);
      });
    }
  }

  /** An end was closed: whoever waits must look again. */
  changed(): void {
    wake(this.#waitingReaders);
    wake(this.#waitingWriters);
  }

  #take(max: number): Uint8Array {
    const [first = noBytes] = this.#chunks;
    let taken = first;
    if (first.byteLength <= max) this.#chunks.shift();
    else {
      taken = first.subarray(0, max);
      this.#chunks[0] = first.subarray(max);
    }
    this.#size -= taken.byteLength;
    if (this.#size < capacity) wake(this.#waitingWriters);
    return taken;
  }
}

function wake(waiting: Set<() => void>): void {
  const all = [...waiting];
  waiting.clear();
  for (const done of all) done();
}

export class PipeEnd extends OpenFile {
  readonly label: string;
  readonly #buffer: PipeBuffer;
  readonly #ends: 'read' | 'write' | 'both';
  readonly #node: Inode | undefined;

  constructor(buffer: PipeBuffer, ends: 'read' | 'write' | 'both', label: string, node?: Inode) {
    super();
    this.#buffer = buffer;
    this.#ends = ends;
    this.label = label;
    this.#node = node;
    if (ends !== 'write') buffer.readers++;
    if (ends !== 'read') buffer.writers++;
    buffer.changed();
  }

  override get node(): Inode | undefined {
    return this.#node;
  }

  read(max: number, who: Waiter): Uint8Array | Promise<Uint8Array> {
    if (this.#ends === 'write') throw new Errno('EBADF');
    return this.#buffer.read(max, who);
  }

  write(bytes: Uint8Array, who: Waiter): void | Promise<void> {
    if (this.#ends === 'read') throw new Errno('EBADF');
    return this.#buffer.write(bytes, who);
  }

  protected override closed(): void {
    if (this.#ends !== 'write') this.#buffer.readers--;
    if (this.#ends !== 'read') this.#buffer.writers--;
    this.#buffer.changed();
  }
}

export function newPipe(): { readonly reader: PipeEnd; readonly writer: PipeEnd } {
  const buffer = new PipeBuffer();
  const label = 'pipe:[4096]';
  return { reader: new PipeEnd(buffer, 'read', label), writer: new PipeEnd(buffer, 'write', label) };
}

/** An end that is a function: the container's log, a client of `exec`. */
export class Sink extends OpenFile {
  readonly label: string;
  readonly #take: (bytes: Uint8Array, who: Waiter) => void | Promise<void>;

  constructor(label: string, take: (bytes: Uint8Array, who: Waiter) => void | Promise<void>) {
    super();
    this.label = label;
    this.#take = take;
  }

  read(): Uint8Array {
    throw new Errno('EBADF');
  }

  write(bytes: Uint8Array, who: Waiter): void | Promise<void> {
    return this.#take(bytes, who);
  }
}
