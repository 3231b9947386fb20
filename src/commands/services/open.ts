import path from 'node:path';
import { createChooseWorld } from '../../backends/world/choose.ts';
import { createClusterWorlds, type FindBuiltin } from '../../backends/world/cluster-worlds.ts';
import { createDockerWorlds } from '../../backends/world/docker-worlds.ts';
import { type AttemptStore, openAttemptStore } from '../../course/attempts.ts';
import type { Catalog } from '../../course/catalog.ts';
import type { ProgressStore } from '../../course/progress-store.ts';
import type { ExerciseService } from '../../course/services.ts';
import type { ChooseWorld } from '../../course/world.ts';
import type { CommandSession } from '../command.ts';
import { openCatalog, openProgress } from '../course.ts';
import { findBuiltin } from './builtin-cluster.ts';
import { createExerciseService } from './exercises.ts';
import { finishLeftovers } from './leftovers.ts';
import { launcherEnvironment, writeLaunchers } from './terminal.ts';

/** Everything a command or the screens need, made of one session: ports meet their implementations here. */
export interface Services {
  readonly catalog: Catalog;
  readonly progress: ProgressStore;
  readonly attempts: AttemptStore;
  readonly chooseWorld: ChooseWorld;
  readonly exercises: ExerciseService;
  close(): Promise<void>;
}

/** Attempts and worlds without any course: for proofs of lessons that are not the open course's. */
export function openWorlds(
  session: CommandSession,
  options: { readonly context?: string | undefined; readonly findBuiltin?: FindBuiltin } = {},
): {
  readonly attempts: AttemptStore;
  readonly chooseWorld: ChooseWorld;
  close(): Promise<void>;
} {
  const { clock, home } = session;
  const attempts = openAttemptStore(home, clock);
  const docker = createDockerWorlds();
  const cluster = createClusterWorlds({ findBuiltin: () => findBuiltin(session), ...options });
  const choose = createChooseWorld({
    clock,
    env: launcherEnvironment(session),
    folderOf: (attempt) => attempts.folder(attempt),
    courseFolder: path.join(home.folder, 'trabajo'),
    docker,
    cluster,
  });
  let launchers: Promise<boolean> | undefined;
  const chooseWorld: ChooseWorld = async (exercise, signal) => {
    // Scenes on a cluster also turn its nodes off and on.
    if (exercise.world === 'cluster') {
      launchers ??= writeLaunchers(session);
      await launchers;
    }
    return choose(exercise, signal);
  };
  const close = async () => {
    cluster.close();
    await docker.close();
  };
  return { attempts, chooseWorld, close };
}

/** `context`: of the learner's kubeconfig, for exercises on a cluster; by default the built-in one. */
export async function openServices(
  session: CommandSession,
  catalog?: Catalog,
  context?: string,
): Promise<Services> {
  const { clock, random, home, packageRoot, platform, env, signal } = session;
  const openCourse = catalog ?? (await openCatalog(session));
  const progress = openProgress(session);
  const { attempts, chooseWorld, close } = openWorlds(session, { context });
  // A run that was killed while resetting left something half-way; nobody else will come for it.
  await finishLeftovers(attempts, chooseWorld, signal);
  const exercises = createExerciseService({
    lesson: (id) => openCourse.lesson(id),
    attempts,
    progress,
    chooseWorld,
    clock,
    random,
    home,
    packageRoot,
    platform,
    env,
    wakeCluster: async (tell) => {
      const { missingKubectl, wakeCluster } = await import('./wake-cluster.ts');
      return context === undefined ? wakeCluster(session, tell) : missingKubectl(session);
    },
    signal,
  });
  return {
    catalog: openCourse,
    progress,
    attempts,
    chooseWorld,
    exercises,
    close: async () => {
      await exercises.close();
      await close();
    },
  };
}
