import type { Attempt } from '../model.ts';
import type { World } from '../world.ts';

/**
 * Cleans as the learner's reset does, then what a proof makes with drawn names, and sees that nothing is left. What
 * cannot be cleaned is a problem of the lesson or of the world, and is told.
 */
export async function cleanUp(
  world: World,
  attempt: Attempt,
  callsDocker: boolean,
  strike: () => Promise<void>,
): Promise<readonly string[]> {
  try {
    await world.clean(attempt.token);
    const { left } = await world.cleanProof(attempt);
    const again = await world.cleanProof(attempt);
    // A world without Docker cleans none of it, and yet a script may have called `docker`.
    const stray = callsDocker ? await strayContainers(world, attempt) : [];
    await strike();
    return [
      ...stray.map((name) => `Quedó el contenedor ${name}; bórralo con \`docker rm -f ${name}\`.`),
      ...left.map((thing) => `Al limpiar quedó: ${thing}.`),
      ...again.removed.map((thing) => `Limpiar dos veces encontró de nuevo: ${thing}.`),
    ];
  } catch (error) {
    return [`No se pudo limpiar: ${error instanceof Error ? error.message : String(error)}.`];
  }
}

async function strayContainers(world: World, attempt: Attempt): Promise<readonly string[]> {
  const shell = await world.openShell(attempt);
  try {
    const { exitCode, output } = await shell.run("docker ps -a --format '{{.Names}} {{.Labels}}'", 10_000);
    const drawn = Object.values(attempt.parameters).filter(
      (one) => typeof one === 'string' && one.length > 5,
    );
    const marks = [attempt.token, ...drawn.map(String)];
    const ours = output.split('\n').filter((line) => marks.some((mark) => line.includes(mark)));
    return exitCode === 0 ? ours.map((line) => line.split(' ', 1)[0] ?? '') : [];
  } finally {
    await shell.close();
  }
}
