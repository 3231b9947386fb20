import type { LinuxView } from '../backend.ts';
import { type Hierarchy, hierarchies } from './cgroups.ts';
import { type CgroupFiles, filesOf } from './limits.ts';
import { mountAt, mountsOf } from './mounts.ts';

/** A directory found in one hierarchy. */
export interface Group {
  readonly version: 'v1' | 'v2';
  readonly path: string;
  /** v1: those of its hierarchy; v2: those its `cgroup.controllers` names. */
  readonly controllers: readonly string[];
  readonly processes: readonly number[];
  readonly files: CgroupFiles;
}

/**
 * `user.slice/user-1000.slice/user@1000.service/app.slice/app-term.slice/tab.scope/grupo/pan-7f3c`: a group made by
 * hand inside one's own terminal.
 */
const maxDepth = 8;
const maxDirectories = 3_000;

/**
 * Directories called `name` (or, as systemd names them, `name.scope`, `.service`, `.slice`), the one with the most to
 * say first. `controller` '' means all.
 */
export async function findGroups(
  view: LinuxView,
  name: string,
  controller: string,
): Promise<readonly Group[]> {
  if (name === '' || name.includes('/')) return [];
  const wanted = new Set([name, `${name}.scope`, `${name}.service`, `${name}.slice`]);
  const searched = hierarchies(await mountsOf(view, 'self')).filter(
    (one) => controller === '' || one.version === 'v2' || one.controllers.includes(controller),
  );
  const found = await Promise.all(
    searched.map(async (hierarchy) => {
      const path = await findDirectory(view, hierarchy, wanted);
      return path === undefined ? undefined : readGroup(view, hierarchy, path);
    }),
  );
  const groups = new Map<string, Group>();
  // By path, since a container may show the same hierarchy through two mounts.
  for (const group of found)
    if (group !== undefined && (controller === '' || group.controllers.includes(controller)))
      groups.set(group.path, group);
  // In hybrid mode the v2 tree has no controllers: whatever limits exist are in v1.
  return [...groups.values()].sort((a, b) => rank(b) - rank(a));
}

function rank(group: Group): number {
  const useful = group.controllers.some((name) => ['pids', 'memory', 'cpu'].includes(name)) ? 2 : 0;
  return useful + (group.processes.length > 0 ? 1 : 0);
}

/** Breadth first, so that of two equal names the shallower wins. */
async function findDirectory(
  view: LinuxView,
  hierarchy: Hierarchy,
  wanted: ReadonlySet<string>,
): Promise<string | undefined> {
  let level = [hierarchy.point];
  let visited = 0;
  for (let depth = 1; depth <= maxDepth && level.length > 0; depth++) {
    const next: string[] = [];
    visited += level.length;
    if (visited > maxDirectories) return undefined;
    const listings = await Promise.all(level.map((directory) => view.list(directory)));
    for (const [index, names] of listings.entries()) {
      if (!names.ok) continue;
      for (const name of names.value) {
        if (isInterfaceFile(name)) continue;
        const path = `${level[index]}/${name}`;
        if (wanted.has(name) && (await view.list(path)).ok) return path;
        next.push(path);
      }
    }
    level = next;
  }
  return undefined;
}

/** Files that the kernel puts in each directory; `list` does not say what is a directory, and asking is slow. */
function isInterfaceFile(name: string): boolean {
  return (
    /^(cgroup|cpu|cpuset|cpuacct|memory|io|blkio|pids|rdma|misc|dmem|hugetlb|devices|freezer|net_cls|net_prio|perf_event|irq)\./.test(
      name,
    ) || ['tasks', 'notify_on_release', 'release_agent'].includes(name)
  );
}

async function readGroup(view: LinuxView, hierarchy: Hierarchy, path: string): Promise<Group> {
  const [present, members] = await Promise.all([view.list(path), view.read(`${path}/cgroup.procs`)]);
  const wanted = filesOf(hierarchy).filter((name) => present.ok && present.value.includes(name));
  const texts = await Promise.all(wanted.map((name) => view.read(`${path}/${name}`, 8192)));
  const files: { [name: string]: string } = {};
  for (const [index, text] of texts.entries()) {
    const name = wanted[index];
    if (name !== undefined && text.ok) files[name] = text.value.trim();
  }
  return {
    version: hierarchy.version,
    path,
    controllers:
      hierarchy.version === 'v1'
        ? hierarchy.controllers
        : (files['cgroup.controllers'] ?? '').split(' ').filter((one) => one !== ''),
    processes: members.ok
      ? members.value
          .split('\n')
          .filter((line) => line !== '')
          .map(Number)
      : [],
    files,
  };
}

/** The slip of v1: a folder of that name in the tmpfs that holds the controllers, or in the working folder. */
export async function findOutside(
  view: LinuxView,
  name: string,
  folder: string,
): Promise<string | undefined> {
  if (name === '' || name.includes('/')) return undefined;
  const base = mountAt(await mountsOf(view, 'self'), '/sys/fs/cgroup')?.type;
  const places = [...(base === 'cgroup2' ? [] : [`/sys/fs/cgroup/${name}`]), `${folder}/${name}`];
  for (const place of places) {
    const facts = await view.stat(place);
    if (facts.ok && facts.value.type === 'directory') return place;
  }
  return undefined;
}
