import { cleanLine, joinWords, nearestNames } from '../base/text.ts';
import type { Exercise } from '../course/model.ts';
import { type CommandDefinition, UsageError } from './command.ts';
import { chooseExercise, openCatalog, tellNotices } from './course.ts';

export const responder: CommandDefinition = {
  name: 'responder',
  summary: 'contesta las preguntas de un ejercicio',
  details:
    'Ejemplos:\n  curso responder 1.1.a 4321\n  curso responder 1.1.b conjunto="net, pid, mnt"\nSin respuestas, enseña las preguntas y lo contestado.',
  arguments: [
    { name: 'ejercicio', required: true, doc: '1.2.b o cgroups/b', values: 'exercises' },
    {
      name: 'respuesta',
      required: false,
      variadic: true,
      doc: 'pregunta=valor, o el valor si hay una pregunta',
    },
  ],
  async run(input, session) {
    const { output } = session;
    const catalog = await openCatalog(session);
    const { exercise } = await chooseExercise(catalog, input.arguments[0] ?? '');
    if (exercise.questions.length === 0) {
      throw new UsageError(
        `El ejercicio ${exercise.id} no hace preguntas: se comprueba lo que haces.`,
        `Compruébalo con \`curso verificar ${exercise.id}\`.`,
      );
    }
    const given = input.rest.map((word) => splitAnswer(exercise, word));
    const { openServices } = await import('./services/open.ts');
    const services = await openServices(session, catalog);
    try {
      for (const { question, text } of given) {
        const kept = await services.exercises.answer(exercise, question, text);
        if (!kept.ok)
          throw new UsageError(kept.problem, `La pregunta está en \`curso responder ${exercise.id}\`.`);
        output.print(`Anotado: ${question} = ${cleanLine(text)}`);
        tellNotices(session, kept.notices);
      }
      if (given.length === 0) {
        const open = await services.exercises.open(exercise);
        for (const { id, text, options } of open.questions) {
          const answer = open.attempt.answers[id];
          output.print(`${id}: ${text}${options.length > 0 ? ` (${options.join(' | ')})` : ''}`);
          output.print(answer === undefined ? '  sin contestar' : `  ${String(answer)}`);
        }
      } else {
        output.print(`Compruébalo con: curso verificar ${exercise.id}`);
      }
      return 0;
    } finally {
      await services.close();
    }
  },
};

/** `pid=12`, or `12` alone when there is only one question (its value may contain `=`). */
function splitAnswer(exercise: Exercise, word: string): { readonly question: string; readonly text: string } {
  const ids = exercise.questions.map(({ id }) => id);
  const at = word.indexOf('=');
  const name = at < 0 ? '' : word.slice(0, at).trim();
  if (ids.includes(name)) return { question: name, text: word.slice(at + 1) };
  const [only, ...others] = ids;
  if (only !== undefined && others.length === 0 && nearestNames(name, [only]).length === 0) {
    return { question: only, text: word };
  }
  const near = nearestNames(name, ids, 1)[0];
  throw new UsageError(
    name === ''
      ? `Falta decir qué pregunta contesta «${word}».`
      : `El ejercicio ${exercise.id} no pregunta \`${name}\`.`,
    near === undefined
      ? `Escribe \`pregunta=valor\`. Pregunta por ${joinWords(ids)}.`
      : `¿Querías decir \`${near}=${word.slice(at + 1)}\`?`,
  );
}
