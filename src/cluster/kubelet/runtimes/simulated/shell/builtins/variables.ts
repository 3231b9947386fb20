import { Errno } from '../../fs/errno.ts';
import { normal } from '../../fs/paths.ts';
import { type Builtin, ShellFailure, type ShellHost } from '../host.ts';

/** Built-ins for variables, options and the shell's own settings. */
export const variables: { readonly [name: string]: Builtin } = {
  cd,
  chdir: cd,
  pwd: async (shell, args) => {
    await shell.sys.out(`${args[1] === '-P' ? shell.sys.files.realpath('.') : shell.sys.files.cwd}\n`);
    return 0;
  },
  export: (shell, args) => declare(shell, args, 'exported'),
  readonly: (shell, args) => declare(shell, args, 'readonly'),
  local: async (shell, args) => {
    if (!shell.state.inFunction) {
      await shell.complain('local: not in a function');
      throw new ShellFailure(2);
    }
    for (const text of args.slice(1)) {
      const [name, value] = assignment(text);
      shell.state.local(name);
      if (value !== undefined) await put(shell, name, value);
    }
    return 0;
  },
  unset: async (shell, args) => {
    const functions = args[1] === '-f';
    for (const name of args.slice(args[1]?.startsWith('-') === true ? 2 : 1)) {
      if (functions) shell.state.functions.delete(name);
      else if (!shell.state.unset(name)) {
        await shell.complain(`unset: ${name}: is read only`);
        throw new ShellFailure(2);
      } else if (args[1] !== '-v' && !shell.state.variables.has(name)) shell.state.functions.delete(name);
    }
    return 0;
  },
  set,
  shift: async (shell, args) => {
    const count = Number(args[1] ?? 1);
    if (!Number.isInteger(count) || count < 0) {
      await shell.complain(`shift: Illegal number: ${args[1]}`);
      throw new ShellFailure(2);
    }
    if (count > shell.state.positional.length) {
      if (shell.state.positional.length === 0 && count === 1) return 1;
      return 1;
    }
    shell.state.positional = shell.state.positional.slice(count);
    return 0;
  },
  getopts,
  alias: async (shell, args) => {
    let code = 0;
    const shown = args.length === 1 ? [...shell.state.aliases.keys()] : [];
    for (const text of [...shown, ...args.slice(1)]) {
      const [name, value] = text.includes('=') ? assignment(text) : [text, undefined];
      const known = shell.state.aliases.get(name);
      if (value !== undefined) shell.state.aliases.set(name, value);
      else if (known !== undefined) await shell.sys.out(`${name}='${known}'\n`);
      else {
        await shell.complain(`alias: ${name}: not found`);
        code = 1;
      }
    }
    return code;
  },
  unalias: async (shell, args) => {
    if (args[1] === '-a') shell.state.aliases.clear();
    let code = 0;
    for (const name of args.slice(1).filter((arg) => arg !== '-a'))
      if (!shell.state.aliases.delete(name)) code = 1;
    return code;
  },
  umask: async (shell, args) => {
    const { files } = shell.sys;
    const [, text] = args;
    if (text === undefined) await shell.sys.out(`${files.umask.toString(8).padStart(4, '0')}\n`);
    else if (/^[0-7]+$/.test(text)) files.umask = Number.parseInt(text, 8) & 0o777;
    else if (text === '-S') {
      const rights = (shift: number) =>
        ['r', 'w', 'x'].filter((_, bit) => ((files.umask >> shift) & (4 >> bit)) === 0).join('');
      await shell.sys.out(`u=${rights(6)},g=${rights(3)},o=${rights(0)}\n`);
    } else {
      await shell.complain(`umask: Illegal mode: ${text}`);
      return 1;
    }
    return 0;
  },
  ulimit: async (shell, args) => {
    if (args.length <= 2 && !/^\d+$/.test(args[1] ?? '')) {
      await shell.sys.out(`${args[1] === '-n' ? '1048576' : 'unlimited'}\n`);
    }
    return 0;
  },
  times: async (shell) => {
    await shell.sys.out('0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n');
    return 0;
  },
  let: (shell, args) => (args.slice(1).reduce((_, text) => shell.expander.evaluate(text), 0n) === 0n ? 1 : 0),
  history: async (shell) => {
    for (const [index, line] of shell.history.entries())
      await shell.sys.out(`${String(index).padStart(5)} ${line}\n`);
    return 0;
  },
};

async function cd(shell: ShellHost, args: readonly string[]): Promise<number> {
  const { state, sys } = shell;
  const rest = args.slice(1).filter((arg) => arg !== '-L' && arg !== '-P' && arg !== '--');
  const back = rest[0] === '-';
  const target = back ? (state.get('OLDPWD') ?? '') : (rest[0] ?? state.get('HOME') ?? '');
  if (target === '') return 0;
  const before = sys.files.cwd;
  const found = tryFolder(shell, target);
  if (found === undefined) {
    await shell.complain(`cd: can't cd to ${target}: ${failure(shell, target)}`);
    return 2;
  }
  state.set('OLDPWD', before);
  state.set('PWD', sys.files.cwd);
  if (back || found !== target) await sys.out(`${sys.files.cwd}\n`);
  return 0;
}

/** Goes there; the path tried (through CDPATH), undefined when there is none. */
function tryFolder(shell: ShellHost, target: string): string | undefined {
  const { files } = shell.sys;
  const folders =
    /^\.{0,2}\//.test(target) || target === '..' || target === '.'
      ? []
      : (shell.state.get('CDPATH') ?? '').split(':');
  for (const folder of [...folders.filter((one) => one !== ''), '']) {
    const path = folder === '' ? target : `${folder}/${target}`;
    const logical = normal(path.startsWith('/') ? path : `${files.cwd}/${path}`);
    try {
      files.chdir(logical);
      // As typed: links on the way stay in the name.
      files.cwd = logical;
      return path;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
    }
  }
  return undefined;
}

function failure(shell: ShellHost, target: string): string {
  try {
    shell.sys.files.chdir(target);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

function assignment(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

async function put(shell: ShellHost, name: string, value: string): Promise<void> {
  if (shell.state.set(name, value)) return;
  await shell.complain(`${name}: is read only`);
  throw new ShellFailure(2);
}

async function declare(
  shell: ShellHost,
  args: readonly string[],
  how: 'exported' | 'readonly',
): Promise<number> {
  const { state } = shell;
  const names = args.slice(1).filter((arg) => arg !== '-p' && arg !== '-n' && arg !== '--');
  if (names.length === 0) {
    const keyword = how === 'exported' ? 'export' : 'readonly';
    for (const [name, variable] of [...state.variables].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!variable[how]) continue;
      const value = variable.value === undefined ? '' : `=${quoted(variable.value)}`;
      await shell.sys.out(`${keyword} ${name}${value}\n`);
    }
    return 0;
  }
  for (const text of names) {
    const [name, value] = assignment(text);
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      await shell.complain(`${args[0]}: ${name}: bad variable name`);
      throw new ShellFailure(2);
    }
    if (value !== undefined) await put(shell, name, value);
    state.mark(name, how, args[1] !== '-n');
  }
  return 0;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

const letters: { readonly [name: string]: string } = {
  errexit: 'e',
  noglob: 'f',
  interactive: 'i',
  monitor: 'm',
  noexec: 'n',
  stdin: 's',
  xtrace: 'x',
  verbose: 'v',
  noclobber: 'C',
  allexport: 'a',
  notify: 'b',
  nounset: 'u',
  vi: 'V',
  ignoreeof: 'I',
  nolog: 'nolog',
  pipefail: 'pipefail',
};

async function set(shell: ShellHost, args: readonly string[]): Promise<number> {
  const { state } = shell;
  if (args.length === 1) {
    for (const [name, { value }] of [...state.variables].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (value !== undefined) await shell.sys.out(`${name}=${quoted(value)}\n`);
    }
    return 0;
  }
  const rest = args.slice(1);
  const wrong = applyOptions(shell, rest);
  if (wrong === 'list') {
    for (const [name, letter] of Object.entries(letters)) {
      await shell.sys.out(`${name.padEnd(16)}${state.option(letter) ? 'on' : 'off'}\n`);
    }
  } else if (wrong !== undefined) {
    await shell.complain(`set: ${wrong}`);
    throw new ShellFailure(2);
  }
  return 0;
}

/** Takes `-eu -o pipefail` off the front and makes the rest the positional parameters. A text: what was wrong. */
export function applyOptions(shell: Pick<ShellHost, 'state'>, args: string[]): string | undefined {
  const { state } = shell;
  while (/^[-+]/.test(args[0] ?? '')) {
    const arg = args.shift() ?? '';
    if (arg === '--' || arg === '-') {
      state.positional = args;
      return undefined;
    }
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const name = args.shift();
        if (name === undefined) return 'list';
        const known = Object.hasOwn(letters, name) ? letters[name] : undefined;
        if (known === undefined) return `illegal option ${arg.slice(0, 1)}o ${name}`;
        state.options.set(known, arg.startsWith('-'));
      } else if (/[aCbefimnsuvxVIh]/.test(letter)) state.options.set(letter, arg.startsWith('-'));
      else return `illegal option ${arg.slice(0, 1)}${letter}`;
    }
  }
  if (args.length > 0) state.positional = args;
  return undefined;
}

async function getopts(shell: ShellHost, args: readonly string[]): Promise<number> {
  const { state } = shell;
  const [, spec = '', name = '', ...given] = args;
  const all = given.length > 0 ? given : state.positional;
  const index = Number(state.get('OPTIND') ?? 1);
  const word = all[index - 1];
  const silent = spec.startsWith(':');
  const done = (found: string, next: number, offset: number, argument?: string): number => {
    state.set('OPTIND', String(next));
    state.optionOffset = offset;
    state.set(name, found);
    if (argument === undefined) state.unset('OPTARG');
    else state.set('OPTARG', argument);
    return 0;
  };
  const offset = state.optionOffset || 1;
  if (word === undefined || (offset === 1 && (!word.startsWith('-') || word === '-' || word === '--'))) {
    done('?', word === '--' ? index + 1 : index, 0);
    return 1;
  }
  const letter = word[offset] ?? '';
  const isLast = offset + 1 >= word.length;
  const at = letter === ':' ? -1 : spec.indexOf(letter, silent ? 1 : 0);
  if (at < 0) {
    if (!silent) await shell.sys.err(`Illegal option -${letter}\n`);
    return done('?', isLast ? index + 1 : index, isLast ? 0 : offset + 1, silent ? letter : undefined);
  }
  if (spec[at + 1] !== ':') return done(letter, isLast ? index + 1 : index, isLast ? 0 : offset + 1);
  if (!isLast) return done(letter, index + 1, 0, word.slice(offset + 1));
  const argument = all[index];
  if (argument !== undefined) return done(letter, index + 2, 0, argument);
  if (silent) return done(':', index + 1, 0, letter);
  await shell.sys.err(`No arg for -${letter} option\n`);
  return done('?', index + 1, 0);
}
