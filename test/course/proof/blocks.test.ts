import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { proveBlocks, worldOfBlocks } from '../../../src/course/proof/blocks.ts';
import { InstantClock } from '../../helpers/fakeClock.ts';
import { memoryWorld } from '../../helpers/memoryWorld.ts';

function prove(...codes: string[]) {
  const world = memoryWorld();
  const problems = proveBlocks({
    lessonId: 'X',
    blocks: codes.map((code, index) => ({ code, line: 10 * (index + 1) })),
    world,
    stage: world.stage,
    clock: new InstantClock(),
    random: seededRandom(1),
    signal: new AbortController().signal,
  });
  return { world, problems };
}

describe('runnable blocks of a lesson', () => {
  it('are run in order in one shell, and cleaned', async () => {
    const { world, problems } = prove('pon a.txt hola', 'lee a.txt');
    expect(await problems).toEqual([]);
    expect(world.ran).toEqual(['pon a.txt hola', 'lee a.txt']);
    expect(world.alive.size).toBe(0);
  });

  it('say which one does not work, with its line and its words', async () => {
    const { problems } = prove('pon a.txt hola', 'por a.txt', 'cuelga');
    expect(await problems).toEqual([
      { line: 20, message: 'El bloque ejecutable terminó con el código 127: por: not found.' },
      { line: 30, message: 'El bloque ejecutable no terminó a tiempo.' },
    ]);
  });

  it('clean up even when they end the shell', async () => {
    const { world, problems } = prove('pon a.txt hola', 'muere');
    expect(await problems).toEqual([{ line: 10, message: expect.stringMatching(/cerraron el shell/) }]);
    expect(world.alive.size).toBe(0);
  });

  it.each([
    ['docker ps', 'docker'],
    ['ls | docker load -i x', 'docker'],
    ['ls /var/lib/docker', 'linux'],
    ['cat /proc/self/cgroup', 'linux'],
  ])('of `%s` belong to %s', (code, world) => {
    expect(worldOfBlocks([{ code, line: 1 }])).toBe(world);
  });
});
