import type { Clock } from '../../base/clock.ts';
import type { Attempt } from '../model.ts';
import type { World } from '../world.ts';

export interface CleanUp {
  /** Given when the script called `docker` in a world that does not look at it. */
  readonly dockerClock: Clock | undefined;
  readonly strike: () => Promise<void>;
  /** The text of what was played. */
  readonly played: string;
  /** The exercise had a whole cluster for itself. */
  readonly whole: boolean;
}

/**
 * Cleans as the learner's reset does, then what a proof makes with drawn names, and sees that nothing is left. What
 * cannot be cleaned is a problem of the lesson or of the world, and is told.
 */
export async function cleanUp(
  world: World,
  attempt: Attempt,
  { dockerClock, strike, played, whole }: CleanUp,
): Promise<readonly string[]> {
  try {
    // Without its masters a cluster takes no deletion either.
    if (whole) await world.putBack?.(new AbortController().signal);
    await world.clean(attempt.token);
    const { left } = await world.cleanProof(attempt, played);
    const again = await world.cleanProof(attempt, played);
    // A world without Docker cleans none of it, and yet a script may have called `docker`.
    const stray = dockerClock ? await strayContainers(world, attempt, dockerClock) : [];
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

/** A container whose process was just ended takes a moment to go (`--rm`). */
const goingTries = 10;
const goingMs = 300;

async function strayContainers(world: World, attempt: Attempt, clock: Clock): Promise<readonly string[]> {
  const drawn = Object.values(attempt.parameters).filter((one) => typeof one === 'string' && one.length > 5);
  const marks = [attempt.token, ...drawn.map(String)];
  const shell = await world.openShell(attempt);
  try {
    for (let tries = 1; ; tries++) {
      const { exitCode, output } = await shell.run("docker ps -a --format '{{.Names}} {{.Labels}}'", 10_000);
      const ours = output.split('\n').filter((line) => marks.some((mark) => line.includes(mark)));
      if (exitCode !== 0 || ours.length === 0) return [];
      if (tries >= goingTries) return ours.map((line) => line.split(' ', 1)[0] ?? '');
      await clock.sleep(goingMs);
    }
  } finally {
    await shell.close();
  }
}
