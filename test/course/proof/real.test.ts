import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createChooseWorld } from '../../../src/backends/world/choose.ts';
import { createDockerWorlds } from '../../../src/backends/world/docker-worlds.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { makeFolder, removeTree } from '../../../src/base/files.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { findKind } from '../../../src/checks/kinds/index.ts';
import { setScene } from '../../../src/commands/services/scene.ts';
import type { Attempt, Exercise } from '../../../src/course/model.ts';
import { type ExerciseProof, proveExercise } from '../../../src/course/proof/prove.ts';
import { exerciseOf } from '../../helpers/exercise.ts';
import { noCluster } from '../../helpers/noCluster.ts';

const home = mkdtempSync(path.join(tmpdir(), 'curso-prueba-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function prove(exercise: Exercise): Promise<ExerciseProof> {
  const { signal } = new AbortController();
  const folderOf = (attempt: Attempt) => path.join(home, attempt.token);
  const chooseWorld = createChooseWorld({
    clock: systemClock,
    env: process.env,
    folderOf,
    courseFolder: home,
    docker: createDockerWorlds(),
    cluster: noCluster,
  });
  const world = await chooseWorld(exercise, signal);
  const proving = proveExercise({
    exercise,
    world,
    kinds: findKind,
    clock: systemClock,
    random: seededRandom(3),
    signal,
    stage: {
      folderOf,
      async set(attempt, scope, stop) {
        const folder = folderOf(attempt);
        await makeFolder(folder);
        const scene = { exercise, attempt, scope, lessonFolder: home, folder, world, owner: undefined };
        return setScene(scene, stop, () => {});
      },
      strike: async (attempt) => {
        await removeTree(folderOf(attempt));
      },
    },
    limits: { graceMs: 300 },
  });
  for (;;) {
    const step = await proving.next();
    if (step.done) return step.value;
  }
}

/** The same exercise as in memory, with steps for a real `sh`: variables, background processes and `cd` included. */
const real = exerciseOf({
  start: { files: [], steps: ['printf %s 2 > peso.txt', 'mkdir horno'] },
  solution: {
    steps: [
      'cd horno',
      'PESO=$(cat ../peso.txt)',
      'printf \'%s\\n%s kg\' "$CURSO_MASA" $PESO > "$CURSO_CARPETA/receta.txt"',
    ],
    answers: { kilos: '$(cat "../peso.txt")' },
    rungs: [],
  },
  wrong: exerciseOf({}).wrong.map((wrong) => ({
    ...wrong,
    steps: wrong.steps.map((step) => {
      const [, text = ''] = /^pon receta\.txt (.*)$/.exec(step) ?? [];
      return `printf '${text.replace(';', '\\n')}' > receta.txt; sleep 60 &`;
    }),
  })),
  unusual: [
    {
      id: 'con-un-documento',
      steps: ['printf %s "$(cat <<FIN\n@{masa}\n2 kg\nFIN\n)" > receta.txt'],
      answers: { kilos: 'unos 2 kg' },
      rungs: [],
    },
  ],
});

describe.skipIf(process.platform === 'win32')('an exercise proved with a real shell', () => {
  it('comes out right, its mutants are noticed and nothing is left', { timeout: 60_000 }, async () => {
    const proof = await prove(real);
    expect(proof.scenarios.flatMap(({ problems }) => problems)).toEqual([]);
    expect(proof.mutants.filter(({ noticed }) => !noticed)).toEqual([]);
    expect(proof).toMatchObject({ outcome: 'right', scenarios: { length: 8 } });
    expect(readdirSync(home)).toEqual([]);
  });

  it('comes out wrong when the solution is', { timeout: 30_000 }, async () => {
    const broken = { ...real, solution: { ...real.solution, steps: ['exit 3'] } };
    const proof = await prove(broken);
    expect(proof.outcome).toBe('wrong');
    expect(proof.scenarios.at(-1)?.problems.join()).toMatch(/cerró el shell/);
    expect(readdirSync(home)).toEqual([]);
  });
});
