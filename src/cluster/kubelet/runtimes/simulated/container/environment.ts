import { type ContainerConfig, RuntimeError } from '../../../runtime.ts';
import type { Quota } from '../fs/content.ts';
import { Errno } from '../fs/errno.ts';
import type { FileSystem } from '../fs/file-system.ts';
import { Files } from '../fs/files.ts';
import { generatedDir, type Inode, namesOf } from '../fs/inode.ts';
import { normal } from '../fs/paths.ts';
import type { CatalogueImage } from '../images/catalogue.ts';
import { startProgram } from '../process/calls.ts';
import { Cgroup } from '../process/cgroup.ts';
import { type Launch, launchOf } from '../process/launch.ts';
import type { OpenFile } from '../process/open-file.ts';
import { type PidNamespace, Process } from '../process/process.ts';
import type { Surroundings } from '../process/surroundings.ts';
import type { Host } from '../process/syscalls.ts';
import { sysTree } from './cgroup-files.ts';
import { execFailure, executable } from './command.ts';
import { containerFiles } from './mounts.ts';
import type { Parts, SandboxParts } from './parts.ts';
import { procTree } from './proc.ts';
import { capabilitiesOf, type ResolvedUser, resolveUser } from './users.ts';

/** What a container's processes live in. */
export interface Environment {
  readonly namespace: PidNamespace;
  readonly cgroup: Cgroup;
  readonly surroundings: Surroundings;
  readonly files: FileSystem;
  readonly user: ResolvedUser;
  readonly folder: string;
}

export interface EnvironmentParts {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly image: CatalogueImage;
  readonly sandbox: SandboxParts;
  readonly parts: Parts;
  readonly quota: Quota;
  readonly terminationLog: Inode;
}

/** Processes that one container may have: a fork storm ends here. */
const mostProcesses = 1000;
/** Numbers that runc's own threads have used when the process starts. */
const runcThreads = 5;

/** Limits, files and user of a container that starts. Throws `RuntimeError` in runc's words. */
export function makeEnvironment(from: EnvironmentParts, namespace: PidNamespace): Environment {
  const { config, id, parts, sandbox } = from;
  const { record } = from.image;
  const cgroup = new Cgroup(
    { ...config, pidsLimit: mostProcesses, oomGroupKill: parts.node.oomGroupKill },
    parts.cores,
    parts.clock.now(),
  );
  const host = hostOf(from, cgroup);
  const surroundings: Surroundings = {
    ...{ container: id, clock: parts.clock, random: parts.random, cgroup, net: sandbox.net, host },
    programs: parts.programs,
    setHostname: (name) => {
      sandbox.hostname = name;
    },
  };
  const bounding = capabilitiesOf(config.privileged, config.capabilities);
  const files = filesOf(from, namespace, bounding, cgroup, host);
  const folder = normal(config.workingDir ?? record.carpeta ?? '/');
  makeFolders(files, folder);
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
  return { namespace, cgroup, surroundings, files, user, folder };
}

/** A process in a container, found and started as runc does. Throws `RuntimeError` in its words. */
export function startProcess(
  environment: Environment,
  command: readonly string[],
  env: ReadonlyMap<string, string>,
  fds: Map<number, OpenFile>,
): Process {
  const { files, user, folder, namespace, surroundings } = environment;
  const view = new Files(files, folder, () => ({ ...user.cred, pid: 0 }));
  if (command.length === 0) throw new RuntimeError('no command specified');
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
    parent: undefined,
    group: 0,
  });
  namespace.skip(runcThreads);
  process.run(() => startProgram(process, launch.program));
  return process;
}

/** A container's own processes among those that it sees. */
export function membersOf(namespace: PidNamespace | undefined, container: string): readonly Process[] {
  return namespace?.all().filter((one) => one.surroundings.container === container) ?? [];
}

function hostOf({ config, image, sandbox, parts }: EnvironmentParts, cgroup: Cgroup): Host {
  const { node, bootedAtMs } = parts;
  return {
    get hostname() {
      return sandbox.hostname;
    },
    ...{ domainname: sandbox.config.domainname, node: node.name, kernel: node.kernel, cpus: node.cpus },
    architecture: node.architecture === 'arm64' ? 'aarch64' : 'x86_64',
    ...{ memoryBytes: node.memoryBytes, bootedAtMs, flavour: image.flavour },
    behaviour: image.record.comportamiento ?? {},
    memoryLimitBytes: config.memoryLimitBytes,
    memoryUsed: () => cgroup.memory,
  };
}

function filesOf(
  { id, config, image, sandbox, parts, quota, terminationLog }: EnvironmentParts,
  namespace: PidNamespace,
  bounding: bigint,
  cgroup: Cgroup,
  host: Host,
): FileSystem {
  const now = () => parts.clock.now();
  const mounts = {
    ...{ root: image.tree(), config, sandbox: sandbox.config, ip: sandbox.net.ip, node: parts.node.name },
    ...{ cgroup, quota, now, terminationLog, shm: sandbox.shm },
  };
  return containerFiles(mounts, (system) => ({
    proc: () =>
      procTree({
        ...{ host, processes: namespace.list, files: system, net: sandbox.net, now, bounding },
        noNewPrivileges: config.noNewPrivileges === true,
        oomScoreAdj: config.oomScoreAdj,
        cgroupPath: `/kubepods.slice/cri-containerd-${id}.scope`,
        descriptors: (pid) =>
          new Map([...(namespace.get(pid)?.fds ?? [])].map(([fd, file]) => [fd, file.label])),
        rootOf: (pid) => {
          const of = namespace.get(pid)?.files.system;
          return of === undefined ? undefined : treeView(of, '/');
        },
        environmentOf: (process) => [...process.env].map(([name, value]) => `${name}=${value}\0`).join(''),
      }),
    sys: () => sysTree(cgroup, () => membersOf(namespace, id).map(({ pid }) => pid)),
  }));
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
