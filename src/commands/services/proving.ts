import path from 'node:path';
import { writeJson } from '../../base/files.ts';
import { diagnosisFile } from '../../checks/kinds/curso.ts';
import { findKind } from '../../checks/kinds/index.ts';
import type { LoadedCourse } from '../../course/load/course.ts';
import type { Problem } from '../../course/load/problem.ts';
import type { Exercise, Lesson } from '../../course/model.ts';
import { proveBlocks, worldOfBlocks } from '../../course/proof/blocks.ts';
import { type ExerciseProof, type ProofEvent, proveExercise } from '../../course/proof/prove.ts';
import type { CommandSession } from '../command.ts';
import { diagnose } from './diagnosis.ts';
import { openWorlds } from './open.ts';
import { portIsFree } from './ports.ts';
import { createStage } from './stage.ts';

export interface ChosenExercise {
  readonly lesson: Lesson;
  readonly exercise: Exercise;
}

/** Proves exercises one after the other: they share the machine. */
export async function proveAll(
  chosen: readonly ChosenExercise[],
  session: CommandSession,
  mutations: boolean,
  tell: (event: ProofEvent) => void,
): Promise<readonly ExerciseProof[]> {
  const { attempts, chooseWorld, close } = openWorlds(session);
  const { clock, random, signal, home } = session;
  const proofs: ExerciseProof[] = [];
  try {
    for (const { lesson, exercise } of chosen) {
      const world = await chooseWorld(exercise, signal);
      const proving = proveExercise(
        {
          exercise,
          world,
          stage: createStage(exercise, lesson.folder, world, attempts, home),
          kinds: findKind,
          clock,
          random,
          signal,
          portIsFree,
          diagnose: async (folder) => {
            await writeJson(path.join(folder, diagnosisFile), (await diagnose(session)).facts, home.owner);
          },
        },
        { mutations },
      );
      for await (const event of proving) {
        tell(event);
        if (event.type === 'proved') proofs.push(event.proof);
      }
    }
  } finally {
    await close();
  }
  return proofs;
}

/** Runs the blocks marked `sh ejecutable` of each lesson. What cannot be run here is not a problem of the lesson. */
export async function proveAllBlocks(
  lessons: LoadedCourse['lessons'],
  session: CommandSession,
): Promise<readonly Problem[]> {
  const { clock, random, signal, home } = session;
  const { attempts, chooseWorld, close } = openWorlds(session);
  const problems: Problem[] = [];
  try {
    for (const { lesson, folder, body } of lessons.filter((each) => each.body.runnable.length > 0)) {
      const blocks = body.runnable;
      const place = { id: lesson.id, start: { files: [], steps: [] }, world: worldOfBlocks(blocks) } as const;
      const world = await chooseWorld(place, signal);
      if (world.facts.missing[place.world] !== undefined) continue;
      const stage = createStage(place, lesson.folder, world, attempts, home);
      const found = await proveBlocks({ lessonId: lesson.id, blocks, world, stage, clock, random, signal });
      for (const { line, message } of found) {
        const remedy = 'Pruébalo en una terminal, o quita la marca `ejecutable` del bloque.';
        problems.push({
          file: `${folder}/leccion.md`,
          line,
          column: 1,
          rule: 'texto/ejecutable',
          message,
          remedy,
        });
      }
    }
  } finally {
    await close();
  }
  return problems;
}
