import { lessonsOf } from '../course/catalog.ts';
import { nextExercise, nextLesson, percentDone } from '../course/standing.ts';
import type { CommandSession, ExitCode } from './command.ts';
import { openCatalog, openProgress, tellNotices } from './course.ts';
import { printLessons } from './lecciones.ts';

/** `curso` alone: the full screen in a terminal; the index and what to do next anywhere else. */
export async function openCourse(session: CommandSession): Promise<ExitCode> {
  if (!session.output.interactive) return printIndex(session);
  const { runTui } = await import('./tui.ts');
  return runTui(session);
}

async function printIndex(session: CommandSession): Promise<ExitCode> {
  const { output } = session;
  const [{ index }, { progress, notices }] = await Promise.all([
    openCatalog(session),
    openProgress(session).load(),
  ]);
  const lessons = lessonsOf(index);
  output.print(`${output.paint('strong', 'curso-k8s')}  ${percentDone(progress, lessons)} % hecho`);
  output.print();
  printLessons(output, index, progress);
  const lesson = nextLesson(progress, lessons);
  if (lesson === undefined) {
    output.print('Terminaste todas las lecciones. Para no olvidarlas: curso repaso');
  } else {
    const exercise = nextExercise(progress, lesson);
    output.print(`Sigue por aquí:  curso leccion ${lesson.id}`);
    if (exercise !== undefined) output.print(`                 curso preparar ${exercise.id}`);
  }
  tellNotices(session, notices);
  return 0;
}
