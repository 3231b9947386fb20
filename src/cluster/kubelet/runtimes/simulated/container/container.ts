import type { NetworkInterface } from '../../../../network/contract.ts';
import {
  type ContainerConfig,
  type ContainerStats,
  type ContainerStatus,
  type ProcessEnd,
  type ProcessIo,
  RuntimeError,
  type SandboxConfig,
} from '../../../runtime.ts';
import type { Quota } from '../fs/content.ts';
import { Errno } from '../fs/errno.ts';
import type { FileSystem } from '../fs/file-system.ts';
import { Files } from '../fs/files.ts';
import { type Inode, newFile } from '../fs/inode.ts';
import { normal } from '../fs/paths.ts';
import type { StoredImage } from '../images/store.ts';
import { toText } from '../process/bytes.ts';
import { startProgram } from '../process/calls.ts';
import { Cgroup } from '../process/cgroup.ts';
import { Device } from '../process/devices.ts';
import { type Launch, launchOf } from '../process/launch.ts';
import type { OpenFile } from '../process/open-file.ts';
import { PidNamespace, Process } from '../process/process.ts';
import { signal, signalNumber } from '../process/signals.ts';
import type { Surroundings } from '../process/surroundings.ts';
import type { Host } from '../process/syscalls.ts';
import { sysTree } from './cgroup-files.ts';
import { commandOf, environmentOf, execFailure, executable } from './command.ts';
import { LogBuffer } from './log.ts';
import { MainStreams } from './main-streams.ts';
import { containerFiles } from './mounts.ts';
import { type Parts, usualDelays } from './parts.ts';
import { procTree } from './proc.ts';
import { ClientStreams } from './streams.ts';
import { capabilitiesOf, type ResolvedUser, resolveUser } from './users.ts';
import type { VolumeState } from './volume.ts';

/** What a container needs of its sandbox. */
export interface SandboxParts {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly net: NetworkInterface;
  readonly shm: VolumeState;
  /** Undefined: the container gets its own. */
  readonly namespace: PidNamespace | undefined;
  hostname: string;
}

/** Processes that one container may have: a fork storm ends here. */
const mostProcesses = 1000;
/** Numbers that runc's own threads have used when the process starts. */
const runcThreads = 5;

/** One container, from creation to removal. */
export class Container {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly log: LogBuffer;
  readonly #parts: Parts;
  readonly #sandbox: SandboxParts;
  readonly #image: StoredImage;
  readonly #quota: Quota = { used: 0, limit: 0, grow: () => undefined };
  readonly #terminationLog: Inode = newFile('');
  #status: ContainerStatus;
  #streams: MainStreams | undefined;
  #main: Process | undefined;
  #files: FileSystem | undefined;
  #cgroup: Cgroup | undefined;
  #surroundings: Surroundings | undefined;
  #user: ResolvedUser | undefined;
  #namespace: PidNamespace | undefined;
  #starting = false;

  constructor(id: string, config: ContainerConfig, image: StoredImage, sandbox: SandboxParts, parts: Parts) {
    this.id = id;
    this.config = config;
    this.#image = image;
    this.#sandbox = sandbox;
    this.#parts = parts;
    this.log = new LogBuffer(parts.clock);
    this.#quota.grow = (bytes) => {
      this.#quota.used = Math.max(0, this.#quota.used + bytes);
      return this.#quota.used > 40 * 1024 ** 3 ? 'ENOSPC' : undefined;
    };
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
    return this.#main?.end === undefined ? this.#namespace : undefined;
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
    const parts = this.#parts;
    const { record, flavour } = this.#image.image;
    const cgroup = new Cgroup({ ...config, pidsLimit: mostProcesses }, parts.cores, parts.clock.now());
    const host = this.#host(cgroup, flavour, record.comportamiento ?? {});
    const surroundings: Surroundings = {
      ...{ container: id, clock: parts.clock, random: parts.random, cgroup, net: this.#sandbox.net, host },
      programs: parts.programs,
      setHostname: (name) => {
        this.#sandbox.hostname = name;
      },
    };
    this.#cgroup = cgroup;
    this.#surroundings = surroundings;
    this.#namespace = namespace;
    const bounding = capabilitiesOf(config.privileged, config.capabilities);
    const files = this.#makeFiles(namespace, bounding, cgroup, host);
    this.#files = files;
    const user = resolveUser(files, {
      image: record.usuario ?? '',
      uid: config.runAsUser,
      gid: config.runAsGroup,
      fsGroup: config.fsGroup,
      supplemental: config.supplementalGroups,
      bounding,
    });
    if (user === undefined) {
      throw new RuntimeError(
        `unable to start container process: unable to find user ${record.usuario}: no matching entries in passwd file: unknown`,
      );
    }
    this.#user = user;
    const command = commandOf(config, record);
    const env = environmentOf(config, record, this.#sandbox.hostname, user.home);
    const streams = new MainStreams(config, this.log, this.#nothing(), (group, number) =>
      this.#signalGroup(group, number),
    );
    try {
      this.#main = this.#process(namespace, command, env, streams.fds, undefined);
    } catch (error) {
      for (const file of streams.fds.values()) file.release();
      throw error;
    }
    this.#streams = streams;
    const main = this.#main;
    streams.started(main);
    main.onEnd(() => this.#ended(main));
  }

  #host(cgroup: Cgroup, flavour: Host['flavour'], behaviour: Host['behaviour']): Host {
    const { node, bootedAtMs } = this.#parts;
    const sandbox = this.#sandbox;
    return {
      get hostname() {
        return sandbox.hostname;
      },
      ...{ domainname: sandbox.config.domainname, node: node.name, kernel: node.kernel, cpus: node.cpus },
      architecture: node.architecture === 'arm64' ? 'aarch64' : 'x86_64',
      ...{ memoryBytes: node.memoryBytes, bootedAtMs, flavour, behaviour },
      memoryLimitBytes: this.config.memoryLimitBytes,
      memoryUsed: () => cgroup.memory,
    };
  }

  #makeFiles(namespace: PidNamespace, bounding: bigint, cgroup: Cgroup, host: Host): FileSystem {
    const { config } = this;
    const { clock, node } = this.#parts;
    const files = containerFiles(
      {
        root: this.#image.image.tree(),
        config,
        sandbox: this.#sandbox.config,
        ip: this.#sandbox.net.ip,
        node: node.name,
        cgroup,
        quota: this.#quota,
        now: () => clock.now(),
        terminationLog: this.#terminationLog,
        shm: this.#sandbox.shm,
      },
      (system) => ({
        proc: procTree({
          ...{
            host,
            processes: namespace.list,
            files: system,
            net: this.#sandbox.net,
            now: () => clock.now(),
            bounding,
          },
          noNewPrivileges: config.noNewPrivileges === true,
          oomScoreAdj: config.oomScoreAdj,
          cgroupPath: `/kubepods.slice/cri-containerd-${this.id}.scope`,
          descriptors: (pid) =>
            new Map([...(namespace.get(pid)?.fds ?? [])].map(([fd, file]) => [fd, file.label])),
          rootOf: (pid) => namespace.get(pid)?.files.system.root.holder.root,
          environmentOf: (process) => [...process.env].map(([name, value]) => `${name}=${value}\0`).join(''),
        }),
        sys: sysTree(cgroup, () => this.#members(namespace).map(({ pid }) => pid)),
      }),
    );
    const folder = config.workingDir ?? this.#image.image.record.carpeta ?? '/';
    makeFolders(files, normal(folder));
    return files;
  }

  /** A process in this container. Throws `RuntimeError` in runc's words. */
  #process(
    namespace: PidNamespace,
    command: readonly string[],
    env: ReadonlyMap<string, string>,
    fds: Map<number, OpenFile>,
    parent: Process | undefined,
  ): Process {
    const [files, surroundings, user] = [this.#files, this.#surroundings, this.#user];
    if (files === undefined || surroundings === undefined || user === undefined)
      throw new RuntimeError('container is not running');
    const folder = normal(this.config.workingDir ?? this.#image.image.record.carpeta ?? '/');
    const view = new Files(files, folder, () => ({ ...user.cred, pid: 0 }));
    if (command.length === 0) {
      throw new RuntimeError('no command specified');
    }
    const path = executable(view, command, env);
    let launch: Launch;
    try {
      launch = launchOf(view, path, command);
    } catch (error) {
      if (error instanceof Errno) throw execFailure(command[0] ?? '', error);
      throw error;
    }
    const process = new Process(namespace, surroundings, {
      args: launch.args,
      comm: launch.comm,
      env,
      cred: user.cred,
      files: (caller) => new Files(files, folder, caller),
      fds,
      parent,
      group: 0,
    });
    namespace.skip(runcThreads);
    process.run(() => startProgram(process, launch.program));
    return process;
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

  async exec(command: readonly string[], io: ProcessIo): Promise<ProcessEnd> {
    const [main, namespace] = [this.#main, this.#namespace];
    const running = main !== undefined && main.end === undefined && namespace !== undefined;
    if (!running)
      throw new RuntimeError(
        `failed to exec in container: failed to load task: no running task found: task ${this.id} not found: not found`,
      );
    const env = environmentOf(
      this.config,
      this.#image.image.record,
      this.#sandbox.hostname,
      this.#user?.home ?? '/',
    );
    if (io.tty) env.set('TERM', 'xterm');
    const terminals = namespace.all().filter((one) => one.info().tty !== '').length;
    const streams = new ClientStreams(io, this.#nothing(), `/dev/pts/${terminals}`, (group, number) =>
      this.#signalGroup(group, number),
    );
    let process: Process;
    try {
      process = this.#process(namespace, command, env, streams.fds, undefined);
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
    const cgroup = this.#cgroup;
    if (cgroup === undefined || this.#status.state !== 'running') return undefined;
    return {
      cpuMilli: cgroup.rate(this.#parts.clock.now()),
      cpuTotalNs: Math.round(cgroup.cpuMs * 1e6),
      memoryBytes: Math.round(cgroup.memory),
      diskBytes: this.#quota.used + this.log.sizeBytes,
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
    if (this.#status.state !== 'running' && this.#status.state !== 'created') return;
    const exitCode = main.end?.status ?? 0;
    const oom = (this.#cgroup?.oomKills ?? 0) > 0;
    const content = this.#terminationLog.kind === 'file' ? this.#terminationLog.content : undefined;
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
    for (const process of this.#members(this.#namespace)) process.deliver(signal.KILL, 'runtime');
    this.#files = undefined;
  }

  #members(namespace: PidNamespace | undefined): readonly Process[] {
    return namespace?.all().filter((one) => one.surroundings.container === this.id) ?? [];
  }

  #signalGroup(group: number, number: number): void {
    for (const process of this.#namespace?.all() ?? [])
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

/** containerd makes the working directory when it is missing. */
function makeFolders(system: FileSystem, path: string): void {
  const files = new Files(system, '/', () => ({ uid: 0, gid: 0, groups: [], capabilities: ~0n, pid: 0 }));
  let at = '';
  for (const part of path.split('/').filter((one) => one !== '')) {
    at += `/${part}`;
    try {
      if (!files.exists(at)) files.mkdir(at, 0o755);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      throw new RuntimeError(
        `unable to start container process: mkdir ${at}: ${error.message.toLowerCase()}: unknown`,
      );
    }
  }
}

function statusOf(process: Process): number {
  return process.end?.status ?? 0;
}

/** 64 digits, as containerd's ids. */
export function hexId(random: Parts['random']): string {
  let id = '';
  for (let part = 0; part < 16; part++) id += random.int(65_536).toString(16).padStart(4, '0');
  return id;
}
