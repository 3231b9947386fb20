import type { Clock } from '../../../../../base/clock.ts';
import type { Random } from '../../../../../base/random.ts';
import type { NetworkInterface } from '../../../../network/contract.ts';
import { type ContainerConfig, RuntimeError, type SandboxConfig } from '../../../runtime.ts';
import type { Quota } from '../fs/content.ts';
import { Errno } from '../fs/errno.ts';
import { FileSystem } from '../fs/file-system.ts';
import { Files } from '../fs/files.ts';
import { type DirInode, generatedDir, type Inode, namesOf } from '../fs/inode.ts';
import { normal } from '../fs/paths.ts';
import type { CatalogueImage } from '../images/catalogue.ts';
import { KeptTree } from '../process/budget.ts';
import { startProgram } from '../process/calls.ts';
import { Cgroup } from '../process/cgroup.ts';
import { type Launch, launchOf } from '../process/launch.ts';
import type { OpenFile } from '../process/open-file.ts';
import { type PidNamespace, Process } from '../process/process.ts';
import type { Programs, Surroundings } from '../process/surroundings.ts';
import type { Host } from '../process/syscalls.ts';
import { sysTree } from './cgroup-files.ts';
import { execFailure, executable } from './command.ts';
import { ContainerHost } from './host.ts';
import { type MountParts, mountContainer, overlayMount } from './mounts.ts';
import type { Parts, SandboxParts } from './parts.ts';
import { procTree } from './proc.ts';
import { capabilitiesOf, type ResolvedUser, resolveUser } from './users.ts';
import type { VolumeState } from './volume.ts';

export interface EnvironmentParts {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly image: CatalogueImage;
  readonly sandbox: SandboxParts;
  readonly parts: Parts;
  readonly terminationLog: Inode;
}

/** Processes that one container may have: a fork storm ends here. */
const mostProcesses = 1000;
/** Numbers that runc's own threads have used when the process starts. */
const runcThreads = 5;

/** What a container's processes live in: limits, files, network. */
export class Environment implements Surroundings, MountParts {
  readonly container: string;
  readonly namespace: PidNamespace;
  readonly cgroup: Cgroup;
  readonly files: FileSystem;
  readonly folder: string;
  readonly user: ResolvedUser;
  readonly quota: LayerQuota;
  readonly config: ContainerConfig;
  readonly image: CatalogueImage;
  readonly terminationLog: Inode;
  readonly #sandbox: SandboxParts;
  readonly #parts: Parts;
  #host: Host | undefined;

  /** Throws `RuntimeError` in runc's words. */
  constructor(from: EnvironmentParts, namespace: PidNamespace) {
    const { config, image, parts } = from;
    const { record } = image;
    this.container = from.id;
    this.namespace = namespace;
    this.config = config;
    this.image = image;
    this.terminationLog = from.terminationLog;
    this.quota = new LayerQuota(parts.memory.real);
    this.#sandbox = from.sandbox;
    this.#parts = parts;
    this.cgroup = new Cgroup(
      { ...config, pidsLimit: mostProcesses, oomGroupKill: parts.node.oomGroupKill },
      parts.cores,
      parts.memory,
      parts.clock.now(),
    );
    this.files = new FileSystem(overlayMount(image.tree(), config.readOnlyRootFilesystem, this.quota), this);
    this.folder = normal(config.workingDir ?? record.carpeta ?? '/');
    makeFolders(this.files, this.folder);
    const user = resolveUser(this.files, {
      image: record.usuario ?? '',
      uid: config.runAsUser,
      gid: config.runAsGroup,
      fsGroup: config.fsGroup,
      supplemental: config.supplementalGroups,
      bounding: this.#bounding,
    });
    if (user === undefined) {
      throw new RuntimeError(
        `unable to start container process: unable to find user ${record.usuario}: no matching entries in passwd file: unknown`,
      );
    }
    this.user = user;
  }

  /** The container has ended. */
  close(): void {
    this.cgroup.close();
    this.quota.keep(-this.quota.kept);
  }

  get clock(): Clock {
    return this.#parts.clock;
  }

  get random(): Random {
    return this.#parts.random;
  }

  get programs(): Programs {
    return this.#parts.programs;
  }

  get net(): NetworkInterface {
    return this.#sandbox.net;
  }

  get host(): Host {
    this.#host ??= new ContainerHost(this.config, this.image, this.#sandbox, this.#parts, this.cgroup);
    return this.#host;
  }

  get sandbox(): SandboxConfig {
    return this.#sandbox.config;
  }

  get ip(): string {
    return this.#sandbox.net.ip;
  }

  get node(): string {
    return this.#parts.node.name;
  }

  get shm(): VolumeState {
    return this.#sandbox.shm;
  }

  setHostname(name: string): void {
    this.#sandbox.hostname = name;
  }

  mountInto(files: FileSystem): void {
    mountContainer(files, this);
  }

  procTree(files: FileSystem): DirInode {
    const { config, namespace, net, host, container } = this;
    return procTree({
      ...{ host, processes: namespace.list, files, net, now: () => files.now(), bounding: this.#bounding },
      noNewPrivileges: config.noNewPrivileges === true,
      oomScoreAdj: config.oomScoreAdj,
      cgroupPath: `/kubepods.slice/cri-containerd-${container}.scope`,
      descriptors: (pid) =>
        new Map([...(namespace.get(pid)?.fds ?? [])].map(([fd, file]) => [fd, file.label])),
      rootOf: (pid) => {
        const of = namespace.get(pid)?.files.system;
        return of === undefined ? undefined : treeView(of, '/');
      },
      environmentOf: (process) => [...process.env].map(([name, value]) => `${name}=${value}\0`).join(''),
    });
  }

  sysTree(): DirInode {
    return sysTree(this.cgroup, () => this.members().map(({ pid }) => pid));
  }

  /** The container's own processes among those that it sees. */
  members(): readonly Process[] {
    return this.namespace.all().filter((one) => one.surroundings.container === this.container);
  }

  get #bounding(): bigint {
    return capabilitiesOf(this.config.privileged, this.config.capabilities);
  }
}

/** The disk of the node. */
const diskBytes = 40 * 1024 ** 3;

/** What a container writes over its image. */
class LayerQuota extends KeptTree implements Quota {
  used = 0;
  readonly limit = 0;

  grow(bytes: number): 'ENOSPC' | undefined {
    if (bytes > 0 && this.used + bytes > diskBytes) return 'ENOSPC';
    this.used = Math.max(0, this.used + bytes);
    return undefined;
  }
}

/** A process in a container, found and started as runc does. Throws `RuntimeError` in its words. */
export function startProcess(
  environment: Environment,
  command: readonly string[],
  env: () => ReadonlyMap<string, string>,
  fds: Map<number, OpenFile>,
): Process {
  const { files, user, folder, namespace } = environment;
  const view = new Files(files, folder, { ...user.cred, pid: 0 });
  if (command.length === 0) throw new RuntimeError('no command specified');
  const path = executable(view, command, env());
  let launch: Launch;
  try {
    launch = launchOf(view, path, command);
  } catch (error) {
    if (error instanceof Errno) throw execFailure(command[0] ?? '', error);
    throw error;
  }
  const process = new Process(namespace, environment, {
    args: launch.args,
    comm: launch.comm,
    env,
    cred: user.cred,
    files: (caller) => new Files(files, folder, caller),
    fds,
    parent: undefined,
    group: 0,
  });
  namespace.skip(runcThreads);
  process.run(() => startProgram(process, launch.program));
  return process;
}

/** The files of another process, mounts and all. */
function treeView(system: FileSystem, path: string): Inode | undefined {
  const root = { uid: 0, gid: 0, groups: [], capabilities: ~0n, pid: 0 };
  const { node } = system.walk(path, root, { follow: false });
  if (node?.kind !== 'dir' || node.virtual !== undefined) return node;
  const view = generatedDir({
    names: () => [...new Set([...namesOf(node, root), ...system.namesMountedIn(path)])],
    get: (name) => treeView(system, path === '/' ? `/${name}` : `${path}/${name}`),
  });
  return Object.assign(view, { mode: node.mode, uid: node.uid, gid: node.gid, mtimeMs: node.mtimeMs });
}

/** containerd makes the working directory when it is missing. */
function makeFolders(system: FileSystem, path: string): void {
  const files = new Files(system, '/', { uid: 0, gid: 0, groups: [], capabilities: ~0n, pid: 0 });
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
