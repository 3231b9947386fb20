import { type CommandDefinition, textOption } from './command.ts';
import { chooseExercise, contextOption, openCatalog, tellNotices } from './course.ts';

export const preparar: CommandDefinition = {
  name: 'preparar',
  summary: 'prepara la escena de un ejercicio y dice qué pide',
  arguments: [{ name: 'ejercicio', required: true, doc: '1.2.b o cgroups/b', values: 'exercises' }],
  options: [contextOption],
  async run(input, session) {
    const { output } = session;
    const catalog = await openCatalog(session);
    const { exercise } = await chooseExercise(catalog, input.arguments[0] ?? '');
    const [{ openServices }, { taskLines }] = await Promise.all([
      import('./services/open.ts'),
      import('./report-text.ts'),
    ]);
    const services = await openServices(session, catalog, textOption(input, 'contexto'));
    try {
      const prepared = await services.exercises.prepare(exercise, session.signal, (step) =>
        output.note(output.paint('muted', `preparo la escena: ${step}`)),
      );
      const { open } = prepared;
      for (const line of taskLines(open, exercise.title, output)) output.print(line);
      if (open.questions.length > 0) output.print();
      for (const question of open.questions) {
        output.print(`Se contesta con: curso responder ${exercise.id} ${question.id}=…   (${question.text})`);
      }
      output.print();
      output.print(`Cuando lo tengas: curso verificar ${exercise.id}`);
      tellNotices(session, open.notices);
      if (prepared.ok) return 0;
      output.note(prepared.why);
      output.note(prepared.next);
      return 3;
    } finally {
      await services.close();
    }
  },
};
