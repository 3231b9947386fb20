import { signal } from '../process/signals.ts';
import { SyntaxFailure } from './ast.ts';
import { jobLine } from './builtins/jobs.ts';
import { ExpansionFailure } from './expand.ts';
import { jobEnded, LoopControl, ReturnControl, ShellFailure } from './host.ts';
import { LineEditor } from './line-editor.ts';
import { Parser } from './parser.ts';
import type { Shell } from './shell.ts';

/** A shell at a terminal: prompt, line, command, until `exit` or Ctrl-D. */
export async function converse(shell: Shell): Promise<number> {
  const { sys, state } = shell;
  const terminal = sys.tty(0);
  const { banner } = sys.host.flavour;
  if (banner !== '') await sys.err(banner);
  if (terminal !== undefined) terminal.foreground = sys.pgid;
  const editor = new LineEditor(sys, shell.history);
  let interrupted = false;
  sys.onSignal(signal.INT, () => {
    interrupted = true;
  });
  sys.onSignal(signal.WINCH, () => editor.redraw());
  let text = '';
  for (;;) {
    await reportJobs(shell);
    const line = await editor.read(prompt(shell, text === '' ? 'PS1' : 'PS2'));
    if (line === 'interrupt') {
      text = '';
      state.status = 130;
      continue;
    }
    if (line === undefined) {
      if (text !== '') await shell.complain('syntax error: unexpected end of file');
      else await sys.err(terminal === undefined ? '\n' : '');
      return state.status;
    }
    text += line;
    interrupted = false;
    try {
      const parser = new Parser(text, state.aliases);
      for (let list = parser.next(); list !== undefined; list = parser.next()) await shell.run(list);
      text = '';
    } catch (error) {
      if (error instanceof SyntaxFailure && error.incomplete) continue;
      text = '';
      await recover(shell, error);
    }
    if (interrupted) await shell.runTraps();
  }
}

/** What would end a script ends only the line here. */
async function recover(shell: Shell, error: unknown): Promise<void> {
  const { state } = shell;
  if (error instanceof SyntaxFailure || error instanceof ExpansionFailure) {
    await shell.complain(error.message);
    state.status = 2;
  } else if (error instanceof ShellFailure) state.status = error.status;
  else if (error instanceof ReturnControl || error instanceof LoopControl) state.status = 0;
  else throw error;
}

async function reportJobs(shell: Shell): Promise<void> {
  for (const job of [...shell.jobs.all]) {
    if (!jobEnded(job) || job.told) continue;
    job.told = true;
    await shell.sys.err(jobLine(shell, job));
    shell.jobs.remove(job);
  }
}

/** `\w \$ ` and the other escapes. */
function prompt(shell: Shell, name: 'PS1' | 'PS2'): string {
  const { sys, state } = shell;
  const home = state.get('HOME') ?? '';
  const { cwd } = sys.files;
  const folder =
    home !== '' && home !== '/' && (cwd === home || cwd.startsWith(`${home}/`))
      ? `~${cwd.slice(home.length)}`
      : cwd;
  return (state.get(name) ?? '').replace(/\\([wWuh$n[\]e\\])/g, (_, letter: string) => {
    switch (letter) {
      case 'w':
        return folder;
      case 'W':
        return folder.slice(folder.lastIndexOf('/') + 1) || '/';
      case 'u':
        return userName(shell);
      case 'h':
        return sys.host.hostname.split('.')[0] ?? '';
      case '$':
        return sys.cred.uid === 0 ? '#' : '$';
      case 'n':
        return '\n';
      case 'e':
        return '\x1b';
      case '\\':
        return '\\';
      default:
        return '';
    }
  });
}

function userName(shell: Shell): string {
  try {
    const line = shell.sys.files
      .readText('/etc/passwd')
      .split('\n')
      .find((one) => one.split(':')[2] === String(shell.sys.cred.uid));
    return line?.split(':')[0] ?? String(shell.sys.cred.uid);
  } catch {
    return String(shell.sys.cred.uid);
  }
}
