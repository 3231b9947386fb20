import type { ContainerConfig, ProcessIo } from '../../../runtime.ts';
import { Errno } from '../fs/errno.ts';
import { newPipe, OpenFile, type Waiter } from '../process/open-file.ts';
import type { Process } from '../process/process.ts';
import { Tty } from '../process/terminal.ts';
import type { LogBuffer } from './log.ts';
import { waiterFor } from './streams.ts';

/** Standard streams of a container's main process: into the log, and to whoever is attached. */
export class MainStreams {
  readonly fds: Map<number, OpenFile>;
  readonly #log: LogBuffer;
  readonly #config: ContainerConfig;
  #clients: Set<ProcessIo> | undefined;
  readonly #tty: Tty | undefined;
  readonly #input: OpenFile | undefined;
  #process: Process | undefined;
  #inputClosed = false;

  constructor(
    config: ContainerConfig,
    log: LogBuffer,
    nothing: OpenFile,
    signalGroup: (group: number, number: number) => void,
  ) {
    this.#config = config;
    this.#log = log;
    if (config.tty) {
      this.#tty = new Tty('/dev/pts/0', { show: (bytes) => this.put('stdout', bytes), signal: signalGroup });
      nothing.release();
      this.fds = new Map([
        [0, this.#tty],
        [1, this.#tty.retain()],
        [2, this.#tty.retain()],
      ]);
      return;
    }
    this.fds = new Map<number, OpenFile>([
      [0, nothing],
      [1, new Output('pipe:[1]', 'stdout', this)],
      [2, new Output('pipe:[2]', 'stderr', this)],
    ]);
    if (!config.stdin) return;
    nothing.release();
    const { reader, writer } = newPipe();
    this.fds.set(0, reader);
    this.#input = writer;
  }

  started(process: Process): void {
    this.#process = process;
    if (this.#tty !== undefined) this.#tty.foreground = process.group;
  }

  ended(): void {
    this.#log.end();
    this.#clients = undefined;
  }

  /** Joins a client; its input counts only when the container asked for one. */
  attach(io: ProcessIo): () => void {
    this.#clients ??= new Set();
    this.#clients.add(io);
    const process = this.#process;
    if (process !== undefined) {
      void this.#pump(io, process).catch(() => undefined);
      void this.#resizes(io).catch(() => undefined);
    }
    return () => this.#clients?.delete(io);
  }

  async #pump(io: ProcessIo, process: Process): Promise<void> {
    if (io.stdin === undefined || !this.#config.stdin) return;
    const who: Waiter = waiterFor(process);
    for await (const chunk of io.stdin) {
      if (process.end !== undefined || this.#inputClosed) return;
      if (this.#tty !== undefined) await this.#tty.type(chunk, who);
      else await this.#input?.write(chunk.slice(), who);
    }
    if (!this.#config.stdinOnce || this.#inputClosed) return;
    this.#inputClosed = true;
    this.#tty?.hangUp();
    this.#input?.release();
  }

  async #resizes(io: ProcessIo): Promise<void> {
    for await (const { width, height } of io.resize ?? []) this.#tty?.resize(width, height);
  }

  put(stream: 'stdout' | 'stderr', bytes: Uint8Array): void | Promise<void> {
    const lines = this.#log.write(stream, bytes);
    this.#process?.charge(lines);
    if (this.#clients === undefined || this.#clients.size === 0) return;
    const waits: Promise<void>[] = [];
    for (const client of this.#clients) {
      if (client.signal?.aborted === true) continue;
      const sent =
        stream === 'stdout' || this.#config.tty ? client.stdout(bytes.slice()) : client.stderr(bytes.slice());
      if (sent !== undefined) waits.push(sent.catch(() => undefined));
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }
}

/** Standard output, or errors, of the main process. */
class Output extends OpenFile {
  readonly label: string;
  readonly #stream: 'stdout' | 'stderr';
  readonly #streams: MainStreams;

  constructor(label: string, stream: 'stdout' | 'stderr', streams: MainStreams) {
    super();
    this.label = label;
    this.#stream = stream;
    this.#streams = streams;
  }

  read(): Uint8Array {
    throw new Errno('EBADF');
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.#streams.put(this.#stream, bytes);
  }
}
