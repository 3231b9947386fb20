import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { writeJson } from '../../base/files.ts';
import { diagnosisFile } from '../../checks/kinds/curso.ts';
import { findKind } from '../../checks/kinds/index.ts';
import type { LoadedCourse } from '../../course/load/course.ts';
import type { Problem } from '../../course/load/problem.ts';
import type { Exercise, Lesson } from '../../course/model.ts';
import { ahead } from '../../course/proof/ahead.ts';
import { proveBlocks, worldOfBlocks } from '../../course/proof/blocks.ts';
import { tellInOrder } from '../../course/proof/in-order.ts';
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

/** Exercises at the same time, each on a cluster of its own: they mostly wait for it to notice, and to mend. */
const wholeClusters = 4;
/** Exercises at the same time on the cluster that they share: each has more than one scenario under way. */
const onShared = 2;

/**
 * Proves exercises; the proofs come in their order, whoever ends first. Those on this Linux go one after the other, since they share
 * its processes, and so do Docker's, whose scenarios overlap already. Those on a cluster go meanwhile and overlap: in
 * namespaces of one cluster, or each with a cluster of its own when it needs a whole one.
 */
export async function proveAll(
  chosen: readonly ChosenExercise[],
  session: CommandSession,
  mutations: boolean,
  tell: (event: ProofEvent) => void,
): Promise<readonly ExerciseProof[]> {
  // Each scenario under way listens to it, and none of them leaks.
  setMaxListeners(0, session.signal);
  const places = openPlaces(session, chosen);
  const proofs = new Map<ChosenExercise, ExerciseProof>();
  const inOrder = tellInOrder(chosen, tell);
  const prove = async (one: ChosenExercise) => {
    const proof = await places.using(one.exercise, (worlds) =>
      proveOne(one, session, worlds, mutations, (event) => inOrder.tell(one, event)),
    );
    proofs.set(one, proof);
    inOrder.end(one);
  };
  const of = (...worlds: readonly Exercise['world'][]) =>
    chosen.filter(({ exercise }) => worlds.includes(exercise.world));
  try {
    const lanes = await Promise.allSettled([
      drain(of('nada', 'linux'), 1, prove),
      drain(of('docker'), 1, prove),
      drain(of('cluster').filter(needsWhole), wholeClusters, prove),
      drain(of('cluster').filter(sharesOne), onShared, prove),
    ]);
    // Whatever stopped one of them, the others have left everything clean by now.
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  } finally {
    await places.close();
  }
  return chosen.flatMap((one) => proofs.get(one) ?? []);
}

async function drain(
  members: readonly ChosenExercise[],
  together: number,
  prove: (one: ChosenExercise) => Promise<void>,
): Promise<void> {
  for await (const _ of ahead(members, together, prove));
}

const sharesOne = ({ exercise }: ChosenExercise) => sharesCluster(exercise);
const needsWhole = (one: ChosenExercise) => one.exercise.world === 'cluster' && !sharesOne(one);

type Worlds = ReturnType<typeof openWorlds> & { readonly session: CommandSession };

interface OnCluster {
  readonly worlds: Worlds;
  readonly cluster: ProofCluster;
}

/** This machine for most; for exercises on a cluster, clusters of the proof's own, started when they are needed. */
function openPlaces(session: CommandSession, chosen: readonly ChosenExercise[]) {
  /** Of those that need a whole one. */
  let toCome = chosen.filter(needsWhole).length;
  const here: Worlds = { ...openWorlds(session), session };
  const opened: Promise<OnCluster>[] = [];
  let shared: Promise<OnCluster> | undefined;
  /** Whole ones that nobody is at. */
  const free: Promise<OnCluster>[] = [];
  const open = () => {
    const opening = openProofCluster(session).then((cluster) => ({
      worlds: { ...openWorlds(cluster.session, { findBuiltin: cluster.find }), session: cluster.session },
      cluster,
    }));
    opened.push(opening);
    return opening;
  };
  const end = async (opening: Promise<OnCluster>) => {
    const at = opened.indexOf(opening);
    if (at < 0) return;
    opened.splice(at, 1);
    const { worlds, cluster } = await opening;
    await worlds.close();
    await cluster.close();
  };
  return {
    async using<T>(exercise: Exercise, action: (worlds: Worlds) => Promise<T>): Promise<T> {
      if (exercise.world !== 'cluster') return action(here);
      if (sharesCluster(exercise)) {
        shared ??= open();
        return action((await shared).worlds);
      }
      const own = free.pop() ?? open();
      toCome -= 1;
      try {
        return await action((await own).worlds);
      } finally {
        free.push(own);
        // One that nobody will come to still takes its share of the processor.
        if (toCome === 0) await Promise.allSettled(free.splice(0).map(end));
      }
    },
    async close(): Promise<void> {
      await here.close();
      // One that could not even be opened has nothing to close.
      await Promise.allSettled([...opened].map(end));
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
