import type { CommandDefinition } from './command.ts';
import { chooseLesson, openCatalog, openProgress, readLesson } from './course.ts';

export const quiz: CommandDefinition = {
  name: 'quiz',
  summary: 'las preguntas de una lección',
  arguments: [
    { name: 'lección', required: true, doc: 'su número o su nombre: 1.2, cgroups', values: 'lessons' },
  ],
  async run(input, session) {
    const catalog = await openCatalog(session);
    const { lesson: summary } = chooseLesson(catalog.index, input.arguments[0] ?? '');
    const lesson = await readLesson(catalog, summary.id);
    const { output } = session;
    output.print(output.paint('strong', `${lesson.id} ${lesson.title}`));
    output.print();
    if (lesson.questions.length === 0) {
      output.print('Esa lección no tiene preguntas.');
      return 0;
    }
    const { askQuestions } = await import('./questions.ts');
    const asked = lesson.questions.map((question) => ({ lessonId: lesson.id, question }));
    const { right, answered } = await askQuestions(asked, session, openProgress(session));
    if (right < answered) output.print('Las que no salieron vuelven en el repaso: curso repaso');
    return 0;
  },
};
