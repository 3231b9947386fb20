import { explainSystemError, removeTree } from '../../base/files.ts';
import type { AttemptStore } from '../../course/attempts.ts';
import type { ChooseWorld, CleanReport, World } from '../../course/world.ts';

/** Ends and removes what carries a token; trouble becomes a line of the report. */
export async function cleanToken(world: World, token: string): Promise<CleanReport> {
  try {
    return await world.clean(token);
  } catch (error) {
    return { removed: [], left: [`algo no se pudo limpiar: ${explainSystemError(error)}`] };
  }
}

/** What removes a work folder that could not be removed. With something mounted inside, `rm` would be a catastrophe. */
export function folderRemedy(folder: string, mounted: readonly string[]): string {
  const sudo = process.geteuid?.() === 0 ? '' : 'sudo ';
  if (mounted.length === 0) return `Bórrala con \`${sudo}rm -rf '${folder}'\`.`;
  const commands = mounted.map((point) => `\`${sudo}umount '${point}'\``).join(', ');
  return `Desmonta primero (${commands}) y repite la orden. No la borres con \`rm\` antes: se llevaría lo montado.`;
}

/**
 * Finishes what a killed run left half-way: tokens that were retired and never cleaned. Costs one directory listing
 * when there are none. A token stays listed while Docker is there but does not answer.
 */
export async function finishLeftovers(
  attempts: AttemptStore,
  chooseWorld: ChooseWorld,
  signal: AbortSignal,
): Promise<CleanReport> {
  const leftovers = await attempts.leftovers();
  if (leftovers.length === 0) return { removed: [], left: [] };
  const world = await chooseWorld({ world: 'docker' }, signal);
  // Not started for this: one that stands still uses nothing, and goes whole with `curso limpiar`.
  const cluster = await chooseWorld({ world: 'cluster' }, signal);
  const reports: CleanReport[] = [];
  for (const { token, exerciseId } of leftovers) {
    reports.push(await cleanToken(world, token));
    if (cluster.begin !== undefined) reports.push(await cleanToken(cluster, token));
    const gone = await removeTree(attempts.folder({ exerciseId, token }));
    const { docker } = world.facts.missing;
    if (gone.kept && (docker === undefined || docker.reason === 'docker-missing'))
      await attempts.cleaned(token);
  }
  return {
    removed: reports.flatMap(({ removed }) => removed),
    left: reports.flatMap(({ left }) => left),
  };
}
