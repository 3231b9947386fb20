import path from 'node:path';
import { writeJson } from '../../base/files.ts';
import { diagnosisFile } from '../../checks/kinds/curso.ts';
import { findKind } from '../../checks/kinds/index.ts';
import type { LoadedCourse } from '../../course/load/course.ts';
import type { Problem } from '../../course/load/problem.ts';
import type { Exercise, Lesson } from '../../course/model.ts';
import { ahead } from '../../course/proof/ahead.ts';
import { proveBlocks, worldOfBlocks } from '../../course/proof/blocks.ts';
import {
  type ExerciseProof,
  type ProofEvent,
  proveExercise,
  sharesCluster,
} from '../../course/proof/prove.ts';
import type { CommandSession } from '../command.ts';
import { diagnose } from './diagnosis.ts';
import { openWorlds } from './open.ts';
import { portIsFree } from './ports.ts';
import { openProofCluster, type ProofCluster } from './proof-cluster.ts';
import { createStage } from './stage.ts';

export interface ChosenExercise {
  readonly lesson: Lesson;
  readonly exercise: Exercise;
}

/** Exercises at the same time on one cluster, each with some scenarios: more only take each other's processor. */
const togetherOnCluster = 2;

/**
 * Proves exercises in order, one after the other: they share the machine. Those that keep to a namespace of a cluster overlap.
 */
export async function proveAll(
  chosen: readonly ChosenExercise[],
  session: CommandSession,
  mutations: boolean,
  tell: (event: ProofEvent) => void,
): Promise<readonly ExerciseProof[]> {
  const places = openPlaces(session);
  const proofs: ExerciseProof[] = [];
  try {
    for (const { members, together } of inGroups(chosen)) {
      const proving = ahead(members, together, async (one) => {
        const told: ProofEvent[] = [];
        const proof = await proveOne(one, session, await places.of(one.exercise), mutations, (event) =>
          together === 1 ? tell(event) : told.push(event),
        );
        return { told, proof };
      });
      for await (const { told, proof } of proving) {
        for (const event of told) tell(event);
        proofs.push(proof);
      }
    }
  } finally {
    await places.close();
  }
  return proofs;
}

type Worlds = ReturnType<typeof openWorlds> & { readonly session: CommandSession };

/** This machine for most; for exercises on a cluster, one of the proof's own, started for the first of them. */
function openPlaces(session: CommandSession) {
  const here: Worlds = { ...openWorlds(session), session };
  let there: Promise<{ readonly worlds: Worlds; readonly cluster: ProofCluster }> | undefined;
  const openThere = async () => {
    const cluster = await openProofCluster(session);
    const worlds = {
      ...openWorlds(cluster.session, { findBuiltin: cluster.find }),
      session: cluster.session,
    };
    return { worlds, cluster };
  };
  return {
    async of({ world }: Pick<Exercise, 'world'>): Promise<Worlds> {
      if (world !== 'cluster') return here;
      there ??= openThere();
      return (await there).worlds;
    },
    async close(): Promise<void> {
      await here.close();
      if (there === undefined) return;
      const { worlds, cluster } = await there;
      await worlds.close();
      await cluster.close();
    },
  };
}

async function proveOne(
  { lesson, exercise }: ChosenExercise,
  session: CommandSession,
  { attempts, chooseWorld, session: { home } }: Worlds,
  mutations: boolean,
  tell: (event: ProofEvent) => void,
): Promise<ExerciseProof> {
  const { clock, random, signal } = session;
  const world = await chooseWorld(exercise, signal);
  const setup = {
    exercise,
    world,
    stage: createStage(exercise, lesson.folder, world, attempts, home),
    kinds: findKind,
    clock,
    random,
    signal,
    portIsFree,
    diagnose: async (folder: string) => {
      await writeJson(path.join(folder, diagnosisFile), (await diagnose(session)).facts, home.owner);
    },
  };
  let proof: ExerciseProof | undefined;
  for await (const event of proveExercise(setup, { mutations })) {
    tell(event);
    if (event.type === 'proved') proof = event.proof;
  }
  if (proof === undefined) throw new Error('a proof ends with what it proved');
  return proof;
}

/** Neighbours that may overlap. */
function inGroups(
  chosen: readonly ChosenExercise[],
): readonly { readonly members: readonly ChosenExercise[]; readonly together: number }[] {
  const groups: { readonly members: ChosenExercise[]; readonly together: number }[] = [];
  for (const one of chosen) {
    const together = sharesCluster(one.exercise) ? togetherOnCluster : 1;
    const last = groups.at(-1);
    if (last !== undefined && last.together === together) last.members.push(one);
    else groups.push({ members: [one], together });
  }
  return groups;
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
