import { Command, CommanderError, Help } from 'commander';
import { joinWords, nearestNames } from '../base/text.ts';
import { wrapText } from '../base/width.ts';
import {
  type CommandDefinition,
  type CommandInput,
  type CommandSession,
  type ExitCode,
  UsageError,
} from './command.ts';

/** Options that every command takes. */
export const globalOptions = [
  { flags: '--curso <carpeta>', doc: 'lecciones de otra carpeta, en vez de las del programa' },
  { flags: '--accesible', doc: 'texto lineal, sin marcos, con el estado en palabras' },
] as const;

/** Parses and runs one command. Rejects with `UsageError` for wrong use. Help goes to stdout, with code 0. */
export async function runProgram(
  definitions: readonly CommandDefinition[],
  argv: readonly string[],
  session: CommandSession,
): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = new SpanishCommand('curso');
  program
    .description(
      'Contenedores y Kubernetes en tu terminal, con herramientas de verdad. Sin orden, abre el curso.',
    )
    .version(session.version, '-V, --version', 'muestra la versión')
    .helpCommand('ayuda [orden]', 'muestra la ayuda de una orden')
    .usage('[orden] [opciones]');
  for (const option of globalOptions) program.option(option.flags, option.doc);
  prepare(program, session);
  for (const definition of definitions) {
    addCommand(program, definition, async (run, input) => {
      exitCode = await run({ ...input, commands: definitions }, session);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    throw inSpanish(error, definitions, argv);
  }
  return exitCode;
}

type Runner = (
  run: NonNullable<CommandDefinition['run']>,
  input: Omit<CommandInput, 'commands'>,
) => Promise<void>;

function addCommand(parent: Command, definition: CommandDefinition, runner: Runner): void {
  const command = parent
    .command(definition.name)
    .description(definition.summary)
    .aliases([...(definition.aliases ?? [])]);
  for (const argument of definition.arguments ?? []) {
    const name = argument.variadic ? `${argument.name}...` : argument.name;
    command.argument(argument.required ? `<${name}>` : `[${name}]`, argument.doc);
  }
  for (const option of [...(definition.options ?? []), ...globalOptions])
    command.option(option.flags, option.doc);
  for (const child of definition.subcommands ?? []) addCommand(command, child, runner);
  if (definition.details !== undefined) command.addHelpText('after', `\n${definition.details}`);
  const { run } = definition;
  if (run === undefined) return;
  command.action(async () => {
    const last = definition.arguments?.at(-1);
    const values = command.args;
    const single = definition.arguments?.length ?? 0;
    await runner(run, {
      arguments: values.slice(0, last?.variadic ? single - 1 : single),
      rest: last?.variadic ? values.slice(single - 1) : [],
      options: command.opts(),
    });
  });
}

function prepare(command: Command, session: Pick<CommandSession, 'output'>): void {
  command
    .helpOption('-h, --help', 'muestra esta ayuda')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => session.output.print(text.replace(/\n$/, '')),
      writeErr: () => undefined,
      outputError: () => undefined,
    })
    .configureHelp({ helpWidth: session.output.columns });
}

/** Children inherit class and settings, so the whole tree speaks Spanish. */
class SpanishCommand extends Command {
  override createCommand(name?: string): Command {
    return new SpanishCommand(name)
      .helpOption('-h, --help', 'muestra esta ayuda')
      .usage('[opciones] [argumentos]');
  }
  override createHelp(): Help {
    return Object.assign(new SpanishHelp(), this.configureHelp());
  }
}

const titles: { readonly [english: string]: string } = {
  'Usage:': 'Uso:',
  'Arguments:': 'Argumentos:',
  'Options:': 'Opciones:',
  'Global Options:': 'Opciones generales:',
  'Commands:': 'Órdenes:',
};

class SpanishHelp extends Help {
  override styleTitle(title: string): string {
    return titles[title] ?? title;
  }
  override commandUsage(command: Command): string {
    const parents: string[] = [];
    for (let up: Command | null = command; up !== null; up = up.parent) parents.unshift(up.name());
    const parts = command.registeredArguments.map((argument) => {
      const name = argument.name() + (argument.variadic ? '…' : '');
      return argument.required ? `<${name}>` : `[${name}]`;
    });
    if (command.commands.length > 0) parts.unshift('[orden]');
    return [...parents, ...parts, '[opciones]'].join(' ');
  }
  override subcommandTerm(command: Command): string {
    const parts = command.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    );
    return [command.name(), ...parts].join(' ');
  }
  override boxWrap(text: string, width: number): string {
    return wrapText(text, width).join('\n');
  }
}

/** The same facts as commander's message, which is only in English; the quoted name is the only part we need of it. */
function inSpanish(
  error: CommanderError,
  definitions: readonly CommandDefinition[],
  argv: readonly string[],
): UsageError {
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const { path, definition } = deepest(definitions, argv);
  const help = `Mira \`${['curso', ...path, '--help'].join(' ')}\`.`;
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(named, definition?.subcommands ?? definitions, path);
    case 'commander.unknownOption': {
      const options = [...(definition?.options ?? []), ...globalOptions].map(
        ({ flags }) => /--[\wáéíóúñ-]+/.exec(flags)?.[0] ?? flags,
      );
      const near = nearestNames(named, [...options, '--help']);
      const owner = path.length === 0 ? '`curso`' : `\`curso ${path.join(' ')}\``;
      return new UsageError(
        `${owner} no tiene la opción \`${named}\`.`,
        near.length > 0 ? `¿Querías decir ${quoteAll(near)}? ${help}` : help,
      );
    }
    case 'commander.optionMissingArgument':
      return new UsageError(`A la opción \`${named}\` le falta su valor.`, help);
    case 'commander.missingArgument':
      return new UsageError(`Falta decir ${argumentDoc(definition, named)}.`, help);
    case 'commander.excessArguments': {
      const known = definition?.arguments?.length ?? 0;
      if (path.length === 0 || (definition?.subcommands ?? []).length > 0) {
        const word = argv.filter((part) => !part.startsWith('-'))[path.length] ?? '';
        return unknownCommand(word, definition?.subcommands ?? definitions, path);
      }
      return new UsageError(`Sobran argumentos: \`curso ${path.join(' ')}\` acepta ${known}.`, help);
    }
    default:
      return new UsageError(`No entiendo la orden: ${error.message.replace(/^error: /, '')}.`, help);
  }
}

function unknownCommand(
  written: string,
  choices: readonly CommandDefinition[],
  path: readonly string[],
): UsageError {
  const near = nearestNames(
    written,
    choices.map(({ name }) => name),
  );
  const prefix = ['curso', ...path].join(' ');
  const remedy =
    near.length > 0
      ? `¿Querías decir ${quoteAll(near.map((name) => `${prefix} ${name}`))}?`
      : `Las órdenes están en \`${prefix} --help\`.`;
  return new UsageError(`No existe la orden \`${written}\`.`, remedy);
}

function quoteAll(names: readonly string[]): string {
  return joinWords(
    names.map((name) => `\`${name}\``),
    'o',
  );
}

function argumentDoc(definition: CommandDefinition | undefined, name: string): string {
  const argument = definition?.arguments?.find((each) => each.name === name);
  return argument === undefined ? `\`<${name}>\`` : `\`<${name}>\` (${argument.doc})`;
}

function deepest(
  definitions: readonly CommandDefinition[],
  argv: readonly string[],
): { readonly path: readonly string[]; readonly definition?: CommandDefinition } {
  const path: string[] = [];
  let definition: CommandDefinition | undefined;
  let choices = definitions;
  for (const word of argv.filter((part) => !part.startsWith('-'))) {
    const found = choices.find(({ name, aliases }) => name === word || aliases?.includes(word));
    if (found === undefined) break;
    path.push(word);
    definition = found;
    choices = found.subcommands ?? [];
  }
  return definition === undefined ? { path } : { path, definition };
}
