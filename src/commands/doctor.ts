import { wrapText } from '../base/width.ts';
import type { CommandDefinition } from './command.ts';
import { openCatalog } from './course.ts';

export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'qué hay en tu equipo, qué falta y qué orden lo arregla',
  options: [{ flags: '--json', doc: 'un documento JSON, para otros programas' }],
  async run(input, session) {
    const { output, home, clock } = session;
    const [{ diagnose, saveDiagnosis }, { openAttemptStore }] = await Promise.all([
      import('./services/diagnosis.ts'),
      import('../course/attempts.ts'),
    ]);
    const diagnosis = await diagnose(session);
    const { items } = diagnosis;
    const unsaved = await openCatalog(session).then(
      (catalog) => saveDiagnosis(diagnosis, session, catalog, openAttemptStore(home, clock)),
      // A damaged installation must not keep the doctor from speaking.
      (error: unknown) => [error instanceof Error ? error.message : String(error)],
    );
    if (input.options['json']) {
      output.json({
        version: 1,
        ok: items.every(({ state }) => state !== 'missing'),
        checks: items.map(({ id, title, state, detail, remedy }) => ({ id, title, state, detail, remedy })),
      });
    } else {
      for (const { title, state, detail, remedy } of items) {
        const head = `${output.state(state)} · ${title}: `;
        for (const line of wrapText(`${head}${detail}`, output.columns, '', '    ')) output.print(line);
        if (remedy === '') continue;
        for (const line of wrapText(`Remedio: ${remedy}`, output.columns, '    ')) output.print(line);
      }
    }
    for (const problem of unsaved) output.note(problem);
    // It looked and told: what is missing is an answer, not a failure of the command.
    return 0;
  },
};
