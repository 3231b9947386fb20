import {
  type ContainerConfig,
  type ContainerStats,
  type ContainerStatus,
  type ProcessEnd,
  type ProcessIo,
  RuntimeError,
} from '../../../runtime.ts';
import { newFile } from '../fs/inode.ts';
import type { StoredImage } from '../images/store.ts';
import { toText } from '../process/bytes.ts';
import { Device } from '../process/devices.ts';
import type { OpenFile } from '../process/open-file.ts';
import { PidNamespace, type Process } from '../process/process.ts';
import { signal, signalNumber } from '../process/signals.ts';
import { commandOf, environmentOf } from './command.ts';
import { Environment, startProcess } from './environment.ts';
import { LogBuffer } from './log.ts';
import { MainStreams } from './main-streams.ts';
import { hexId, type Parts, type SandboxParts, usualDelays } from './parts.ts';
import { ClientStreams } from './streams.ts';

/** One container, from creation to removal. */
export class Container {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly log: LogBuffer;
  readonly #parts: Parts;
  readonly #sandbox: SandboxParts;
  readonly #image: StoredImage;
  #status: ContainerStatus;
  #streams: MainStreams | undefined;
  #main: Process | undefined;
  #environment: Environment | undefined;
  #starting = false;

  constructor(id: string, config: ContainerConfig, image: StoredImage, sandbox: SandboxParts, parts: Parts) {
    this.id = id;
    this.config = config;
    this.#image = image;
    this.#sandbox = sandbox;
    this.#parts = parts;
    this.log = new LogBuffer(parts.clock, parts.memory.real);
    this.#status = {
      ...{ id, config, state: 'created', createdAt: parts.clock.now(), startedAt: 0, finishedAt: 0 },
      ...{ exitCode: 0, reason: '', message: '', terminationMessage: '' },
      image: image.name,
      imageId: image.repoDigest,
    };
  }

  get status(): ContainerStatus {
    return this.#status;
  }

  get namespace(): PidNamespace | undefined {
    return this.#main?.end === undefined ? this.#environment?.namespace : undefined;
  }

  /** `targetNamespace`: of the container whose processes it sees. */
  async start(targetNamespace: PidNamespace | undefined): Promise<void> {
    if (this.#status.state !== 'created' || this.#starting) return;
    this.#starting = true;
    const { clock, node } = this.#parts;
    if (node.delays !== 'none') await clock.sleep(usualDelays.start);
    if (this.#status.state !== 'created') return;
    try {
      this.#launch(targetNamespace ?? this.#sandbox.namespace ?? new PidNamespace());
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ${error.message}`;
      this.#change({
        state: 'exited',
        exitCode: 128,
        reason: 'StartError',
        message,
        finishedAt: clock.now(),
      });
      this.log.end();
      throw new RuntimeError(message);
    }
    this.#change({ state: 'running', startedAt: clock.now() });
  }

  #launch(namespace: PidNamespace): void {
    const { config, id } = this;
    const { record } = this.#image.image;
    const environment = new Environment(
      {
        ...{ id, config, image: this.#image.image, sandbox: this.#sandbox, parts: this.#parts },
        terminationLog: newFile(''),
      },
      namespace,
    );
    this.#environment = environment;
    const command = commandOf(config, record);
    const { hostname } = this.#sandbox;
    const env = () => environmentOf(config, record, hostname, environment.user.home);
    const streams = new MainStreams(config, this.log, this.#nothing(), (group, number) =>
      this.#signalGroup(group, number),
    );
    let main: Process;
    try {
      main = startProcess(environment, command, env, streams.fds);
    } catch (error) {
      for (const file of streams.fds.values()) file.release();
      throw error;
    }
    environment.files.forget();
    this.#main = main;
    this.#streams = streams;
    streams.started(main);
    main.onEnd(() => this.#ended(main));
  }

  /** SIGTERM or what the image asks for, then SIGKILL. Resolves when it has ended. */
  async stop(graceMs: number): Promise<void> {
    const main = this.#main;
    if (main === undefined || main.end !== undefined) {
      if (this.#status.state === 'created') {
        this.#change({
          state: 'exited',
          exitCode: 137,
          reason: 'Error',
          finishedAt: this.#parts.clock.now(),
        });
        this.log.end();
      }
      return;
    }
    if (graceMs > 0) {
      main.deliver(signalNumber(this.#image.image.record.senal ?? 'TERM') ?? signal.TERM, 'runtime');
      if (main.end === undefined) {
        await new Promise<void>((resolve) => {
          const cancel = this.#parts.clock.after(graceMs, resolve);
          main.onEnd(() => {
            cancel();
            resolve();
          });
        });
      }
    }
    main.deliver(signal.KILL, 'runtime');
  }

  /** Ends it from outside, as `kill -9` on the node does. */
  kill(): void {
    this.#main?.deliver(signal.KILL, 'runtime');
  }

  /** Nothing is left of it, its log neither. */
  removed(): void {
    this.kill();
    this.log.drop();
  }

  async exec(command: readonly string[], io: ProcessIo): Promise<ProcessEnd> {
    const [main, environment] = [this.#main, this.#environment];
    if (main === undefined || main.end !== undefined || environment === undefined) {
      throw new RuntimeError(
        `failed to exec in container: failed to load task: no running task found: task ${this.id} not found: not found`,
      );
    }
    const env = environmentOf(
      this.config,
      this.#image.image.record,
      this.#sandbox.hostname,
      environment.user.home,
    );
    if (io.tty) env.set('TERM', 'xterm');
    const terminals = environment.namespace.all().filter((one) => one.info().tty !== '').length;
    const streams = new ClientStreams(io, this.#nothing(), `/dev/pts/${terminals}`, (group, number) =>
      this.#signalGroup(group, number),
    );
    let process: Process;
    try {
      process = startProcess(environment, command, () => env, streams.fds);
    } catch (error) {
      for (const file of streams.fds.values()) file.release();
      if (!(error instanceof RuntimeError)) throw error;
      const id = hexId(this.#parts.random);
      throw new RuntimeError(
        `failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: ${error.message}`,
      );
    }
    streams.start(process);
    const aborted = () => {
      if (io.kill === true) process.deliver(signal.KILL, 'runtime');
    };
    io.signal?.addEventListener('abort', aborted, { once: true });
    if (io.signal?.aborted === true) aborted();
    const end = await new Promise<number>((resolve) => process.onEnd(() => resolve(statusOf(process))));
    io.signal?.removeEventListener('abort', aborted);
    await streams.flushed();
    return { exitCode: end };
  }

  async attach(io: ProcessIo): Promise<ProcessEnd> {
    const [main, streams] = [this.#main, this.#streams];
    if (main === undefined || streams === undefined || main.end !== undefined) {
      throw new RuntimeError(`container is in CONTAINER_EXITED state`);
    }
    const leave = streams.attach(io);
    const exitCode = await new Promise<number>((resolve) => {
      main.onEnd(() => resolve(statusOf(main)));
      io.signal?.addEventListener('abort', () => resolve(0), { once: true });
    });
    leave();
    return { exitCode };
  }

  stats(): ContainerStats | undefined {
    const { cgroup, quota } = this.#environment ?? {};
    if (cgroup === undefined || this.#status.state !== 'running') return undefined;
    return {
      cpuMilli: cgroup.rate(this.#parts.clock.now()),
      cpuTotalNs: Math.round(cgroup.cpuMs * 1e6),
      memoryBytes: Math.round(cgroup.memory),
      diskBytes: (quota?.used ?? 0) + this.log.sizeBytes,
    };
  }

  /** The machine lost power. */
  lost(): void {
    if (this.#status.state !== 'running') return;
    this.#change(
      { state: 'exited', exitCode: 255, reason: 'Unknown', finishedAt: this.#parts.clock.now() },
      true,
    );
    this.kill();
    this.#endMembers();
  }

  #ended(main: Process): void {
    this.#endMembers();
    this.#streams?.ended();
    const environment = this.#environment;
    environment?.close();
    // Of a container that has ended only what it said and how it ended is left.
    this.#environment = undefined;
    this.#streams = undefined;
    this.#main = undefined;
    if (this.#status.state !== 'running' && this.#status.state !== 'created') return;
    const exitCode = main.end?.status ?? 0;
    const oom = (environment?.cgroup.oomKills ?? 0) > 0;
    const written = environment?.terminationLog;
    const content = written?.kind === 'file' ? written.content : undefined;
    this.#change({
      state: 'exited',
      ...(this.#status.startedAt === 0 ? { startedAt: this.#parts.clock.now() } : {}),
      finishedAt: this.#parts.clock.now(),
      exitCode,
      reason: oom ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error',
      terminationMessage:
        content === undefined ? '' : toText(content.read(Math.max(0, content.size - 4096), 4096)),
    });
  }

  /** Without its first process none of a container's goes on. */
  #endMembers(): void {
    for (const process of this.#environment?.members() ?? []) process.deliver(signal.KILL, 'runtime');
  }

  #signalGroup(group: number, number: number): void {
    for (const process of this.#environment?.namespace.all() ?? [])
      if (process.group === group) process.deliver(number, 'inside');
  }

  #nothing(): OpenFile {
    return new Device('null', this.#parts.random);
  }

  #change(change: Partial<ContainerStatus>, silent = false): void {
    this.#status = { ...this.#status, ...change };
    if (!silent) this.#parts.changed(this.#sandbox.config.uid);
  }
}

function statusOf(process: Process): number {
  return process.end?.status ?? 0;
}
