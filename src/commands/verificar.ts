import path from 'node:path';
import type { LessonSummary } from '../course/compiled.ts';
import type { Exercise, Lesson } from '../course/model.ts';
import type { CheckReport, Report } from '../course/services.ts';
import {
  type CommandDefinition,
  type CommandSession,
  type ExitCode,
  textOption,
  Unable,
  UsageError,
} from './command.ts';
import { chooseLesson, contextOption, openCatalog, openProgress, readLesson, tellNotices } from './course.ts';
import type { Services } from './services/open.ts';

export const verificar: CommandDefinition = {
  name: 'verificar',
  summary: 'comprueba un ejercicio o una lección',
  details:
    'Sin argumento, la lección en la que estás. Termina con 0 si todo está conseguido, 1 si falta algo,\n2 si la orden está mal escrita y 3 si no se pudo mirar.',
  arguments: [
    {
      name: 'lección o ejercicio',
      required: false,
      doc: '1.2, cgroups, 1.2.b o 1.2/b',
      values: 'lessonsAndExercises',
    },
  ],
  options: [
    { flags: '--json', doc: 'un documento JSON, para otros programas' },
    { flags: '--junit <archivo>', doc: 'escribe también un informe JUnit XML' },
    { flags: '--observar', doc: 'sigue mirando y avisa de cada cambio, hasta que esté todo o Ctrl-C' },
    contextOption,
  ],
  async run(input, session) {
    const catalog = await openCatalog(session);
    const { lesson: summary, exerciseId } =
      input.arguments[0] === undefined
        ? {
            lesson: await currentLesson(
              session,
              catalog.index.modules.flatMap(({ lessons }) => lessons),
            ),
            exerciseId: undefined,
          }
        : chooseLesson(catalog.index, input.arguments[0]);
    const lesson = await readLesson(catalog, summary.id);
    const exercises = lesson.exercises.filter(({ id }) => exerciseId === undefined || id === exerciseId);
    const { openServices } = await import('./services/open.ts');
    const services = await openServices(session, catalog, textOption(input, 'contexto'));
    try {
      const startedAt = session.clock.now();
      if (exerciseId !== undefined) await prepareFirst(exercises, services, session);
      const quiet = input.options['json'] === true;
      const reports = input.options['observar']
        ? await follow(exercises, services, session, quiet)
        : await verifyAll(exercises, services, session, quiet);
      const seconds = (session.clock.now() - startedAt) / 1000;
      if (quiet) session.output.json(verifyDocument(lesson, reports));
      const junit = textOption(input, 'junit');
      if (junit !== undefined) await writeJunit(junit, lesson, reports, seconds, session);
      tellNotices(
        session,
        reports.flatMap(({ notices }) => notices),
      );
      return exitCodeOf(reports, exercises.length);
    } finally {
      await services.close();
    }
  },
};

/** Where the learner is, or the first lesson for one who has not begun. */
async function currentLesson(
  session: CommandSession,
  lessons: readonly LessonSummary[],
): Promise<LessonSummary> {
  const { progress } = await openProgress(session).load();
  const lesson = lessons.find(({ id }) => id === progress.current?.lessonId) ?? lessons[0];
  if (lesson === undefined)
    throw new Unable('Ese curso no tiene ninguna lección.', 'Revísalo con `curso autor revisar`.');
  return lesson;
}

/** Asking for one exercise begins it: without its scene there would be nothing to look at. */
async function prepareFirst(
  exercises: readonly Exercise[],
  { exercises: service }: Services,
  session: CommandSession,
): Promise<void> {
  for (const exercise of exercises) {
    const prepared = await service.prepare(exercise, session.signal, (step) =>
      session.output.note(session.output.paint('muted', `preparo la escena: ${step}`)),
    );
    if (!prepared.ok) {
      session.output.note(prepared.why);
      session.output.note(prepared.next);
    }
  }
}

async function verifyAll(
  exercises: readonly Exercise[],
  { exercises: service, attempts }: Services,
  session: CommandSession,
  quiet: boolean,
): Promise<readonly Report[]> {
  const [{ reportLines }, { needsScene }] = await Promise.all([
    import('./report-text.ts'),
    import('./services/scene.ts'),
  ]);
  const reports: Report[] = [];
  for (const exercise of exercises) {
    const report = await service.verify(exercise, session.signal);
    reports.push(report);
    if (quiet) continue;
    for (const line of reportLines(report, exercise.title, session.output)) session.output.print(line);
    if (needsScene(exercise) && (await attempts.read(exercise.id))?.prepared !== true) {
      session.output.print(`  Falta preparar su escena: curso preparar ${exercise.id}`);
    }
    session.output.print();
  }
  return reports;
}

/** Watches until everything passes or Ctrl-C; tells each verdict once, when it changes. */
async function follow(
  exercises: readonly Exercise[],
  { exercises: service }: Services,
  session: CommandSession,
  quiet: boolean,
): Promise<readonly Report[]> {
  const { checkLines, pending } = await import('./report-text.ts');
  const done = new AbortController();
  const signal = AbortSignal.any([session.signal, done.signal]);
  const latest = new Map<string, Report>();
  const told = new Map<string, string>();
  const tell = (exercise: Exercise, check: CheckReport, brief: boolean) => {
    const key = `${exercise.id} ${check.id}`;
    const said = JSON.stringify(check.verdict);
    if (told.get(key) === said) return;
    told.set(key, said);
    if (quiet) return;
    const [head = '', ...rest] = checkLines(check, session.output, brief);
    session.output.print(`${exercise.id}${head.replace(/^ {2}/, ' ')}`);
    for (const line of rest) session.output.print(line);
  };
  await Promise.all(
    exercises.map((exercise) =>
      service.watch(exercise, signal, (report) => {
        latest.set(exercise.id, report);
        const brief = pending(report) === 1;
        for (const check of report.checks) tell(exercise, check, brief);
        if (exercises.every(({ id }) => latest.get(id)?.outcome === 'passed')) done.abort();
      }),
    ),
  );
  return exercises.flatMap(({ id }) => latest.get(id) ?? []);
}

/**
 * 1 beats 3: something is known to be missing, whatever else could not be looked at. What was interrupted before the
 * first look has no report.
 */
function exitCodeOf(reports: readonly Report[], asked: number): ExitCode {
  const outcomes = reports.map(({ outcome }) => outcome);
  if (outcomes.some((outcome) => outcome === 'failed' || outcome === 'waiting')) return 1;
  return outcomes.includes('unknown') || reports.length < asked ? 3 : 0;
}

/** The shape others rely on; the keys of each check are those of its verdict. */
function verifyDocument(lesson: Lesson, reports: readonly Report[]) {
  return {
    version: 1,
    lesson: lesson.id,
    exercises: reports.map((report) => ({
      id: report.exerciseId,
      status: report.outcome,
      evidenceLevel: report.evidenceLevel ?? null,
      checks: report.checks.map(({ id, description, verdict: { verdict, ...rest } }) => ({
        id,
        description,
        verdict,
        ...rest,
      })),
    })),
  };
}

async function writeJunit(
  file: string,
  lesson: Lesson,
  reports: readonly Report[],
  seconds: number,
  session: CommandSession,
): Promise<void> {
  const [{ junitDocument }, { writeFile }, { explainSystemError }] = await Promise.all([
    import('./junit.ts'),
    import('node:fs/promises'),
    import('../base/files.ts'),
  ]);
  const target = path.resolve(session.cwd, file);
  try {
    // Where the learner says, with the learner's own permissions: it is theirs, not part of the course's data.
    await writeFile(target, junitDocument(lesson.id, reports, seconds));
  } catch (error) {
    throw new UsageError(
      `No pude escribir ${target}: ${explainSystemError(error)}.`,
      'Elige otro archivo para --junit.',
    );
  }
}
