import { type LinuxView, type NamespaceName, namespaceNames } from '../backend.ts';
import { type Hierarchy, hierarchies } from './cgroups.ts';
import { mountsOf } from './mounts.ts';
import { type ProcessStat, parseStat } from './status.ts';

/** Inode of each namespace as `/proc/<pid>/ns/*` shows it: `{uts: '4026531838'}`. */
export type NamespaceInodes = { readonly [name in NamespaceName]?: string };

/** A process worth looking at, with what it costs little to know. */
export interface Process extends ProcessStat {
  /** Empty when we may not read them. */
  readonly namespaces: NamespaceInodes;
  /** False when its namespaces belong to another user and we are not root. */
  readonly readable: boolean;
}

export interface Scan {
  /** By pid; kernel threads and the dead left out. */
  readonly processes: ReadonlyMap<number, Process>;
  /** Namespaces of the process that stands for "the host". */
  readonly host: NamespaceInodes;
  /** Boot time in ms since the Unix epoch; 0 when unknown. */
  readonly bootedAtMs: number;
  /** Mounted cgroup hierarchies. */
  readonly hierarchies: readonly Hierarchy[];
}

/** Never more than this many processes are looked at; machines of learners have hundreds. */
const maxProcesses = 5_000;

/** Everything is asked for at once: a station answers a hundred questions in the time of one. */
export async function scanProcesses(view: LinuxView): Promise<Scan> {
  const names = await view.list('/proc');
  const pids = names.ok ? names.value.filter((name) => /^\d+$/.test(name)).slice(0, maxProcesses) : [];
  const [found, host, booted, mounts] = await Promise.all([
    Promise.all(pids.map((pid) => processOf(view, Number(pid)))),
    namespacesOf(view, view.selfPid),
    bootedAtMs(view),
    mountsOf(view, 'self'),
  ]);
  return {
    processes: new Map(found.flatMap((one) => (one === undefined ? [] : [[one.pid, one]]))),
    host: typeof host === 'string' ? {} : host,
    bootedAtMs: booted,
    hierarchies: hierarchies(mounts),
  };
}

async function processOf(view: LinuxView, pid: number): Promise<Process | undefined> {
  const text = await view.read(`/proc/${pid}/stat`, 4096);
  const stat = text.ok ? parseStat(text.value) : undefined;
  if (stat === undefined || stat.kernelThread || stat.state === 'X') return undefined;
  const namespaces = await namespacesOf(view, pid);
  if (namespaces === 'gone') return undefined;
  const readable = namespaces !== 'unreadable';
  return { ...stat, readable, namespaces: readable ? namespaces : {} };
}

async function namespacesOf(view: LinuxView, pid: number): Promise<NamespaceInodes | 'gone' | 'unreadable'> {
  const inodes: { [name in NamespaceName]?: string } = {};
  const links = await Promise.all(namespaceNames.map((name) => view.readlink(`/proc/${pid}/ns/${name}`)));
  for (const [index, link] of links.entries()) {
    const name = namespaceNames[index];
    if (name === undefined) continue;
    // An old kernel lacks `time` or `cgroup`, and a zombie has left its namespaces: that is not an error.
    if (link.ok) inodes[name] = /\[(\d+)\]/.exec(link.value)?.[1] ?? link.value;
    else if (link.error === 'EACCES' || link.error === 'EPERM') return 'unreadable';
    else if (link.error === 'ESRCH') return 'gone';
  }
  return inodes;
}

/** Namespaces in which a process differs from the host; a namespace we could not compare does not count. */
export function ownNamespaces(process: Process, host: NamespaceInodes): readonly NamespaceName[] {
  return namespaceNames.filter((name) => {
    const its = process.namespaces[name];
    return its !== undefined && host[name] !== undefined && its !== host[name];
  });
}

async function bootedAtMs(view: LinuxView): Promise<number> {
  const stat = await view.read('/proc/stat', 256 * 1024);
  const seconds = stat.ok ? /^btime (\d+)$/m.exec(stat.value)?.[1] : undefined;
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}

/** Clock ticks of `/proc/<pid>/stat` are hundredths of a second on every platform we run on. */
export function startedAtMs(process: ProcessStat, scan: Scan): number {
  return scan.bootedAtMs + process.startTicks * 10;
}

/** The chain of parents, nearest first. */
export function ancestorsOf(pid: number, scan: Scan): readonly Process[] {
  const chain: Process[] = [];
  const seen = new Set<number>([pid]);
  let parent = scan.processes.get(pid)?.parent ?? 0;
  while (parent > 0 && !seen.has(parent)) {
    seen.add(parent);
    const process = scan.processes.get(parent);
    if (process === undefined) break;
    chain.push(process);
    parent = process.parent;
  }
  return chain;
}

/** Value of a variable in the environment with which a process started; undefined when absent or unreadable. */
export async function environmentValue(
  view: LinuxView,
  pid: number,
  name: string,
): Promise<string | undefined> {
  const environment = await view.read(`/proc/${pid}/environ`, 256 * 1024);
  if (!environment.ok) return undefined;
  const entry = environment.value.split('\0').find((one) => one.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}
