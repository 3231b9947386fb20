import { Errno } from '../fs/errno.ts';
import { concat, toText } from '../process/bytes.ts';
import { signal } from '../process/signals.ts';
import type { Syscalls } from '../process/syscalls.ts';
import { SyntaxFailure } from '../shell/ast.ts';
import { applyOptions } from '../shell/builtins/variables.ts';
import { converse } from '../shell/interactive.ts';
import { Parser } from '../shell/parser.ts';
import { Shell } from '../shell/shell.ts';
import { ShellState } from '../shell/state.ts';

/** `sh [-abCefinuvx] [-o option] [-c command | script | -s] [arguments]` */
export async function sh(sys: Syscalls): Promise<number> {
  const [invoked = 'sh', ...rest] = sys.args;
  const name = invoked.replace(/^-/, '');
  const state = new ShellState(sys.pid, name, []);
  importEnvironment(sys, state);
  if (sys.pid === 1) sys.adopt();
  const how = options(state, rest);
  if (typeof how === 'string') {
    await sys.err(`${name}: ${how}\n`);
    return 2;
  }
  const shell = new Shell(sys, state);
  if (how.command !== undefined) {
    const { command } = how;
    const [zero, ...positional] = how.left;
    state.name = zero ?? name;
    state.positional = positional;
    if (how.interactive) return converseFirst(shell);
    return shell.main(() => shell.source(command, true));
  }
  const [path, ...positional] = how.left;
  if (path !== undefined && !how.stdin) {
    state.positional = positional;
    state.name = path;
    shell.fromFile = true;
    const text = await scriptText(sys, path, name);
    return typeof text === 'number' ? text : shell.main(() => shell.source(text));
  }
  state.positional = how.left;
  if (how.interactive || (sys.tty(0) !== undefined && sys.tty(2) !== undefined)) return converseFirst(shell);
  return shell.main(() => fromInput(shell));
}

function converseFirst(shell: Shell): Promise<number> {
  shell.interactive = true;
  for (const number of [signal.TERM, signal.QUIT, signal.TSTP]) shell.sys.onSignal(number, 'ignore');
  return shell.main(() => converse(shell));
}

function importEnvironment(sys: Syscalls, state: ShellState): void {
  for (const [name, value] of sys.env) {
    if (/^[A-Za-z_]\w*$/.test(name)) state.variables.set(name, { value, exported: true, readonly: false });
  }
  const has = (name: string) => state.variables.has(name);
  if (!has('PATH')) state.set('PATH', '/sbin:/usr/sbin:/bin:/usr/bin');
  state.variables.delete('IFS');
  state.set('IFS', ' \t\n');
  state.set('PPID', String(sys.ppid));
  state.set('OPTIND', '1');
  if (!has('PS1')) state.set('PS1', sys.host.flavour.tools === 'gnu' ? '\\u@\\h:\\w\\$ ' : '\\w \\$ ');
  state.set('PS2', '> ');
  state.set('PS4', '+ ');
  state.set('PWD', sys.files.cwd);
  state.mark('PWD', 'exported');
  const level = Number(sys.env.get('SHLVL') ?? 0);
  state.set('SHLVL', String(Number.isInteger(level) ? level + 1 : 1));
  state.mark('SHLVL', 'exported');
}

interface How {
  readonly command: string | undefined;
  readonly interactive: boolean;
  readonly stdin: boolean;
  readonly left: string[];
}

function options(state: ShellState, args: string[]): How | string {
  let [takesCommand, interactive, stdin] = [false, false, false];
  const rest = [...args];
  const plain: string[] = [];
  while (/^[-+]./.test(rest[0] ?? '')) {
    const arg = rest.shift() ?? '';
    if (arg === '--') break;
    if (arg.startsWith('--')) continue;
    let kept = arg.slice(0, 1);
    for (const letter of arg.slice(1)) {
      if (letter === 'c') takesCommand = true;
      else if (letter === 'i') interactive = true;
      else if (letter === 's') stdin = true;
      else if (letter !== 'l') kept += letter;
    }
    if (kept.length > 1) plain.push(kept);
    if (kept.endsWith('o')) plain.push(rest.shift() ?? '');
  }
  const wrong = applyOptions({ state }, plain);
  if (wrong !== undefined) return wrong;
  if (!takesCommand) return { command: undefined, interactive, stdin, left: rest };
  if (rest.length === 0) return '-c requires an argument';
  return { command: rest.shift() ?? '', interactive, stdin, left: rest };
}

async function scriptText(sys: Syscalls, path: string, name: string): Promise<string | number> {
  try {
    return toText(sys.files.readBytes(path));
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    await sys.err(`${name}: can't open '${path}': ${error.message}\n`);
    return error.code === 'ENOENT' ? 2 : 126;
  }
}

/** Commands from standard input, never reading further than the line: the rest may be for them. */
async function fromInput(shell: Shell): Promise<number> {
  let text = '';
  let status = 0;
  for (;;) {
    const line = await inputLine(shell.sys);
    text += line;
    try {
      const list = new Parser(text, shell.state.aliases).next();
      text = '';
      if (list !== undefined) status = await shell.run(list);
    } catch (error) {
      if (!(error instanceof SyntaxFailure) || !error.incomplete || line === '') throw error;
    }
    if (line === '') return status;
  }
}

async function inputLine(sys: Syscalls): Promise<string> {
  const bytes: Uint8Array[] = [];
  for (;;) {
    const byte = await sys.read(0, 1);
    if (byte.byteLength === 0) break;
    bytes.push(byte);
    if (byte[0] === 10) break;
  }
  return toText(concat(bytes));
}
