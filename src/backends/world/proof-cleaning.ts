import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { hierarchies } from '../../checks/linux/cgroups.ts';
import { parseMountinfo } from '../../checks/linux/mounts.ts';
import type { Attempt } from '../../course/model.ts';
import type { CleanReport } from '../../course/world.ts';
import { runTool } from '../linux/host.ts';
import { drawnNames } from './drawn-names.ts';

/**
 * What the scripts of a proof may leave on a Linux besides processes and Docker objects: mounts, cgroups, interfaces,
 * network namespaces and folders of /tmp. Only what carries a name drawn for this very attempt is touched, so on a
 * learner's machine nobody else's can be hit. Idempotent.
 */
export async function cleanProofHost(attempt: Attempt, folder: string, clock: Clock): Promise<CleanReport> {
  if (process.platform !== 'linux') return { removed: [], left: [] };
  const names = drawnNames(attempt);
  const removed: string[] = [];
  const left: string[] = [];
  await removeMounts(names, folder, removed, left);
  await removeGroups(names, clock, removed, left);
  await removeNetworks(names, removed, left);
  removeTemporaries(names, removed);
  await restoreHostname(names, removed, left);
  return { removed, left };
}

function mentions(text: string, names: readonly string[]): boolean {
  return names.some((name) => text.includes(name));
}

function readMounts() {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

async function removeMounts(
  names: readonly string[],
  folder: string,
  removed: string[],
  left: string[],
): Promise<void> {
  const isOurs = (point: string) => point.startsWith(`${folder}/`) || mentions(point, names);
  // Innermost first; a lazy unmount also works while something still holds it.
  for (const mount of readMounts()
    .filter((one) => isOurs(one.point) && one.type !== 'cgroup')
    .reverse()) {
    if (mount.point.startsWith('/var/lib/docker/') || mount.point.startsWith('/run/netns/')) continue;
    const done = await runTool(['umount', '-l', mount.point]);
    (done.ok && done.value.exitCode === 0 ? removed : left).push(`el montaje ${mount.point}`);
  }
}

async function removeGroups(
  names: readonly string[],
  clock: Clock,
  removed: string[],
  left: string[],
): Promise<void> {
  const points = hierarchies(readMounts()).map((hierarchy) => hierarchy.point);
  for (const point of [...new Set([...points, '/sys/fs/cgroup'])])
    for (const name of names) {
      const path = `${point}/${name}`;
      if (!existsSync(path)) continue;
      // A group stays busy for a moment after its last process died.
      for (let tries = 0; tries < 25 && existsSync(path); tries++) {
        removeTreeOfGroups(path);
        if (existsSync(path)) await clock.sleep(20);
      }
      (existsSync(path) ? left : removed).push(`el cgroup ${path}`);
    }
}

/** A cgroup directory goes away with rmdir, its files included; its children first. */
function removeTreeOfGroups(path: string): void {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removeTreeOfGroups(`${path}/${entry.name}`);
    rmdirSync(path);
  } catch {
    // Still busy: the caller tries again.
  }
}

async function removeNetworks(names: readonly string[], removed: string[], left: string[]): Promise<void> {
  const netns = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  for (const name of netns.filter((one) => mentions(one, names))) {
    const done = await runTool(['ip', 'netns', 'delete', name]);
    (done.ok && done.value.exitCode === 0 ? removed : left).push(`el namespace de red ${name}`);
  }
  // Interface names hold 15 characters, so scripts use the random end of the name: `ve-7f3c`.
  const ends = names.map((name) => name.slice(name.lastIndexOf('-')));
  const interfaces = existsSync('/sys/class/net') ? readdirSync('/sys/class/net') : [];
  for (const name of interfaces.filter(
    (one) => mentions(one, names) || ends.some((end) => one.endsWith(end)),
  )) {
    if (!existsSync(`/sys/class/net/${name}`)) continue; // It went with its other end.
    const done = await runTool(['ip', 'link', 'delete', name]);
    // The kernel takes a dead namespace apart on its own time, and its cables with it.
    const gone = (done.ok && done.value.exitCode === 0) || !existsSync(`/sys/class/net/${name}`);
    (gone ? removed : left).push(`la interfaz ${name}`);
  }
}

function removeTemporaries(names: readonly string[], removed: string[]): void {
  const mounted = readMounts().map((mount) => mount.point);
  for (const name of names) {
    const path = `/tmp/${name}`;
    // Never through a mount that could not be undone: what is behind it is not ours.
    if (!existsSync(path) || mounted.some((point) => point === path || point.startsWith(`${path}/`)))
      continue;
    rmSync(path, { recursive: true, force: true });
    removed.push(`la carpeta ${path}`);
  }
}

/** The slip of 1.4: renaming the machine itself. The name to go back to is in /etc/hostname. */
async function restoreHostname(names: readonly string[], removed: string[], left: string[]): Promise<void> {
  const now = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  if (!names.includes(now)) return;
  const before = existsSync('/etc/hostname') ? readFileSync('/etc/hostname', 'utf8').trim() : '';
  const done = await runTool(['hostname', before === '' ? 'localhost' : before]);
  (done.ok && done.value.exitCode === 0 ? removed : left).push(`el nombre de máquina ${now}`);
}
