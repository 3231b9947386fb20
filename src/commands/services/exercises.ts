import { removeTree } from '../../base/files.ts';
import type { Unavailable } from '../../checks/backend.ts';
import { findKind } from '../../checks/kinds/index.ts';
import { verifyExercise } from '../../checks/watch.ts';
import { attemptScope } from '../../course/attempt.ts';
import type { Exercise } from '../../course/model.ts';
import { useHint } from '../../course/progress.ts';
import type { ExerciseService } from '../../course/services.ts';
import type { World } from '../../course/world.ts';
import { checkAnswer } from './answers.ts';
import { learnerLeftovers } from './learner-leftovers.ts';
import { cleanToken, folderRemedy } from './leftovers.ts';
import { setScene } from './scene.ts';
import { withLaunchers } from './terminal.ts';
import { memoryOf, subjectOf, watchAttempt } from './watching.ts';
import { createWorkbench, type ExerciseSetup, lacks } from './workbench.ts';

/** The application services of exercises, over the disk, a world and the check engine. */
export function createExerciseService(setup: ExerciseSetup): ExerciseService {
  const { attempts, progress, clock, home } = setup;
  const workbench = createWorkbench(setup);
  const refreshers = new Map<string, () => void>();
  const refresh = (exercise: Exercise) => refreshers.get(exercise.id)?.();

  return {
    open: async (exercise) => (await workbench.open(exercise)).open,

    async prepare(exercise, signal, onProgress = () => {}) {
      const asleep = exercise.world === 'cluster' ? await setup.wakeCluster(onProgress) : undefined;
      const { world, open } = await workbench.open(exercise);
      if (asleep !== undefined) return { ok: false, open, why: asleep.why, next: asleep.next };
      // Somebody may have deleted the cluster, or the namespace with everything in it, since.
      const prepared = open.prepared && ((await world.begun?.(open.attempt)) ?? true);
      if (prepared || !open.needsPreparing) return { ok: true, open };
      const lesson = await setup.lesson(exercise.lessonId);
      const scene = {
        exercise,
        attempt: open.attempt,
        scope: attemptScope(open.attempt, world.facts, open.folder),
        lessonFolder: lesson?.folder ?? '',
        folder: open.folder,
        world,
        owner: home.owner,
      };
      const set = await setScene(scene, signal, onProgress);
      if (!set.ok) return { ...set, open };
      const { notices } = await attempts.update(exercise.id, (before) =>
        before?.attempt.token === open.attempt.token ? { ...before, prepared: true } : undefined,
      );
      return {
        ok: true,
        open: { ...open, prepared: true, notices: [...new Set([...open.notices, ...notices])] },
      };
    },

    async verify(exercise, signal) {
      const { world, open } = await workbench.open(exercise);
      const backend = await world.openBackend(open.attempt);
      try {
        const { result } = await verifyExercise({
          checks: exercise.checks,
          kinds: findKind,
          backend,
          subject: () => subjectOf(open, open.attempt),
          clock,
          signal,
          memory: memoryOf(open.attempt),
        });
        const report = await workbench.keep(
          workbench.describe(exercise, open, result),
          exercise,
          result,
          true,
        );
        refresh(exercise);
        return report;
      } finally {
        await backend.close();
      }
    },

    async watch(exercise, signal, listener) {
      // A reset in another terminal draws another attempt: then watching begins again with it.
      while (!signal.aborted) {
        const bench = await workbench.open(exercise);
        await watchAttempt(setup, workbench, exercise, bench, signal, listener, (refresher) => {
          refreshers.set(exercise.id, refresher);
        });
        refreshers.delete(exercise.id);
      }
    },

    async answer(exercise, questionId, text) {
      const { open } = await workbench.take(exercise);
      const question = open.questions.find(({ id }) => id === questionId);
      if (question === undefined) {
        return { ok: false, problem: `El ejercicio ${exercise.id} no pregunta \`${questionId}\`.` };
      }
      const checked = checkAnswer(question, text);
      if (!checked.ok) return checked;
      const { stored, notices } = await attempts.update(
        exercise.id,
        (before) =>
          before && {
            ...before,
            attempt: {
              ...before.attempt,
              answers: { ...before.attempt.answers, [questionId]: checked.value },
            },
          },
      );
      refresh(exercise);
      return { ok: true, attempt: stored?.attempt ?? open.attempt, notices: [...open.notices, ...notices] };
    },

    async hint(exercise) {
      const { open } = await workbench.take(exercise);
      const total = open.hints.length;
      const { stored, notices } = await attempts.update(
        exercise.id,
        (before) => before && { ...before, hintsSeen: Math.min(total, before.hintsSeen + 1) },
      );
      const level = stored?.hintsSeen ?? 1;
      const recorded = await progress.update((before) => useHint(before, exercise.id, level, clock.now()));
      const all = [...open.notices, ...notices, ...recorded.notices];
      return { level, total, text: open.hints[level - 1] ?? '', notices: [...new Set(all)] };
    },

    async reset(exercise, signal) {
      const retired = await attempts.retire(exercise.id);
      if (retired === undefined) return { removed: [], left: [], pending: [] };
      const onCluster = exercise.world === 'cluster' && retired.prepared;
      const asleep = onCluster ? await setup.wakeCluster(() => {}) : undefined;
      const world = await (onCluster ? workbench.worldAgain(exercise) : workbench.world(exercise));
      // Without its masters a cluster takes no deletion either.
      if (onCluster && exercise.needs?.includes('cluster-entero') === true)
        await world.putBack?.(signal).catch(() => undefined);
      const cleaned = await cleanToken(world, retired.attempt.token);
      const folder = attempts.folder(retired.attempt);
      const gone = await removeTree(folder);
      const pending: Unavailable[] = [
        ...dockerPending(exercise, world),
        ...(asleep === undefined ? [] : [asleep]),
      ];
      if (!gone.kept) {
        const why = `No pude borrar la carpeta ${folder}: ${gone.why}.`;
        pending.push({ reason: 'internal', why, next: folderRemedy(folder, gone.mounted) });
      }
      const yours = await learnerLeftovers(retired.attempt, exercise.world, setup);
      if (pending.length === 0) await attempts.cleaned(retired.attempt.token);
      return { removed: cleaned.removed, left: [...new Set([...cleaned.left, ...yours])], pending };
    },

    async terminal(exercise) {
      if (exercise === undefined) {
        const world = await workbench.world({ world: 'nada' });
        return withLaunchers(world.interactive(undefined), setup);
      }
      const { world, open } = await workbench.take(exercise);
      return withLaunchers(
        world.interactive(open.attempt),
        setup,
        !lacks(exercise, world) && exercise.world === 'cluster',
      );
    },

    async close() {},
  };
}

/** Without Docker now, its objects stay until there is one. Only where the exercise could have made some. */
function dockerPending(exercise: Exercise, world: World): readonly Unavailable[] {
  const { docker } = world.facts.missing;
  return exercise.world === 'docker' && docker !== undefined && docker.reason !== 'docker-missing'
    ? [docker]
    : [];
}
