import { statfsSync } from 'node:fs';
import type { LinuxView, Unavailable } from '../../checks/backend.ts';
import { type CgroupMode, cgroupModeOf } from '../../checks/linux/cgroups.ts';
import { parseStatus } from '../../checks/linux/status.ts';
import { usernsFacts } from '../../checks/linux/userns.ts';
import { fileSystemName } from './file-systems.ts';
import { createHostLinux, runTool } from './host.ts';

/** What this Linux lets us do; what `curso doctor` and the choice of a world need to know. */
export interface LinuxFacts {
  readonly cgroup: CgroupMode;
  /** As `stat -f -c %T /sys/fs/cgroup` says. */
  readonly cgroupFileSystem: string;
  readonly kernel: string;
  readonly wsl: boolean;
  readonly uid: number;
  /** Root with the capability that namespaces and mounts need: root in an ordinary container lacks it. */
  readonly fullRoot: boolean;
  readonly userns: {
    /** `unshare -Ur true` was tried, and worked. */
    readonly works: boolean;
    /** The sysctl which forbids it, when one does. */
    readonly blockedBy?: 'apparmor' | 'debian' | 'limit' | 'other';
  };
  /** Tools found, of those that lessons use. */
  readonly tools: { readonly [name in LinuxTool]: boolean };
  /** Controllers of the cgroup that systemd gave this user (`user@UID.service`); empty without one, and in v1. */
  readonly delegatedControllers: readonly string[];
}

const linuxTools = [
  'unshare',
  'nsenter',
  'ip',
  'mount',
  'chroot',
  'pivot_root',
  'busybox',
  'ipcmk',
  'ss',
  'sudo',
] as const;
export type LinuxTool = (typeof linuxTools)[number];

/** CAP_SYS_ADMIN of include/uapi/linux/capability.h. */
const capSysAdmin = 1n << 21n;

/** Looks at this machine; it takes about 20 ms, most of it one try of `unshare`. Only call it on Linux. */
export async function linuxFacts(
  view: LinuxView = createHostLinux({ rung: 'root' }),
  tryTool: typeof runTool = runTool,
): Promise<LinuxFacts> {
  const text = async (path: string) => {
    const read = await view.read(path);
    return read.ok ? read.value.trim() : '';
  };
  const kernel = await text('/proc/sys/kernel/osrelease');
  const status = parseStatus(await text('/proc/self/status'));
  const uid = Number(status.get('Uid')?.split(/\s+/)[0] ?? -1);
  const capabilities = BigInt(`0x${status.get('CapEff') ?? '0'}`);
  const tools = {} as { [name in LinuxTool]: boolean };
  for (const tool of linuxTools) tools[tool] = await hasTool(view, tool);
  const cgroup = await cgroupModeOf(view);
  return {
    cgroup,
    cgroupFileSystem: cgroupFileSystem(),
    kernel,
    wsl: /microsoft/i.test(kernel),
    uid,
    fullRoot: uid === 0 && (capabilities & capSysAdmin) !== 0n,
    userns: await tryUserNamespace(view, tryTool),
    tools,
    delegatedControllers: cgroup === 'v2' ? await delegatedControllers(view, uid) : [],
  };
}

/**
 * The group belongs to the user even when this process is elsewhere: over ssh and on a tty it is in `session-N.scope`,
 * and `systemd-run --user` works all the same. Older systemd (before 252) hands over `pids` and `memory`, not `cpu`.
 */
async function delegatedControllers(view: LinuxView, uid: number): Promise<readonly string[]> {
  const group = `/sys/fs/cgroup/user.slice/user-${uid}.slice/user@${uid}.service`;
  const [facts, controllers] = await Promise.all([
    view.stat(group),
    view.read(`${group}/cgroup.controllers`),
  ]);
  if (!facts.ok || facts.value.uid !== uid || !controllers.ok) return [];
  return controllers.value.split(/\s+/).filter((name) => name !== '');
}

const toolFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

async function hasTool(view: LinuxView, tool: string): Promise<boolean> {
  for (const folder of toolFolders) if ((await view.stat(`${folder}/${tool}`)).ok) return true;
  return false;
}

function cgroupFileSystem(): string {
  try {
    return fileSystemName(statfsSync('/sys/fs/cgroup').type);
  } catch {
    return '';
  }
}

/**
 * The switches alone do not tell: AppArmor profiles make exceptions, and containers forbid it by seccomp. So it is
 * tried, as a learner would: the new root must also be able to use its namespaces.
 */
async function tryUserNamespace(view: LinuxView, tryTool: typeof runTool): Promise<LinuxFacts['userns']> {
  const tried = await tryTool(['unshare', '-Ur', '--uts', 'true'], 2_000);
  if (tried.ok && tried.value.exitCode === 0) return { works: true };
  const switches = await usernsFacts(view);
  if (switches.restringidos) return { works: false, blockedBy: 'apparmor' };
  const debian = await view.read('/proc/sys/kernel/unprivileged_userns_clone', 8);
  if (debian.ok && debian.value.trim() === '0') return { works: false, blockedBy: 'debian' };
  const most = await view.read('/proc/sys/user/max_user_namespaces', 16);
  if (most.ok && most.value.trim() === '0') return { works: false, blockedBy: 'limit' };
  return { works: false, blockedBy: 'other' };
}

/** Why a person without root cannot use namespaces here, and the ways out that leave the machine's defences alone. */
export function usernsAdvice(blockedBy: LinuxFacts['userns']['blockedBy']): Unavailable {
  const reasons = {
    apparmor:
      'Este Linux restringe los user namespaces sin privilegios (AppArmor, como Ubuntu 23.10 y posteriores).',
    debian:
      'Este Linux no deja crear user namespaces sin privilegios (`kernel.unprivileged_userns_clone=0`).',
    limit: 'Este Linux no deja crear user namespaces (`user.max_user_namespaces=0`).',
    other: 'Aquí no se pueden crear user namespaces: quizá estás dentro de un contenedor.',
  };
  return {
    reason: 'linux-userns-restricted',
    why: reasons[blockedBy ?? 'other'],
    next: 'No apagues esa protección: abre el curso con `sudo -E curso`, o arranca Docker y el curso usará una estación de trabajo.',
  };
}
