import { joinWords, nearestNames } from '../base/text.ts';
import { type CommandDefinition, UsageError } from './command.ts';
import { plainMarkdown } from './plain.ts';

/** Sheets of lessons that are still to come. */
const later: { readonly [name: string]: string } = {
  kubectl: 'La chuleta de kubectl llega con las lecciones de Kubernetes.',
};

export const chuleta: CommandDefinition = {
  name: 'chuleta',
  summary: 'chuletas de docker, dockerfile y compose',
  arguments: [
    {
      name: 'tema',
      required: false,
      doc: 'docker, dockerfile o compose',
      values: ['docker', 'dockerfile', 'compose'],
    },
  ],
  async run(input, session) {
    const { output } = session;
    const { listSheets, readSheet } = await import('./services/sheets.ts');
    const names = await listSheets(session);
    const wanted = input.arguments[0]?.toLowerCase();
    if (wanted === undefined) {
      for (const name of names) output.print(`curso chuleta ${name}`);
      return 0;
    }
    const text = names.includes(wanted) ? await readSheet(session, wanted) : undefined;
    if (text !== undefined) {
      for (const line of plainMarkdown(text, output.columns)) output.print(line);
      return 0;
    }
    const near = nearestNames(wanted, names, 1)[0];
    throw new UsageError(
      later[wanted] ?? `No hay una chuleta llamada \`${wanted}\`.`,
      `${near === undefined ? '' : `¿Querías decir \`${near}\`? `}Hay de ${joinWords(names)}.`,
    );
  },
};
