import { Errno } from '../fs/errno.ts';
import { searchPath } from '../process/launch.ts';
import { type Child, ProcessEnded, type Syscalls } from '../process/syscalls.ts';
import type { Assignment, Command, Redirection } from './ast.ts';
import { builtins, specialBuiltins } from './builtins/index.ts';
import { ExpansionFailure } from './expand.ts';
import { ExitControl, ReturnControl, type Runner } from './host.ts';
import { RedirectionFailure, redirect } from './redirect.ts';

export type Simple = Extract<Command, { readonly kind: 'simple' }>;

const deepestCalls = 500;

/** Runs one command by its name: functions, built-ins, programs, and the assignments before them. */
export abstract class CommandRunner {
  protected readonly shell: Runner;
  #calls = 0;

  /** Another program has taken this process: nothing is put back. */
  #replaced = false;

  constructor(shell: Runner) {
    this.shell = shell;
  }

  protected async redirected(
    redirections: readonly Redirection[],
    run: () => Promise<number>,
  ): Promise<number> {
    const { sys, expander, state } = this.shell;
    let undo: () => void;
    try {
      undo = await redirect(sys, redirections, expander, state.option('C'));
    } catch (error) {
      if (!(error instanceof RedirectionFailure)) throw error;
      await this.shell.complain(error.message);
      return 1;
    }
    try {
      return await run();
    } finally {
      if (this.alive()) undo();
    }
  }

  protected alive(): boolean {
    return !this.#replaced && !this.shell.sys.ended;
  }

  protected async assignments(command: Simple): Promise<number> {
    const shell = this.shell;
    let status = shell.substituted ?? 0;
    for (const assignment of command.assignments) {
      shell.substituted = undefined;
      const value = await this.valueOf(assignment);
      status = shell.substituted ?? status;
      if (shell.state.option('x'))
        await shell.sys.err(`${shell.state.get('PS4') ?? '+ '}${assignment.name}=${quotedForTrace(value)}\n`);
      await this.assign(assignment.name, value);
    }
    if (command.redirections.length > 0) {
      const made = await this.redirected(command.redirections, async () => 0);
      if (made !== 0) return made;
    }
    return status;
  }

  protected async valueOf(assignment: Assignment): Promise<string> {
    const value = await this.shell.expander.single(assignment.value);
    return assignment.append ? (this.shell.state.get(assignment.name) ?? '') + value : value;
  }

  protected async assign(name: string, value: string): Promise<void> {
    if (!this.shell.state.set(name, value)) throw new ExpansionFailure(`${name}: is read only`);
    if (this.shell.state.grew) this.shell.sys.hold(this.shell.state.growth());
  }

  /** `A=1 command`: the variables hold for it alone, but for special built-ins. */
  protected async withVariables(
    environment: readonly { readonly name: string; readonly value: string }[],
    stay: boolean,
    run: () => Promise<number>,
  ): Promise<number> {
    const { state } = this.shell;
    if (environment.length === 0) return run();
    const before = environment.map(({ name }) => ({ name, variable: state.variables.get(name) }));
    for (const { name, value } of environment) {
      if (!stay) {
        const known = state.variables.get(name);
        if (known?.readonly !== true) state.variables.set(name, { value, exported: true, readonly: false });
        else await this.assign(name, value);
      } else await this.assign(name, value);
    }
    try {
      return await run();
    } finally {
      if (!stay) {
        for (const { name, variable } of before.reverse()) {
          if (variable === undefined) state.variables.delete(name);
          else state.variables.set(name, variable);
        }
      }
    }
  }

  /** A function, a built-in or a program, by its name. */
  async named(
    args: readonly string[],
    how: { readonly functions: boolean; readonly replace: boolean },
  ): Promise<number> {
    const [name = ''] = args;
    const { state } = this.shell;
    const body = how.functions ? state.functions.get(name) : undefined;
    if (specialBuiltins.has(name) || body === undefined) {
      const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
      if (builtin !== undefined) return this.#builtin(name, () => builtin(this.shell, args));
    }
    if (body !== undefined) return this.#call(body, args);
    return this.#program(args, how.replace && this.shell.traps.size === 0);
  }

  async #builtin(name: string, run: () => Promise<number> | number): Promise<number> {
    const { state } = this.shell;
    const before = state.builtin;
    state.builtin = name;
    try {
      return await run();
    } catch (error) {
      if (error instanceof Errno) {
        // Its output could not be written.
        await this.shell.complain(`write error: ${error.message}`);
        return 1;
      }
      throw error;
    } finally {
      state.builtin = before;
    }
  }

  async #call(body: Command, args: readonly string[]): Promise<number> {
    const { state, sys } = this.shell;
    if (++this.#calls > deepestCalls) throw new ExitControl(await crash(sys));
    // A turn of its own: functions that call themselves do not pile up on this machine's stack.
    await Promise.resolve();
    const { positional } = state;
    const { loops } = state;
    state.loops = 0;
    state.positional = args.slice(1);
    state.enterFunction();
    try {
      return await this.command(body);
    } catch (error) {
      if (error instanceof ReturnControl) return error.status;
      throw error;
    } finally {
      state.leaveFunction();
      state.positional = positional;
      state.loops = loops;
      this.#calls--;
    }
  }

  async #program(args: readonly string[], replace: boolean): Promise<number> {
    const shell = this.shell;
    const { sys, state } = shell;
    const [name = ''] = args;
    const wait = sys.spend(10);
    if (wait !== undefined) await wait;
    const search = name.includes('/')
      ? { found: name, denied: false }
      : searchPath(sys.files, name, state.get('PATH') ?? '');
    if (search.found === undefined) {
      await shell.complain(`${name}: ${search.denied ? 'Permission denied' : 'not found'}`);
      return search.denied ? 126 : 127;
    }
    const path = search.found;
    try {
      const env = state.environment();
      if (replace) this.#become(path, args, env);
      const terminal = shell.interactive ? sys.tty(0) : undefined;
      const child = this.#spawn(path, args, env, terminal !== undefined);
      if (terminal !== undefined) terminal.foreground = child.pid;
      const status = await shell.foreground(child);
      if (terminal !== undefined) terminal.foreground = sys.pgid;
      return status;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (error.code === 'EAGAIN') throw shell.forkFailure(error);
      await shell.complain(`${name}: ${error.code === 'ENOENT' ? 'not found' : error.message}`);
      return error.code === 'ENOENT' ? 127 : 126;
    }
  }

  #spawn(path: string, args: readonly string[], env: ReadonlyMap<string, string>, group: boolean): Child {
    const { sys } = this.shell;
    const title = this.#title(args);
    const options = { env, ...(group ? { group: 0 } : {}), ...(title === undefined ? {} : { title }) };
    try {
      return sys.spawn(path, args, options);
    } catch (error) {
      // A file without `#!` is a script of this shell.
      if (!(error instanceof Errno) || error.code !== 'ENOEXEC') throw error;
      return sys.spawn('/bin/sh', ['sh', path, ...args.slice(1)], options);
    }
  }

  /** A shell that has its tools within itself keeps its own arguments while it is one of them. */
  #title(args: readonly string[]): readonly string[] | undefined {
    const { sys } = this.shell;
    return sys.host.flavour.standalone && args[0] === 'ps' ? sys.args : undefined;
  }

  #become(path: string, args: readonly string[], env: ReadonlyMap<string, string>): never {
    const { sys } = this.shell;
    this.#replaced = true;
    try {
      return sys.exec(path, args, env, this.#title(args));
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (error.code !== 'ENOEXEC') {
        this.#replaced = false;
        throw error;
      }
      return sys.exec('/bin/sh', ['sh', path, ...args.slice(1)], env);
    }
  }

  protected abstract command(command: Command, last?: boolean): Promise<number>;
}

/** Of a recursion without end: the real one runs out of stack. */
async function crash(sys: Syscalls): Promise<never> {
  sys.onSignal(11, undefined);
  sys.kill(sys.pid, 11);
  throw new ProcessEnded(0, 11);
}

export function quotedForTrace(text: string): string {
  return /^[\w@%+:,./\]^-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
