import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { connectDocker } from '../../backends/docker/connect.ts';
import { describe, listNamed, removalCommand } from '../../backends/docker/scene.ts';
import { drawnNames } from '../../backends/world/drawn-names.ts';
import { hierarchies } from '../../checks/linux/cgroups.ts';
import { parseMountinfo } from '../../checks/linux/mounts.ts';
import type { Attempt, Exercise } from '../../course/model.ts';
import type { ExerciseSetup } from './workbench.ts';

/**
 * What carries one of the attempt's random names and was made by the learner: named, with the command that removes it,
 * and never touched. One Spanish line each; what cannot be looked at now is not there.
 */
export async function learnerLeftovers(
  attempt: Attempt,
  world: Exercise['world'],
  { clock, env, platform }: Pick<ExerciseSetup, 'clock' | 'env' | 'platform'>,
): Promise<readonly string[]> {
  const names = drawnNames(attempt);
  if (names.length === 0 || world === 'nada') return [];
  const onLinux = world === 'linux' && platform === 'linux' ? linuxLeftovers(names) : [];
  const connected = world === 'docker' ? await connectDocker({ clock, env }) : undefined;
  const inDocker = connected?.ok ? await listNamed(connected.engine, names).catch(() => []) : [];
  return [
    ...onLinux,
    ...inDocker.map((object) => `${describe(object)}: se quita con \`${removalCommand(object)}\``),
  ];
}

function linuxLeftovers(names: readonly string[]): readonly string[] {
  const sudo = process.geteuid?.() === 0 ? '' : 'sudo ';
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const named = (text: string) => names.some((name) => text.includes(name));
  const mounted = mounts.filter(({ point, type }) => type !== 'cgroup' && named(point)).reverse();
  const roots = [...hierarchies(mounts).map(({ point }) => point), '/sys/fs/cgroup'];
  const groups = roots
    .flatMap((root) => names.map((name) => path.join(root, name)))
    .filter((group) => existsSync(group));
  const networks = entries('/run/netns').filter(named);
  const ends = names.map((name) => name.slice(name.lastIndexOf('-')));
  const interfaces = entries('/sys/class/net').filter((name) => ends.some((end) => name.endsWith(end)));
  const folders = names.map((name) => `/tmp/${name}`).filter((folder) => existsSync(folder));
  return [
    ...mounted.map(({ point }) => `el montaje ${point}: se quita con \`${sudo}umount '${point}'\``),
    ...[...new Set(groups)].map(
      (group) => `el cgroup ${group}: cuando esté vacío, se quita con \`${sudo}rmdir ${group}\``,
    ),
    ...networks.map((name) => `el namespace de red ${name}: se quita con \`${sudo}ip netns delete ${name}\``),
    ...interfaces.map((name) => `la interfaz ${name}: se quita con \`${sudo}ip link delete ${name}\``),
    ...folders.map(
      (folder) => `la carpeta ${folder}: si no hay nada montado dentro, se quita con \`rm -r ${folder}\``,
    ),
  ];
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
