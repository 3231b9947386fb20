import path from 'node:path';
import { exists } from '../base/files.ts';
import { type Catalog, CourseUnreadable, openBundledCourse, openCourseFolder } from '../course/catalog.ts';
import type { CourseIndex, LessonSummary } from '../course/compiled.ts';
import type { Exercise, Lesson } from '../course/model.ts';
import { openProgressStore, type ProgressStore } from '../course/progress-store.ts';
import { exercisesOf, select } from '../course/select.ts';
import { type CommandSession, type OptionDefinition, Unable, UsageError } from './command.ts';

export const contextOption: OptionDefinition = {
  flags: '--contexto <nombre>',
  doc: 'un clúster de tu kubeconfig, en vez del integrado',
};

/** The course this run is about, and its progress. Problems of somebody else's files are told once, on stderr. */
export async function openCatalog(session: CommandSession): Promise<Catalog> {
  const { courseFolder, packageRoot, output } = session;
  try {
    if (courseFolder === undefined) return await openBundledCourse(packageRoot);
    const folder = path.resolve(session.cwd, courseFolder);
    if (!(await exists(folder))) {
      throw new UsageError(
        `No existe la carpeta ${folder}.`,
        'Revisa `--curso` o la variable CURSO_K8S_CURSO.',
      );
    }
    const catalog = await openCourseFolder(folder, packageRoot);
    if (catalog.problems.length > 0) {
      const count = catalog.problems.length === 1 ? 'un problema' : `${catalog.problems.length} problemas`;
      output.note(`Ese curso tiene ${count}. Lo cuenta \`curso autor revisar ${courseFolder}\`.`);
    }
    return catalog;
  } catch (error) {
    if (error instanceof CourseUnreadable) throw new Unable(error.message, '', { cause: error });
    throw error;
  }
}

export function openProgress(session: CommandSession): ProgressStore {
  return openProgressStore(session.home, session.clock);
}

/** What happened to the progress file, on stderr. */
export function tellNotices(session: CommandSession, notices: readonly string[]): void {
  for (const notice of new Set(notices))
    session.output.note(`${session.output.paint('wait', 'Aviso:')} ${notice}`);
}

/** A lesson by what was typed; `UsageError` with the nearest names otherwise. An exercise's name stands for its lesson. */
export function chooseLesson(
  index: CourseIndex,
  written: string,
): { lesson: LessonSummary; exerciseId?: string } {
  const selection = select(index, written);
  if (!selection.ok) throw new UsageError(selection.message, selection.remedy);
  return selection;
}

/** An exercise by what was typed. */
export async function chooseExercise(
  catalog: Catalog,
  written: string,
): Promise<{ readonly lesson: Lesson; readonly exercise: Exercise }> {
  const { lesson: summary, exerciseId } = chooseLesson(catalog.index, written);
  if (exerciseId === undefined) {
    throw new UsageError(
      `\`${written}\` es una lección, y aquí hace falta un ejercicio.`,
      exercisesOf(summary),
    );
  }
  const lesson = await readLesson(catalog, summary.id);
  const exercise = lesson.exercises.find(({ id }) => id === exerciseId);
  if (exercise === undefined)
    throw new UsageError(`No existe el ejercicio \`${written}\`.`, exercisesOf(summary));
  return { lesson, exercise };
}

/** The whole lesson; its id comes from the index, so it is there unless the installation is damaged. */
export async function readLesson(catalog: Catalog, id: string): Promise<Lesson> {
  const lesson = await catalog.lesson(id);
  if (lesson === undefined)
    throw new Unable(`La lección ${id} no se puede leer.`, 'Vuelve a instalar el curso.');
  return lesson;
}
