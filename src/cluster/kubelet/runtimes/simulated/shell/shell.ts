import { Errno } from '../fs/errno.ts';
import { concat } from '../process/bytes.ts';
import { searchPath } from '../process/launch.ts';
import { signal, signalText } from '../process/signals.ts';
import { type Child, ProcessEnded, type Syscalls } from '../process/syscalls.ts';
import { type Command, type List, SyntaxFailure } from './ast.ts';
import { builtins } from './builtins/index.ts';
import { Expander, ExpansionFailure } from './expand.ts';
import { ExitControl, Jobs, LoopControl, ReturnControl, type Runner, ShellFailure } from './host.ts';
import { Interpreter } from './interpreter.ts';
import { Parser } from './parser.ts';
import type { ShellState } from './state.ts';

/** A shell in a process: runs scripts, keeps traps and jobs. */
export class Shell implements Runner {
  readonly sys: Syscalls;
  readonly state: ShellState;
  readonly expander: Expander;
  readonly jobs = new Jobs();
  readonly traps = new Map<number, string>();
  readonly history: string[] = [];
  interactive = false;
  /** Commands come from a file: messages tell the line. */
  fromFile = false;
  readonly #interpreter: Interpreter;
  readonly #pending: number[] = [];
  #wake: (() => void) | undefined;
  #exiting = false;

  constructor(sys: Syscalls, state: ShellState) {
    this.sys = sys;
    this.state = state;
    this.expander = new Expander(
      state,
      () => sys.files,
      (body) => this.#substitute(body),
      () =>
        [...state.options]
          .filter(([name, on]) => on && name.length === 1)
          .map(([name]) => name)
          .join('') + (this.interactive ? 'i' : ''),
      () => sys.hold(2 ** 40),
    );
    this.#interpreter = new Interpreter(this);
  }

  /** Runs a whole script and what `trap … EXIT` left; the result is the exit code of the process. */
  async main(run: () => Promise<number>): Promise<number> {
    return this.#finish(await this.guard(run));
  }

  /** What ends a script becomes a status; `ProcessEnded` goes on. */
  async guard(run: () => Promise<number>): Promise<number> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ExitControl) return error.status;
      if (error instanceof ReturnControl) return error.status;
      if (error instanceof LoopControl) return this.state.status;
      if (error instanceof ShellFailure) return error.status;
      if (error instanceof ExpansionFailure || error instanceof SyntaxFailure) {
        await this.#complainAbout(error);
        return 2;
      }
      throw error;
    }
  }

  /** Line by line, so that what comes before a mistake has run. */
  async source(text: string, isLast = false): Promise<number> {
    const parser = new Parser(text, this.state.aliases);
    this.state.status = 0;
    let status = 0;
    for (;;) {
      const list = parser.next();
      if (list === undefined) return status;
      const ends = isLast && text.slice(parser.offset).trim() === '' && this.traps.size === 0;
      status = await this.run(list, ends);
    }
  }

  async run(list: List, isLast = false): Promise<number> {
    const status = await this.#interpreter.list(list, isLast);
    await this.runTraps();
    return status;
  }

  runCommand(command: Command, last: boolean): Promise<number> {
    return this.#interpreter.command(command, last);
  }

  runNamed(
    args: readonly string[],
    how: { readonly functions: boolean; readonly replace: boolean },
  ): Promise<number> {
    return this.#interpreter.named(args, how);
  }

  async complain(text: string): Promise<void> {
    const { name, builtin, line } = this.state;
    if (builtin !== '' && (text.startsWith(`${builtin}: `) || builtin === 'exec')) {
      const where = this.interactive ? '' : `line ${this.fromFile ? line : 0}: `;
      const rest = builtin === 'exec' ? text : text.slice(builtin.length + 2);
      await this.sys.err(`${name}: ${builtin}: ${where}${rest}\n`);
      return;
    }
    await this.sys.err(`${name}: ${this.fromFile && !this.interactive ? `line ${line}: ` : ''}${text}\n`);
  }

  isBuiltin(name: string): boolean {
    return Object.hasOwn(builtins, name);
  }

  findProgram(name: string): string | undefined {
    if (name.includes('/'))
      return this.sys.files.access(name, 1) && !this.sys.files.isDir(name) ? name : undefined;
    return searchPath(this.sys.files, name, this.state.get('PATH') ?? '').found;
  }

  trap(number: number, action: string | undefined): void {
    if (action === undefined) this.traps.delete(number);
    else this.traps.set(number, action);
    if (number === 0) return;
    if (action === undefined) this.sys.onSignal(number, undefined);
    else if (action === '') this.sys.onSignal(number, 'ignore');
    else {
      this.sys.onSignal(number, () => {
        this.#pending.push(number);
        this.#wake?.();
      });
    }
  }

  async waitFor(child: Child): Promise<number> {
    if (this.#pending.length > 0) return 128 + (this.#pending[0] ?? 0);
    if (child.end === undefined) {
      const ended = child.wait();
      const interrupted = await this.sys.block<boolean>((done, fail) => {
        this.#wake = () => done(true);
        ended.then(() => done(false), fail);
        return undefined;
      });
      this.#wake = undefined;
      if (interrupted && child.end === undefined) return 128 + (this.#pending[0] ?? 0);
    }
    return (await child.wait()).status;
  }

  async runTraps(): Promise<void> {
    while (this.#pending.length > 0) {
      const number = this.#pending.shift() ?? 0;
      const action = this.traps.get(number);
      if (action === undefined || action === '') continue;
      const { status } = this.state;
      await this.source(action);
      this.state.status = status;
    }
  }

  /** Waits for a child in the foreground and says how a signal ended it. */
  async foreground(child: Child): Promise<number> {
    const end = await child.wait();
    if (end.signal > 0 && end.signal !== signal.INT && end.signal !== signal.PIPE) {
      await this.sys.err(`${signalText(end.signal)}\n`);
    } else if (end.signal === signal.INT && this.interactive) await this.sys.err('\n');
    return end.status;
  }

  async #finish(status: number): Promise<number> {
    const action = this.traps.get(0);
    if (action === undefined || action === '' || this.#exiting) return status;
    this.#exiting = true;
    this.state.status = status;
    this.traps.delete(0);
    return this.guard(async () => {
      await this.source(action);
      return status;
    });
  }

  async #complainAbout(error: Error): Promise<void> {
    if (error instanceof SyntaxFailure) {
      const line = this.fromFile ? `line ${error.line}: ` : '';
      await this.sys.err(`${this.state.name}: ${line}${error.message}\n`);
    } else await this.complain(error.message);
  }

  /** A copy of this shell in a child process: traps are forgotten, ignored signals stay. */
  subshell(child: Syscalls, run: (copy: Runner) => Promise<number>): Promise<number> {
    const copy = new Shell(child, this.state.copy());
    copy.fromFile = this.fromFile;
    for (const [number, action] of this.traps) if (action === '') copy.traps.set(number, '');
    copy.jobs.inherit(this.jobs.all);
    return copy.main(() => run(copy));
  }

  async #substitute(body: List): Promise<Uint8Array> {
    if (body.items.length === 0) {
      this.substituted = 0;
      return new Uint8Array(0);
    }
    const { sys } = this;
    const [reader, writer] = sys.pipe();
    let child: Child;
    try {
      child = sys.fork((forked) => this.subshell(forked, (copy) => copy.run(body, true)), {
        fds: new Map([[1, writer]]),
      });
    } catch (error) {
      sys.close(reader);
      sys.close(writer);
      throw this.forkFailure(error);
    }
    sys.close(writer);
    const chunks: Uint8Array[] = [];
    let size = 0;
    let held = 0;
    for (;;) {
      const chunk = await sys.read(reader);
      if (chunk.byteLength === 0) break;
      size += chunk.byteLength;
      // More than that is only counted, until somebody is killed for it.
      if (held < 1 << 25) {
        held += chunk.byteLength;
        sys.hold(chunk.byteLength);
        chunks.push(chunk);
      } else if (size > 2 ** 34) throw new ExpansionFailure('out of memory');
      else sys.allocate(chunk.byteLength);
    }
    sys.close(reader);
    this.substituted = (await child.wait()).status;
    sys.hold(-held);
    sys.allocate(held - size);
    return concat(chunks);
  }

  /** How the last substitution of this command ended: the status of commands without a name. `$?` is still that of the command before. */
  substituted: number | undefined;

  forkFailure(error: unknown): unknown {
    if (error instanceof ProcessEnded || !(error instanceof Errno)) return error;
    return new ExpansionFailure(`can't fork: ${error.message}`);
  }
}
