import { Errno } from '../../fs/errno.ts';
import { signalName, signalNumber } from '../../process/signals.ts';
import {
  type Builtin,
  ExitControl,
  LoopControl,
  ReturnControl,
  ShellFailure,
  type ShellHost,
} from '../host.ts';

/** Built-ins that change where the script goes on. */
export const control: { readonly [name: string]: Builtin } = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  break: (shell, args) => leave(shell, 'break', args),
  continue: (shell, args) => leave(shell, 'continue', args),
  return: async (shell, args) => {
    throw new ReturnControl(await status(shell, args));
  },
  exit: async (shell, args) => {
    throw new ExitControl((await status(shell, args)) & 255);
  },
  eval: (shell, args) => (args.length > 1 ? shell.source(args.slice(1).join(' ')) : 0),
  '.': dot,
  source: dot,
  exec: async (shell, args) => {
    if (args.length === 1) return 0;
    const start = args[1] === '--' ? 2 : 1;
    const code = await shell.runNamed(args.slice(start), { functions: false, replace: true });
    throw new ExitControl(code);
  },
  command,
  type: async (shell, args) => {
    let code = 0;
    for (const name of args.slice(1)) {
      const text = describe(shell, name, true);
      await shell.sys.out(`${text ?? `${name}: not found`}\n`);
      if (text === undefined) code = 127;
    }
    return code;
  },
  hash: () => 0,
  trap,
};

async function status(shell: ShellHost, args: readonly string[]): Promise<number> {
  const [, text] = args;
  if (text === undefined) return shell.state.status;
  if (/^-?\d+$/.test(text)) return Number(text);
  await shell.complain(`${args[0]}: Illegal number: ${text}`);
  throw new ShellFailure(2);
}

async function leave(shell: ShellHost, kind: 'break' | 'continue', args: readonly string[]): Promise<number> {
  const depth = Number(args[1] ?? 1);
  if (!Number.isInteger(depth) || depth < 1) {
    await shell.complain(`${kind}: Illegal number: ${args[1]}`);
    throw new ShellFailure(2);
  }
  if (shell.state.loops === 0) return 0;
  throw new LoopControl(kind, Math.min(depth, shell.state.loops));
}

async function dot(shell: ShellHost, args: readonly string[]): Promise<number> {
  const [name, path] = args;
  if (path === undefined) {
    await shell.complain(`${name}: filename argument required`);
    throw new ShellFailure(2);
  }
  let text: string;
  try {
    const found = path.includes('/') ? path : (findFile(shell, path) ?? path);
    text = shell.sys.files.readText(found);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    const missing = error.code === 'ENOENT' && !path.includes('/');
    await shell.complain(
      missing ? `${name}: ${path}: not found` : `.: can't open '${path}': ${error.message}`,
    );
    throw new ShellFailure(2);
  }
  const before = shell.state.positional;
  if (args.length > 2) shell.state.positional = args.slice(2);
  try {
    return await shell.source(text);
  } catch (error) {
    if (error instanceof ReturnControl) return error.status;
    throw error;
  } finally {
    if (args.length > 2) shell.state.positional = before;
  }
}

function findFile(shell: ShellHost, name: string): string | undefined {
  const folders = (shell.state.get('PATH') ?? '').split(':');
  return folders.map((folder) => `${folder || '.'}/${name}`).find((path) => shell.sys.files.access(path, 4));
}

async function command(shell: ShellHost, args: readonly string[]): Promise<number> {
  const [, first] = args;
  if (first === '-v' || first === '-V') {
    let code = 0;
    for (const name of args.slice(2)) {
      const text = describe(shell, name, first === '-V');
      if (text !== undefined) await shell.sys.out(`${text}\n`);
      else {
        code = 127;
        if (first === '-V') await shell.sys.err(`${name}: not found\n`);
      }
    }
    return code;
  }
  const rest = args.slice(first === '-p' || first === '--' ? 2 : 1);
  return rest.length === 0 ? 0 : shell.runNamed(rest, { functions: false, replace: false });
}

const keywords = new Set('if then else elif fi for while until do done case esac in { } !'.split(' '));

function describe(shell: ShellHost, name: string, long: boolean): string | undefined {
  const { state } = shell;
  const alias = state.aliases.get(name);
  if (keywords.has(name)) return long ? `${name} is a shell keyword` : name;
  if (alias !== undefined) return long ? `${name} is an alias for ${alias}` : `alias ${name}='${alias}'`;
  if (state.functions.has(name)) return long ? `${name} is a function` : name;
  if (shell.isBuiltin(name)) return long ? `${name} is a shell builtin` : name;
  const path = shell.findProgram(name);
  return path === undefined || !long ? path : `${name} is ${path}`;
}

async function trap(shell: ShellHost, args: readonly string[]): Promise<number> {
  const rest = args.slice(args[1] === '--' ? 2 : 1);
  if (rest.length === 0 || rest[0] === '-p') {
    for (const [number, action] of [...shell.traps].sort(([a], [b]) => a - b)) {
      await shell.sys.out(`trap -- '${action.replaceAll("'", "'\\''")}' ${signalName(number)}\n`);
    }
    return 0;
  }
  if (rest[0] === '-l') return 0;
  const onlySignals = rest.length === 1 || /^\d+$/.test(rest[0] ?? '');
  const action = onlySignals || rest[0] === '-' ? undefined : rest[0];
  let code = 0;
  for (const name of onlySignals && rest[0] !== '-' ? rest : rest.slice(1)) {
    const number = signalNumber(name);
    if (number === undefined) {
      await shell.complain(`trap: ${name}: invalid signal specification`);
      code = 1;
    } else shell.trap(number, action);
  }
  return code;
}
