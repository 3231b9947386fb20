import { type CommandDefinition, textOption, Unable } from './command.ts';
import { chooseExercise, contextOption, openCatalog } from './course.ts';

export const shell: CommandDefinition = {
  name: 'shell',
  summary: 'una terminal preparada para un ejercicio',
  details:
    'Con ejercicio: su carpeta, sus variables ($CURSO_NOMBRE…) y su mundo. Se sale con `exit` o Ctrl-D.',
  arguments: [{ name: 'ejercicio', required: false, doc: '1.2.b o cgroups/b', values: 'exercises' }],
  options: [contextOption],
  async run(input, session) {
    const { output } = session;
    const catalog = await openCatalog(session);
    const written = input.arguments[0];
    const exercise = written === undefined ? undefined : (await chooseExercise(catalog, written)).exercise;
    const [{ openServices }, { runInTerminal }] = await Promise.all([
      import('./services/open.ts'),
      import('../base/process.ts'),
    ]);
    const services = await openServices(session, catalog, textOption(input, 'contexto'));
    try {
      if (exercise !== undefined) {
        const prepared = await services.exercises.prepare(exercise, session.signal, (step) =>
          output.note(step),
        );
        output.note(prepared.open.world.announcement);
        if (!prepared.ok) output.note(`${prepared.why}\n${prepared.next}`);
      }
      const terminal = await services.exercises.terminal(exercise);
      if (output.interactive)
        output.note('Estás en una terminal del curso. Escribe exit (o Ctrl-D) para salir.');
      const { missing } = await runInTerminal(terminal.argv, terminal);
      if (missing)
        throw new Unable(
          `No encuentro el programa \`${terminal.argv[0]}\`.`,
          'Define SHELL con la ruta de tu shell.',
        );
      return 0;
    } finally {
      await services.close();
    }
  },
};
