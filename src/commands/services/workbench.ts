import type { Clock } from '../../base/clock.ts';
import { explainSystemError, makeFolder } from '../../base/files.ts';
import type { JsonObject } from '../../base/json.ts';
import type { CourseHome } from '../../base/platform.ts';
import type { Random } from '../../base/random.ts';
import type { Unavailable } from '../../checks/backend.ts';
import type { ExerciseResult } from '../../checks/exercise.ts';
import { renderText } from '../../checks/templates.ts';
import { cleanSentence } from '../../checks/text.ts';
import { attemptScope, newAttempt } from '../../course/attempt.ts';
import { mergeMemory } from '../../course/attempt-format.ts';
import type { AttemptKept, AttemptStore } from '../../course/attempts.ts';
import type { Exercise, Lesson } from '../../course/model.ts';
import {
  changeExercise,
  failExercise,
  type Progress,
  passExercise,
  visitLesson,
} from '../../course/progress.ts';
import { notKept, type ProgressStore } from '../../course/progress-store.ts';
import type { OpenAttempt, Report } from '../../course/services.ts';
import type { ChooseWorld, World } from '../../course/world.ts';
import { portIsFree } from './ports.ts';
import { needsScene } from './scene.ts';

export interface ExerciseSetup {
  readonly lesson: (id: string) => Promise<Lesson | undefined>;
  readonly attempts: AttemptStore;
  readonly progress: ProgressStore;
  readonly chooseWorld: ChooseWorld;
  readonly clock: Clock;
  readonly random: Random;
  readonly home: CourseHome;
  /** For the `curso` that shells find on their PATH. */
  readonly packageRoot: string;
  readonly platform: NodeJS.Platform;
  readonly env: { readonly [name: string]: string | undefined };
  /** Starts the cluster that exercises of that world are done on, when it is not running. What it returns: why it could not. */
  readonly wakeCluster: (tell: (line: string) => void) => Promise<Unavailable | undefined>;
  /** Ends everything that is under way. */
  readonly signal: AbortSignal;
}

/** An attempt on the bench: the world it is done in, and its texts. */
export interface Bench {
  readonly world: World;
  readonly open: OpenAttempt;
}

/** What every service of an exercise needs: its attempt, its world, and somewhere to write down what happened. */
export interface Workbench {
  /** Draws an attempt when there is none, and makes its folder. Touches no progress. */
  take(exercise: Exercise): Promise<Bench>;
  /** `take`, and notes in progress that the learner is here. */
  open(exercise: Exercise): Promise<Bench>;
  /** Looks again at what this machine offers; for a world that lacked something. */
  worldAgain(exercise: Exercise): Promise<World>;
  world(exercise: Pick<Exercise, 'world'>): Promise<World>;
  /** Engine memory of one look; the attempt on disk may have moved on meanwhile, or be another one. */
  keepMemory(exercise: Exercise, token: string, memory: JsonObject, failed: boolean): Promise<AttemptKept>;
  /** What a result looks like to whoever asked, before anything is kept: nothing on the screen waits for the disk. */
  describe(exercise: Exercise, open: OpenAttempt, result: ExerciseResult): Report;
  /** Keeps a result. `counted`: the learner asked for it, so failing counts. Resolves with what there is afterwards. */
  keep(report: Report, exercise: Exercise, result: ExerciseResult, counted: boolean): Promise<Report>;
}

export function createWorkbench(setup: ExerciseSetup): Workbench {
  const { attempts, progress, clock, random, home } = setup;
  const worlds = new Map<Exercise['world'], Promise<World>>();

  const choose = (exercise: Pick<Exercise, 'world'>): Promise<World> => {
    const chosen = setup.chooseWorld({ world: exercise.world }, setup.signal);
    worlds.set(exercise.world, chosen);
    return chosen;
  };
  const bench: Workbench = {
    world: (exercise) => worlds.get(exercise.world) ?? choose(exercise),
    worldAgain: choose,

    async take(exercise) {
      const known = await bench.world(exercise);
      // What was missing may have been mended since: Docker started, a group joined. A cluster may be another one by now.
      const again = lacks(exercise, known) || exercise.world === 'cluster';
      const world = again ? await choose(exercise) : known;
      const { stored, notices } = await attempts.update(exercise.id, async (before) =>
        before === undefined
          ? {
              attempt: await newAttempt(exercise, { random, clock, portIsFree }),
              prepared: false,
              hintsSeen: 0,
            }
          : undefined,
      );
      if (stored === undefined) throw new Error('an attempt is always drawn');
      const folder = attempts.folder(stored.attempt);
      const folderNotices = await makeFolder(folder, home.owner).then(
        () => [],
        (error: unknown) => [notKept(home.folder, explainSystemError(error))],
      );
      const scope = attemptScope(stored.attempt, world.facts, folder);
      const text = (template: string) => renderText(template, scope);
      const open: OpenAttempt = {
        attempt: stored.attempt,
        folder,
        prepared: stored.prepared,
        needsPreparing: needsScene(exercise),
        world: world.facts,
        task: text(exercise.task),
        hints: exercise.hints.map(text),
        afterword: text(exercise.afterword),
        questions: exercise.questions.map((question) => ({
          ...question,
          text: text(question.text),
          options: question.options.map(text),
        })),
        checks: exercise.checks.map(({ id, description }) => ({
          id,
          description: cleanSentence(text(description)),
        })),
        hintsSeen: stored.hintsSeen,
        notices: unique([...notices, ...folderNotices]),
      };
      return { world, open };
    },

    async open(exercise) {
      const { world, open } = await bench.take(exercise);
      const at = clock.now();
      const { notices } = await progress.update((before) =>
        changeExercise(visitLesson(before, exercise.lessonId, at), exercise.id, at),
      );
      return { world, open: { ...open, notices: unique([...open.notices, ...notices]) } };
    },

    keepMemory: (exercise, token, memory, failed) =>
      attempts.update(exercise.id, (before) => {
        if (before === undefined || before.attempt.token !== token) return undefined;
        const merged = mergeMemory(before.attempt.memory, memory);
        if (!failed && JSON.stringify(merged) === JSON.stringify(before.attempt.memory)) return undefined;
        const failures = before.attempt.failures + (failed ? 1 : 0);
        return { ...before, attempt: { ...before.attempt, memory: merged, failures } };
      }),

    describe(exercise, open, result) {
      return {
        exerciseId: exercise.id,
        attempt: open.attempt,
        checks: open.checks.flatMap((check) => {
          const verdict = result.verdicts[check.id];
          return verdict === undefined ? [] : [{ ...check, verdict }];
        }),
        outcome: result.status,
        ...(result.level === undefined ? {} : { evidenceLevel: result.level }),
        ...(result.status === 'passed' ? { afterword: open.afterword } : {}),
        notices: open.notices,
      };
    },

    async keep(report, exercise, result, counted) {
      const failed = counted && result.status === 'failed';
      const kept = await bench.keepMemory(
        exercise,
        report.attempt.token,
        result.memory as JsonObject,
        failed,
      );
      const at = clock.now();
      const recorded =
        result.status === 'passed' || failed
          ? await progress.update((before) => recordOutcome(before, exercise.id, result, at))
          : undefined;
      return {
        ...report,
        attempt: kept.stored?.attempt ?? report.attempt,
        notices: unique([...report.notices, ...kept.notices, ...(recorded?.notices ?? [])]),
      };
    },
  };
  return bench;
}

/** The view this exercise is about is not there. */
export function lacks(exercise: Pick<Exercise, 'world'>, world: World): boolean {
  return exercise.world !== 'nada' && world.facts.missing[exercise.world] !== undefined;
}

function recordOutcome(before: Progress, exerciseId: string, result: ExerciseResult, at: number): Progress {
  return result.status === 'passed'
    ? passExercise(before, exerciseId, result.level ?? 'estático', at)
    : failExercise(before, exerciseId, at);
}

function unique(notices: readonly string[]): readonly string[] {
  return [...new Set(notices)];
}
