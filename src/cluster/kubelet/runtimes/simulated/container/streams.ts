import type { ProcessIo } from '../../../runtime.ts';
import { newPipe, type OpenFile, Sink, type Waiter } from '../process/open-file.ts';
import type { Process } from '../process/process.ts';
import { Tty } from '../process/terminal.ts';

/** Waits of nobody in particular; they end with the process. */
export function waiterFor(process: Process): Waiter {
  return {
    block: (start) =>
      new Promise((resolve, reject) => {
        const cancel = start(resolve, reject);
        process.onEnd(() => {
          cancel?.();
          reject(process.end);
        });
      }),
  };
}

/** A client of `exec` as descriptors of a process. */
export class ClientStreams {
  readonly fds: Map<number, OpenFile>;
  readonly #io: ProcessIo;
  readonly #tty: Tty | undefined;
  readonly #input: OpenFile | undefined;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(
    io: ProcessIo,
    nothing: OpenFile,
    name: string,
    signalGroup: (group: number, number: number) => void,
  ) {
    this.#io = io;
    if (io.tty) {
      this.#tty = new Tty(name, { show: (bytes) => this.#send('stdout', bytes), signal: signalGroup });
      this.fds = new Map([
        [0, this.#tty],
        [1, this.#tty.retain()],
        [2, this.#tty.retain()],
      ]);
      nothing.release();
      return;
    }
    const stdout = new Sink('pipe:[1]', (bytes) => this.#send('stdout', bytes));
    const stderr = new Sink('pipe:[2]', (bytes) => this.#send('stderr', bytes));
    this.fds = new Map<number, OpenFile>([
      [0, nothing],
      [1, stdout],
      [2, stderr],
    ]);
    if (io.stdin === undefined) return;
    const { reader, writer } = newPipe();
    nothing.release();
    this.fds.set(0, reader);
    this.#input = writer;
  }

  /** Carries what the client sends, until one of both ends. */
  start(process: Process): void {
    const who = waiterFor(process);
    if (this.#tty !== undefined) this.#tty.foreground = process.group;
    void this.#pump(who, process).catch(() => undefined);
    void this.#resizes(process).catch(() => undefined);
  }

  /** All that was written has reached the client. */
  async flushed(): Promise<void> {
    await this.#pending.catch(() => undefined);
  }

  async #pump(who: Waiter, process: Process): Promise<void> {
    const { stdin } = this.#io;
    if (stdin === undefined) return;
    try {
      for await (const chunk of stdin) {
        if (process.end !== undefined) return;
        if (this.#tty !== undefined) await this.#tty.type(chunk, who);
        else await this.#input?.write(chunk.slice(), who);
      }
    } finally {
      this.#tty?.hangUp();
      this.#input?.release();
    }
  }

  async #resizes(process: Process): Promise<void> {
    for await (const { width, height } of this.#io.resize ?? []) {
      if (process.end !== undefined) return;
      this.#tty?.resize(width, height);
    }
  }

  #send(stream: 'stdout' | 'stderr', bytes: Uint8Array): void | Promise<void> {
    if (this.#io.signal?.aborted === true) return;
    const sent = this.#io[stream](bytes.slice());
    if (sent === undefined) return;
    this.#pending = Promise.all([this.#pending, sent]);
    this.#pending.catch(() => undefined);
    return sent.catch(() => undefined);
  }
}
