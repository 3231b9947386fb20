import { formatNumber, plural } from '../base/text.ts';
import { padEnd } from '../base/width.ts';
import type { CourseIndex, LessonSummary } from '../course/compiled.ts';
import type { Progress } from '../course/progress.ts';
import { exerciseStanding, lessonStanding, passedCount } from '../course/standing.ts';
import type { CommandDefinition } from './command.ts';
import { openCatalog, openProgress, tellNotices } from './course.ts';
import type { Output } from './output.ts';

export const lecciones: CommandDefinition = {
  name: 'lecciones',
  summary: 'módulos y lecciones, con lo que llevas hecho',
  options: [{ flags: '--json', doc: 'un documento JSON, para otros programas' }],
  async run(input, session) {
    const [catalog, { progress, notices }] = await Promise.all([
      openCatalog(session),
      openProgress(session).load(),
    ]);
    if (input.options['json']) session.output.json(lessonsDocument(catalog.index, progress));
    else printLessons(session.output, catalog.index, progress);
    tellNotices(session, notices);
    return 0;
  },
};

/** The shape others rely on; see `--json` in the command line's contract. */
function lessonsDocument(index: CourseIndex, progress: Progress) {
  return {
    version: 1,
    modules: index.modules.map((module) => ({
      id: module.id,
      title: module.title,
      lessons: module.lessons.map((lesson) => ({
        id: lesson.id,
        title: lesson.title,
        minutes: lesson.minutes,
        optional: lesson.optional,
        status: lessonStanding(progress, lesson),
        exercises: lesson.exercises.map(({ id, title }) => ({
          id,
          title,
          status: exerciseStanding(progress, id),
        })),
      })),
    })),
  };
}

export function printLessons(output: Output, index: CourseIndex, progress: Progress): void {
  for (const module of index.modules) {
    const passed = module.lessons.filter((lesson) => lessonStanding(progress, lesson) === 'passed').length;
    const count = `${formatNumber(passed)} de ${plural(module.lessons.length, 'lección', 'lecciones')}`;
    output.print(
      `${output.paint('strong', `${module.id}  ${module.title}`)}  ${output.paint('muted', count)}`,
    );
    for (const lesson of module.lessons) output.print(`  ${lessonLine(output, lesson, progress)}`);
    output.print();
  }
}

function lessonLine(output: Output, lesson: LessonSummary, progress: Progress): string {
  const standing = lessonStanding(progress, lesson);
  const name = `${lesson.id}${lesson.optional ? '★' : ''}`;
  const passed = `${passedCount(progress, lesson)}/${lesson.exercises.length}`;
  if (output.accessible) {
    const optional = lesson.optional ? ', optativa' : '';
    const done = `${passed} ${lesson.exercises.length === 1 ? 'ejercicio' : 'ejercicios'}`;
    return `${lesson.id} ${lesson.title}${optional}: ${output.state(standing)}, ${done}, ${lesson.minutes} minutos`;
  }
  const width = Math.max(20, output.columns - 36);
  const word = output.state(standing);
  return `${padEnd(name, 5)} ${padEnd(lesson.title, width)} ${padEnd(passed, 4)} ${padEnd(`${lesson.minutes} min`, 7)} ${word}`;
}
