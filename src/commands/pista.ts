import type { CommandDefinition } from './command.ts';
import { chooseExercise, openCatalog, tellNotices } from './course.ts';
import { plainMarkdown } from './plain.ts';

export const pista: CommandDefinition = {
  name: 'pista',
  summary: 'la siguiente pista de un ejercicio',
  details:
    'Hay cuatro: dónde mirar, el concepto, casi la orden y la solución explicada. Usarlas no resta nada.',
  arguments: [{ name: 'ejercicio', required: true, doc: '1.2.b o cgroups/b', values: 'exercises' }],
  async run(input, session) {
    const { output } = session;
    const catalog = await openCatalog(session);
    const { exercise } = await chooseExercise(catalog, input.arguments[0] ?? '');
    const { openServices } = await import('./services/open.ts');
    const services = await openServices(session, catalog);
    try {
      const hint = await services.exercises.hint(exercise);
      output.print(output.paint('strong', `Pista ${hint.level} de ${hint.total}`));
      for (const line of plainMarkdown(hint.text, output.columns)) output.print(line);
      if (hint.level === hint.total) {
        output.print();
        output.print(output.paint('muted', 'No quedan más pistas.'));
      }
      tellNotices(session, hint.notices);
      return 0;
    } finally {
      await services.close();
    }
  },
};
