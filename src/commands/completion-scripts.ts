import type { CourseIndex } from '../course/compiled.ts';
import type { ArgumentDefinition, CommandDefinition } from './command.ts';
import { globalOptions } from './program.ts';

/**
 * Completion without starting Node at each tab: the words are written into the script. Every position is a path of
 * words already typed, and what may follow.
 */
export function completionScript(
  shell: 'bash' | 'zsh' | 'fish',
  commands: readonly CommandDefinition[],
  index: CourseIndex,
): string {
  const positions = positionsOf(commands, index);
  switch (shell) {
    case 'bash':
      return bashScript(positions);
    case 'zsh':
      return zshScript(positions);
    case 'fish':
      return fishScript(commands, index);
  }
}

interface Position {
  /** `progreso exportar` */
  readonly path: string;
  readonly words: readonly string[];
  readonly options: readonly string[];
  readonly files: boolean;
}

function positionsOf(commands: readonly CommandDefinition[], index: CourseIndex): readonly Position[] {
  const below = (path: readonly string[], definition: CommandDefinition): readonly Position[] => {
    const values = (definition.arguments ?? []).flatMap((argument) => wordsFor(argument, index));
    const files = (definition.arguments ?? []).some((argument) => argument.values === 'files');
    const children = definition.subcommands ?? [];
    const here: Position = {
      path: path.join(' '),
      words: [...children.map(({ name }) => name), ...values],
      options: optionNames(definition),
      files,
    };
    return [here, ...children.flatMap((child) => below([...path, child.name], child))];
  };
  const root: Position = {
    path: '',
    words: commands.map(({ name }) => name),
    options: ['--help', '--version', ...globalOptions.map(({ flags }) => longName(flags))],
    files: false,
  };
  return [root, ...commands.flatMap((command) => below([command.name], command))];
}

function wordsFor({ values }: ArgumentDefinition, index: CourseIndex): readonly string[] {
  if (values === undefined || values === 'files') return [];
  if (typeof values !== 'string') return values;
  const lessons = index.modules.flatMap((module) => module.lessons);
  const lessonWords = lessons.flatMap(({ id, alias }) => [id, alias]);
  const exerciseWords = lessons.flatMap(({ exercises }) => exercises.map(({ id }) => id));
  if (values === 'lessons') return lessonWords;
  return values === 'exercises' ? exerciseWords : [...lessonWords, ...exerciseWords];
}

function optionNames(definition: CommandDefinition): readonly string[] {
  return [...(definition.options ?? []), ...globalOptions]
    .map(({ flags }) => longName(flags))
    .concat('--help');
}

function longName(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

/** Ids of somebody else's course end inside a shell script: only plain words get in. */
function plainWords(words: readonly string[]): string {
  return words.filter((word) => /^[\w.-]+$/.test(word)).join(' ');
}

/** The words before the cursor, without options, choose the longest known path. */
function bashScript(positions: readonly Position[]): string {
  const cases = positions
    .toSorted((left, right) => right.path.length - left.path.length)
    .map(({ path, words, options, files }) => {
      const pattern = path === '' ? '*' : `"${path}"|"${path} "*`;
      return `    ${pattern}) words="${plainWords(words)}"; options="${plainWords(options)}"; files=${files ? 1 : 0} ;;`;
    });
  return `# Autocompletado de curso para bash. Se genera con: curso autocompletado bash
_curso() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words options files
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "$current" in -*) words="$options" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "$files" = 1 ] && [ \${#COMPREPLY[@]} -eq 0 ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _curso curso curso-k8s
`;
}

function zshScript(positions: readonly Position[]): string {
  const cases = positions
    .toSorted((left, right) => right.path.length - left.path.length)
    .map(({ path, words, options, files }) => {
      const pattern = path === '' ? '*' : `"${path}"|"${path} "*`;
      return `    ${pattern}) candidates=(${plainWords(words)}); options=(${plainWords(options)}); files=${files ? 1 : 0} ;;`;
    });
  return `#compdef curso curso-k8s
# Autocompletado de curso para zsh. Se genera con: curso autocompletado zsh
_curso() {
  local word_path="" word
  local -a candidates options
  local files=0
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in -*) ;; *) word_path="\${word_path:+$word_path }$word" ;; esac
  done
  case "$word_path" in
${cases.join('\n')}
  esac
  if [[ "$PREFIX" == -* ]]; then
    compadd -- $options
  else
    compadd -- $candidates
    (( files )) && _files
  fi
}
if [[ "\${funcstack[1]}" == _curso ]]; then _curso "$@"; else compdef _curso curso curso-k8s; fi
`;
}

function fishScript(commands: readonly CommandDefinition[], index: CourseIndex): string {
  const lines: string[] = [];
  for (const program of ['curso', 'curso-k8s']) {
    const add = (condition: string, rest: string) =>
      lines.push(`complete -c ${program} -n '${condition}' ${rest}`);
    lines.push(`complete -c ${program} -f`);
    for (const command of commands) {
      add('__fish_use_subcommand', `-a ${command.name} -d '${fishText(command.summary)}'`);
      const within = `__fish_seen_subcommand_from ${command.name}`;
      const children = command.subcommands ?? [];
      const notYet =
        children.length === 0
          ? within
          : `${within}; and not __fish_seen_subcommand_from ${children.map(({ name }) => name).join(' ')}`;
      for (const child of children) add(notYet, `-a ${child.name} -d '${fishText(child.summary)}'`);
      for (const definition of [command, ...children]) {
        const here =
          definition === command ? within : `${within}; and __fish_seen_subcommand_from ${definition.name}`;
        const words = (definition.arguments ?? []).flatMap((argument) => wordsFor(argument, index));
        if (words.length > 0) add(here, `-a '${plainWords(words)}'`);
        if ((definition.arguments ?? []).some(({ values }) => values === 'files')) add(here, '-F');
        for (const { flags, doc } of definition.options ?? []) {
          const value = flags.includes('<') ? ' -r -F' : '';
          add(here, `-l ${longName(flags).slice(2)} -d '${fishText(doc)}'${value}`);
        }
      }
    }
    for (const { flags, doc } of globalOptions) {
      const value = flags.includes('<') ? ' -r -F' : '';
      lines.push(`complete -c ${program} -l ${longName(flags).slice(2)} -d '${fishText(doc)}'${value}`);
    }
  }
  return ['# Autocompletado de curso para fish. Se genera con: curso autocompletado fish', ...lines, ''].join(
    '\n',
  );
}

function fishText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
