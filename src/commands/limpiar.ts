import { plural } from '../base/text.ts';
import { confirm } from './ask.ts';
import { type CommandDefinition, Unable, UsageError } from './command.ts';

export const limpiar: CommandDefinition = {
  name: 'limpiar',
  summary: 'quita del equipo lo que hizo el curso; tu progreso se queda',
  details:
    'Enseña la lista y pregunta. Quita los objetos de Docker con la etiqueta `curso-k8s` de tus intentos,\nlos procesos con su marca, sus carpetas de trabajo y el clúster integrado. Lo que creaste tú sin\netiqueta no se toca.',
  options: [
    { flags: '--si', doc: 'sin preguntar' },
    { flags: '--todo', doc: 'también lo etiquetado por otra carpeta o usuario del curso' },
  ],
  async run(input, session) {
    const { output } = session;
    const { openServices } = await import('./services/open.ts');
    const { findRemovable, removeAll } = await import('./services/cleaning.ts');
    const services = await openServices(session);
    try {
      const found = await findRemovable(services, session, input.options['todo'] === true);
      for (const line of found.lines) output.print(line);
      if (found.foreign > 0) {
        output.print(
          `Hay ${plural(found.foreign, 'objeto')} de Docker con la etiqueta del curso y de otra carpeta: \`curso limpiar --todo\`.`,
        );
      }
      if (found.lines.length === 0) {
        output.print('No hay nada del curso que quitar.');
        return 0;
      }
      if (input.options['si'] !== true && !(await confirm(session, '¿Quitar todo esto?'))) {
        throw new UsageError('No quité nada.', 'Para quitarlo sin preguntas: `curso limpiar --si`.');
      }
      const { removed, left } = await removeAll(found, services, session);
      for (const line of removed) output.print(`Quité ${line}.`);
      if (left.length > 0) output.print('Esto se queda, y así se quita:');
      for (const line of left) output.print(`  ${line}`);
      output.print('Tu progreso sigue guardado.');
      if (found.unavailable !== undefined) {
        throw new Unable(
          `Los objetos de Docker no se pudieron mirar: ${found.unavailable.why}`,
          found.unavailable.next,
        );
      }
      return 0;
    } finally {
      await services.close();
    }
  },
};
