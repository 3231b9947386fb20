import { runInTerminal } from '../base/process.ts';
import type { Catalog } from '../course/catalog.ts';
import type { Diagram, Exercise, Lesson } from '../course/model.ts';
import { dueQuestions } from '../course/review.ts';
import { searchPages } from '../course/search.ts';
import type { OpenAttempt, Report } from '../course/services.ts';
import { keepChange } from '../course/session/record.ts';
import type { AttemptView, QuizItem, RecordChange } from '../course/session/state.ts';
import type { Dispatch, TuiPorts, WorldEffect } from '../tui/ports.ts';
import type { CommandSession } from './command.ts';
import type { Services } from './services/open.ts';
import { listSheets, readSheet } from './services/sheets.ts';

/** Half of the least that a follower waits for the leader, so that an election is seen coming. */
const clockStepMs = 500;

export type ClosablePorts = TuiPorts & { readonly close: () => Promise<void> };

/** The world behind the screens: effects of the session become calls to services, and their results, events. */
export function createTuiPorts(session: CommandSession, catalog: Catalog, dispatch: Dispatch): ClosablePorts {
  let diagrams: { readonly [id: string]: Diagram } = {};
  /** Loaded on first use: opening the home must not pay for Docker. */
  let opening: Promise<Services> | undefined;
  const services = (): Promise<Services> => {
    opening ??= import('./services/open.ts').then(({ openServices }) => openServices(session, catalog));
    return opening;
  };
  let stopMap: () => void = () => {};
  let attempt = new AbortController();
  let saving: Promise<void> = Promise.resolve();
  const background = new Set<Promise<void>>();

  /** Trouble nobody foresaw is told, and the course goes on. */
  const report = (error: unknown) => {
    if (session.signal.aborted || attempt.signal.aborted) return;
    dispatch({ type: 'notice', text: error instanceof Error ? error.message : String(error) });
  };
  const start = (work: () => Promise<void>) => {
    const running = work().catch(report);
    background.add(running);
    void running.finally(() => background.delete(running));
  };

  const exerciseOf = async (lessonId: string, exerciseId: string): Promise<Exercise> => {
    const lesson = await catalog.lesson(lessonId);
    const exercise = lesson?.exercises.find(({ id }) => id === exerciseId);
    if (!exercise) throw new Error(`La lección ${lessonId} no tiene el ejercicio ${exerciseId}.`);
    return exercise;
  };
  let current: Promise<Exercise> | undefined;

  const loadLesson = async (lessonId: string) => {
    try {
      const [lesson, loadedDiagrams] = await Promise.all([catalog.lesson(lessonId), catalog.diagrams()]);
      diagrams = loadedDiagrams;
      if (!lesson) throw new Error(`La lección ${lessonId} no está en el curso.`);
      dispatch({ type: 'lessonLoaded', lesson, reviews: await reviewsOf(lesson) });
    } catch (error) {
      dispatch({
        type: 'lessonBroken',
        lessonId,
        problem: error instanceof Error ? error.message : String(error),
      });
    }
  };

  const reviewsOf = (lesson: Lesson) => items(lesson.review);

  /** Questions by `lesson/question`; what no longer exists is left out. */
  const items = async (references: readonly string[]): Promise<readonly QuizItem[]> => {
    const found = await Promise.all(
      references.map(async (reference): Promise<readonly QuizItem[]> => {
        const [lessonId = '', questionId] = reference.split('/');
        const lesson = await catalog.lesson(lessonId).catch(() => undefined);
        const question = lesson?.questions.find(({ id }) => id === questionId);
        return lesson && question ? [{ lessonId: lesson.id, question }] : [];
      }),
    );
    return found.flat();
  };

  const openAttempt = async (lessonId: string, exerciseId: string) => {
    attempt.abort();
    attempt = new AbortController();
    const { signal } = attempt;
    current = exerciseOf(lessonId, exerciseId);
    const [exercise, { exercises }] = await Promise.all([current, services()]);
    if (signal.aborted) return;
    const open = await exercises.open(exercise);
    if (signal.aborted) return;
    dispatch({ type: 'attemptOpened', attempt: viewOf(exercise, open) });
    for (const notice of open.notices) dispatch({ type: 'notice', text: notice });
    // A cluster may have been stopped since.
    if ((!open.prepared || exercise.world === 'cluster') && open.needsPreparing) {
      const progress = (message: string) => {
        if (!signal.aborted) dispatch({ type: 'attemptProgress', exerciseId, message });
      };
      progress('Preparando el ejercicio…');
      const prepared = await exercises.prepare(exercise, signal, progress);
      if (signal.aborted) return;
      if (!prepared.ok) {
        dispatch({ type: 'attemptBlocked', exerciseId, why: prepared.why, next: prepared.next });
        return;
      }
      // Where one works may have changed: a cluster that was stopped runs now.
      dispatch({ type: 'attemptOpened', attempt: viewOf(exercise, prepared.open) });
    }
    await exercises.watch(exercise, signal, (seen) => {
      if (!signal.aborted) dispatch(verdictsOf(seen));
    });
  };

  const resetAttempt = async (lessonId: string, exerciseId: string) => {
    const [exercise, { exercises }] = await Promise.all([exerciseOf(lessonId, exerciseId), services()]);
    const done = await exercises.reset(exercise, session.signal);
    for (const left of done.pending) dispatch({ type: 'notice', text: `${left.why} ${left.next}` });
    await openAttempt(lessonId, exerciseId);
  };

  const inCurrent = async (work: (exercise: Exercise, services: Services) => Promise<void>) => {
    if (current) await work(await current, await services());
  };

  const save = (change: RecordChange) => {
    // One after another, so that the last place written is the last one seen.
    saving = saving.then(async () => {
      const { progress } = await services();
      const { notices } = await progress.update((before) => keepChange(before, change, session.clock.now()));
      const [problem] = notices;
      dispatch(problem === undefined ? { type: 'saved' } : { type: 'saveFailed', problem });
    });
    return saving;
  };

  const run = async (effect: WorldEffect): Promise<void> => {
    switch (effect.type) {
      case 'loadLesson':
        return loadLesson(effect.lessonId);
      case 'record':
        if (effect.change.kind !== 'passed') await save(effect.change);
        return;
      case 'openAttempt':
        return openAttempt(effect.lessonId, effect.exerciseId);
      case 'closeAttempt':
        attempt.abort();
        return;
      case 'verify':
        return inCurrent(async (exercise, { exercises }) => {
          dispatch(verdictsOf(await exercises.verify(exercise, attempt.signal)));
        });
      case 'giveHint':
        return inCurrent(async (exercise, { exercises }) => {
          const hint = await exercises.hint(exercise);
          dispatch({ type: 'hintGiven', exerciseId: exercise.id, ...hint });
        });
      case 'answer':
        return inCurrent(async (exercise, { exercises }) => {
          let answers = {};
          let problem = '';
          for (const [questionId, text] of Object.entries(effect.answers)) {
            const kept = await exercises.answer(exercise, questionId, String(text));
            if (kept.ok) answers = kept.attempt.answers;
            else problem = kept.problem;
          }
          dispatch({ type: 'answered', exerciseId: exercise.id, answers, problem });
          if (problem === '') dispatch(verdictsOf(await exercises.verify(exercise, attempt.signal)));
        });
      case 'resetAttempt':
        attempt.abort();
        return resetAttempt(effect.lessonId, effect.exerciseId);
      case 'search': {
        const hits = searchPages(await catalog.searchable(), effect.query);
        dispatch({ type: 'searched', query: effect.query, hits });
        return;
      }
      case 'loadGlossary':
        dispatch({ type: 'glossaryLoaded', terms: await catalog.glossary() });
        return;
      case 'listSheets':
        dispatch({ type: 'sheetsListed', names: await listSheets(session) });
        return;
      case 'loadSheet': {
        const text = (await readSheet(session, effect.name)) ?? `No se puede leer la chuleta ${effect.name}.`;
        dispatch({ type: 'sheetLoaded', name: effect.name, text });
        return;
      }
      case 'diagnose': {
        const { diagnosisText } = await import('./tui-diagnosis.ts');
        dispatch({ type: 'diagnosed', lines: await diagnosisText(await services(), session) });
        return;
      }
      case 'followMap': {
        const { followMap } = await import('./services/cluster-map.ts');
        stopMap();
        stopMap = followMap(session, (map) => dispatch({ type: 'mapChanged', map }));
        return;
      }
      case 'leaveMap':
        stopMap();
        stopMap = () => {};
        return;
      case 'moveClock': {
        const { withControl } = await import('./services/cluster-control.ts');
        const { action } = effect;
        await withControl(session, 'Mira cómo está con `curso reloj`.', (control) =>
          control.time(action === 'avanzar' ? { kind: action, ms: clockStepMs } : { kind: action }),
        );
        return;
      }
      case 'loadReview': {
        const { progress } = await (await services()).progress.load();
        const due = dueQuestions(progress, session.clock.now());
        dispatch({ type: 'reviewLoaded', items: await items(due) });
        return;
      }
    }
  };

  return {
    start: () =>
      start(async () => {
        const { probeStatus } = await import('./tui-diagnosis.ts');
        const status = await probeStatus(await services(), session);
        dispatch({ type: 'statusChanged', status });
      }),
    perform: (effect) => start(() => run(effect)),
    diagrams: () => diagrams,
    async shell(exerciseId) {
      const { exercises } = await services();
      const exercise = exerciseId === undefined ? undefined : await current;
      const terminal = await exercises.terminal(exercise);
      const { exitCode, missing } = await runInTerminal(guarded(terminal.argv, session.platform), terminal);
      return missing || exitCode === 127
        ? `No encuentro el programa ${terminal.argv[0]}: define SHELL con la ruta de tu shell.`
        : '';
    },
    async close() {
      stopMap();
      attempt.abort();
      await saving.catch(() => undefined);
      await Promise.allSettled(background);
      if (opening) await (await opening).close();
    },
  };
}

function viewOf(exercise: Exercise, open: OpenAttempt): AttemptView {
  return {
    exerciseId: exercise.id,
    title: exercise.title,
    task: open.task,
    questions: open.questions,
    answers: open.attempt.answers,
    hints: open.hints.slice(0, open.hintsSeen),
    hintTotal: open.hints.length,
    checks: open.checks,
    announcement: exercise.world === 'nada' ? '' : open.world.announcement,
    folder: open.folder,
  };
}

function verdictsOf(report: Report) {
  return {
    type: 'verdicts',
    exerciseId: report.exerciseId,
    checks: report.checks,
    passed: report.outcome === 'passed',
    afterword: report.afterword ?? '',
  } as const;
}

/**
 * A shell that is killed leaves its dead group as the owner of the terminal, and we could not read from it again. A
 * job-control `sh` around it takes the terminal back whatever happens to its child, and gives it to us when it ends.
 */
function guarded(argv: readonly string[], platform: NodeJS.Platform): readonly string[] {
  return platform === 'win32' ? argv : ['/bin/sh', '-mc', '"$0" "$@"; exit $?', ...argv];
}
