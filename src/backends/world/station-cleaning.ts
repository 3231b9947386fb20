import type { Attempt } from '../../course/model.ts';
import type { CleanReport } from '../../course/world.ts';
import { openChannel } from '../docker/channel.ts';
import type { Engine } from '../docker/engine.ts';
import { findStation, removeStation } from '../docker/station.ts';
import { drawnNames } from './drawn-names.ts';

const scriptTimeoutMs = 10_000;

/**
 * Ends what carries the token inside the station and, for a proof, removes the cgroups with its names and the station
 * itself, with every mount, interface and host name in it. Does nothing when there is no station.
 */
export async function cleanStation(
  engine: Engine,
  name: string,
  token: string,
  proofs: readonly Attempt[],
): Promise<CleanReport> {
  const station = await findStation(engine, name);
  if (station === undefined || !/^[0-9a-f]{4,32}$/.test(token)) return { removed: [], left: [] };
  const channel = await openChannel(engine, station.container);
  const removed: string[] = [];
  const left: string[] = [];
  try {
    const listed = await channel.run(findMarked(token), scriptTimeoutMs);
    const found = lines(listed.output);
    if (found.length > 0) await channel.run(endMarked(token), scriptTimeoutMs);
    const remaining = new Set(lines((await channel.run(findMarked(token), scriptTimeoutMs)).output));
    for (const line of found)
      (remaining.has(line) ? left : removed).push(`el proceso ${line} de la estación`);
    const names = proofs.flatMap(drawnNames);
    if (names.length > 0) {
      const groups = await channel.run(removeGroups(names), scriptTimeoutMs);
      removed.push(...lines(groups.output).map((group) => `el cgroup ${group} de la estación`));
    }
  } finally {
    await channel.close();
  }
  if (proofs.length > 0 && (await removeStation(engine, name))) removed.push('la estación de trabajo');
  return { removed, left };
}

function lines(output: Buffer): readonly string[] {
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** Prints `pid (name)` of each process with the token in its environment. */
function findMarked(token: string): string {
  return `${eachMarked(token)} echo "$pid ($(cat /proc/$pid/comm 2>/dev/null))"; done`;
}

/** Asks, waits a little, insists, and waits until they are gone. Each time it looks at the token again. */
function endMarked(token: string): string {
  const wait = `for turn in 1 2 3 4 5 6 7 8 9 10; do left=; ${eachMarked(token)} left=1; done; [ -z "$left" ] && break; sleep 0.05; done`;
  return [
    `${eachMarked(token)} kill -TERM "$pid"; done`,
    wait,
    `${eachMarked(token)} kill -KILL "$pid"; done`,
    wait,
  ].join('\n');
}

/** The first half of a loop over them, found by one process; the caller writes what to do and `done`. */
function eachMarked(token: string): string {
  const files = `grep -slzx 'CURSO_INTENTO=${token}' /proc/[0-9]*/environ`;
  return `for file in $(${files}); do pid=\${file#/proc/}; pid=\${pid%/environ};`;
}

function removeGroups(names: readonly string[]): string {
  const tests = names.map((name) => `-name '${name}'`).join(' -o ');
  return `find /sys/fs/cgroup -depth -type d \\( ${tests} \\) 2>/dev/null | while read -r group; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; [ -d "$group" ] || echo "$group"; done`;
}
