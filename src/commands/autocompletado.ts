import { type CommandDefinition, UsageError } from './command.ts';
import { openCatalog } from './course.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export const autocompletado: CommandDefinition = {
  name: 'autocompletado',
  aliases: ['completion'],
  summary: 'guion de autocompletado para bash, zsh o fish',
  details: [
    'bash:  curso autocompletado bash >> ~/.bashrc',
    'zsh:   curso autocompletado zsh > "${fpath[1]}/_curso"',
    'fish:  curso autocompletado fish > ~/.config/fish/completions/curso.fish',
  ].join('\n'),
  arguments: [{ name: 'shell', required: true, doc: 'bash, zsh o fish', values: shells }],
  async run(input, session) {
    const wanted = shells.find((name) => name === input.arguments[0]);
    if (wanted === undefined) {
      throw new UsageError(
        `No hay autocompletado para \`${input.arguments[0]}\`.`,
        'Hay de bash, zsh y fish.',
      );
    }
    const [{ completionScript }, { index }] = await Promise.all([
      import('./completion-scripts.ts'),
      openCatalog(session),
    ]);
    session.output.print(completionScript(wanted, input.commands, index).trimEnd());
    return 0;
  },
};
