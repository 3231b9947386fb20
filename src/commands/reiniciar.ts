import { type CommandDefinition, textOption } from './command.ts';
import { chooseExercise, contextOption, openCatalog } from './course.ts';

export const reiniciar: CommandDefinition = {
  name: 'reiniciar',
  summary: 'devuelve un ejercicio a su estado inicial',
  details:
    'Quita lo que el curso hizo para el intento y sortea nombres nuevos. Lo que creaste tú no se toca:\nse enseña, con la orden que lo quita. Lo ya conseguido sigue anotado.',
  arguments: [{ name: 'ejercicio', required: true, doc: '1.2.b o cgroups/b', values: 'exercises' }],
  options: [contextOption],
  async run(input, session) {
    const { output } = session;
    const catalog = await openCatalog(session);
    const { exercise } = await chooseExercise(catalog, input.arguments[0] ?? '');
    const { openServices } = await import('./services/open.ts');
    const services = await openServices(session, catalog, textOption(input, 'contexto'));
    try {
      const stored = await services.attempts.read(exercise.id);
      const done = await services.exercises.reset(exercise, session.signal);
      if (stored === undefined) {
        output.print(`El ejercicio ${exercise.id} ya estaba en su estado inicial.`);
        return 0;
      }
      for (const line of done.removed) output.print(`Quité ${line}.`);
      output.print(
        `El ejercicio ${exercise.id} vuelve a empezar. Lo siguiente: curso preparar ${exercise.id}`,
      );
      if (done.left.length > 0) output.print('Esto es tuyo y lo dejé como está:');
      for (const line of done.left) output.print(`  ${line}`);
      for (const { why, next } of done.pending) {
        output.note(why);
        output.note(next);
      }
      return done.pending.length > 0 ? 3 : 0;
    } finally {
      await services.close();
    }
  },
};
