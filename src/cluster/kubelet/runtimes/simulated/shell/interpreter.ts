import { Errno } from '../fs/errno.ts';
import { searchPath } from '../process/launch.ts';
import { type Child, ProcessEnded, type Syscalls } from '../process/syscalls.ts';
import type { AndOr, Assignment, Command, List, ListItem, Pipeline, Redirection } from './ast.ts';
import { builtins, specialBuiltins } from './builtins/index.ts';
import { ExpansionFailure } from './expand.ts';
import { ExitControl, LoopControl, ReturnControl, type Runner, ShellFailure } from './host.ts';
import { Pattern } from './pattern.ts';
import { RedirectionFailure, redirect } from './redirect.ts';

type Simple = Extract<Command, { readonly kind: 'simple' }>;

const deepestCalls = 500;

/** Walks the tree of a script. */
export class Interpreter {
  readonly #shell: Runner;
  /** Inside a test: `-e` does not count. */
  #guarded = 0;
  #calls = 0;
  /** Another program has taken this process: nothing is put back. */
  #replaced = false;

  constructor(shell: Runner) {
    this.#shell = shell;
  }

  async list(list: List, last = false): Promise<number> {
    let { status } = this.#shell.state;
    const final = list.items.length - 1;
    for (const [index, item] of list.items.entries()) {
      if (this.#shell.state.option('n') && !this.#shell.interactive) return 0;
      status = item.background
        ? await this.#background(item)
        : await this.#andOr(item.andOr, last && index === final);
      this.#shell.state.status = status;
      if (this.#shell.traps.size > 0) await this.#shell.runTraps();
    }
    return status;
  }

  async #andOr(andOr: AndOr, last: boolean): Promise<number> {
    const { state } = this.#shell;
    const final = andOr.rest.length - 1;
    let status = await this.#pipeline(andOr.first, last && final < 0, final >= 0);
    state.status = status;
    for (const [index, { operator, pipeline }] of andOr.rest.entries()) {
      if ((operator === '&&') !== (status === 0)) continue;
      status = await this.#pipeline(pipeline, last && index === final, index < final);
      state.status = status;
    }
    return status;
  }

  async #pipeline(pipeline: Pipeline, last: boolean, guarded: boolean): Promise<number> {
    const [first] = pipeline.commands;
    if (first === undefined) return 0;
    const isGuarded = guarded || pipeline.negated;
    if (isGuarded) this.#guarded++;
    let status: number;
    try {
      status =
        pipeline.commands.length > 1
          ? await this.#pipe(pipeline)
          : await this.command(first, last && !pipeline.negated && this.#guarded === 0);
    } finally {
      if (isGuarded) this.#guarded--;
    }
    if (pipeline.negated) return status === 0 ? 1 : 0;
    const { state } = this.#shell;
    if (status !== 0 && !isGuarded && this.#guarded === 0 && state.option('e') && first.kind !== 'function') {
      state.status = status;
      throw new ExitControl(status);
    }
    return status;
  }

  async #pipe(pipeline: Pipeline): Promise<number> {
    const children = this.#startPipe(pipeline.commands);
    const { sys, interactive, state } = this.#shell;
    const terminal = interactive ? sys.tty(0) : undefined;
    if (terminal !== undefined) terminal.foreground = children[0]?.pid ?? 0;
    let status = 0;
    let failed = 0;
    for (const child of children) {
      status = child === children.at(-1) ? await this.#shell.foreground(child) : (await child.wait()).status;
      if (status !== 0) failed = status;
    }
    if (terminal !== undefined) terminal.foreground = sys.pgid;
    return state.option('pipefail') ? failed : status;
  }

  /** Starts each command in a process of its own, joined by pipes. */
  #startPipe(commands: readonly Command[], input?: number): Child[] {
    const { sys, interactive } = this.#shell;
    const children: Child[] = [];
    let previous = input;
    let group: number | undefined = interactive ? 0 : undefined;
    for (const [index, command] of commands.entries()) {
      const fds = new Map<number, number>();
      if (previous !== undefined) fds.set(0, previous);
      const [reader, writer] = index < commands.length - 1 ? sys.pipe() : [undefined, undefined];
      if (writer !== undefined) fds.set(1, writer);
      try {
        const child = this.#fork((copy) => copy.runCommand(command, true), {
          fds,
          ...(group === undefined ? {} : { group }),
        });
        if (group === 0) group = child.pid;
        children.push(child);
      } finally {
        if (previous !== undefined) sys.close(previous);
        if (writer !== undefined) sys.close(writer);
      }
      previous = reader;
    }
    return children;
  }

  #fork(
    run: (copy: Runner) => Promise<number>,
    options: { readonly fds?: ReadonlyMap<number, number>; readonly group?: number },
  ): Child {
    const { sys } = this.#shell;
    try {
      return sys.fork((child) => this.#shell.subshell(child, run), options);
    } catch (error) {
      throw this.#shell.forkFailure(error);
    }
  }

  async #background(item: ListItem): Promise<number> {
    const { sys, state, jobs, interactive } = this.#shell;
    await sys.spend(5);
    const { andOr } = item;
    const only = andOr.rest.length === 0 && !andOr.first.negated ? andOr.first.commands : undefined;
    // Without job control a background command reads nothing.
    const input = interactive ? undefined : sys.open('/dev/null', { read: true });
    const children =
      only !== undefined
        ? this.#startPipe(only, input)
        : [
            this.#fork((copy) => copy.run({ items: [{ andOr, background: false, text: '' }] }, true), {
              ...(input === undefined ? {} : { fds: new Map([[0, input]]) }),
              ...(interactive ? { group: 0 } : {}),
            }),
          ];
    if (only === undefined && input !== undefined) sys.close(input);
    const job = jobs.add(item.text, children);
    state.lastBackground = children.at(-1)?.pid;
    if (interactive) await sys.err(`[${job.number}] ${state.lastBackground}\n`);
    return 0;
  }

  /** `last`: this process has nothing to do after it. */
  async command(command: Command, last = false): Promise<number> {
    const wait = this.#shell.sys.spend(4);
    if (wait !== undefined) await wait;
    if (command.kind === 'simple') return this.#simple(command, last);
    if (command.kind === 'function') {
      this.#shell.state.functions.set(command.name, command.body);
      return 0;
    }
    if (command.redirections.length === 0) return this.#compound(command, last);
    return this.#redirected(command.redirections, () => this.#compound(command, false));
  }

  async #redirected(redirections: readonly Redirection[], run: () => Promise<number>): Promise<number> {
    const { sys, expander, state } = this.#shell;
    let undo: () => void;
    try {
      undo = await redirect(sys, redirections, expander, state.option('C'));
    } catch (error) {
      if (!(error instanceof RedirectionFailure)) throw error;
      await this.#shell.complain(error.message);
      return 1;
    }
    try {
      return await run();
    } finally {
      if (this.#alive()) undo();
    }
  }

  #alive(): boolean {
    return !this.#replaced && !this.#shell.sys.ended;
  }

  async #compound(command: Exclude<Command, Simple>, last: boolean): Promise<number> {
    const { state } = this.#shell;
    switch (command.kind) {
      case 'group':
        return this.list(command.body, last);
      case 'subshell': {
        if (last && this.#shell.traps.size === 0) return this.list(command.body, true);
        await this.#shell.sys.spend(5);
        return this.#shell.foreground(this.#fork((copy) => copy.run(command.body, true), {}));
      }
      case 'if': {
        for (const { test, body } of command.branches) {
          if ((await this.#test(test)) === 0) return this.list(body, last);
        }
        return command.otherwise === undefined ? 0 : this.list(command.otherwise, last);
      }
      case 'loop':
        return this.#loop(
          async () => ((await this.#test(command.test)) === 0) !== command.until,
          command.body,
        );
      case 'for': {
        const values =
          command.words === undefined ? state.positional : await this.#shell.expander.fields(command.words);
        const left = values[Symbol.iterator]();
        return this.#loop(async () => {
          const { done, value } = left.next();
          if (done !== true) await this.#assign(command.variable, value);
          return done !== true;
        }, command.body);
      }
      case 'case':
        return this.#case(command, last);
      default:
        return 0;
    }
  }

  async #case(command: Extract<Command, { readonly kind: 'case' }>, last: boolean): Promise<number> {
    const { expander, state } = this.#shell;
    const subject = await expander.single(command.subject);
    let falls = false;
    for (const { patterns, body, fallsThrough } of command.cases) {
      for (const pattern of falls ? [] : patterns) {
        falls ||= new Pattern(await expander.pieces(pattern)).matches(subject);
      }
      if (!falls) continue;
      state.status = 0;
      const status = await this.list(body, last && !fallsThrough);
      if (!fallsThrough) return status;
    }
    return 0;
  }

  async #test(list: List): Promise<number> {
    this.#guarded++;
    try {
      return await this.list(list);
    } finally {
      this.#guarded--;
    }
  }

  async #loop(next: () => Promise<boolean>, body: List): Promise<number> {
    let status = 0;
    this.#shell.state.loops++;
    try {
      for (;;) {
        const wait = this.#shell.sys.spend(2);
        if (wait !== undefined) await wait;
        try {
          if (!(await next())) return status;
          status = await this.list(body);
        } catch (error) {
          if (!(error instanceof LoopControl)) throw error;
          status = 0;
          if (error.depth > 1 && this.#shell.state.loops > 1)
            throw new LoopControl(error.kind, error.depth - 1);
          if (error.kind === 'break') return 0;
        }
      }
    } finally {
      this.#shell.state.loops--;
    }
  }

  async #simple(command: Simple, last: boolean): Promise<number> {
    const { state, expander, sys } = this.#shell;
    state.line = command.line;
    this.#shell.substituted = false;
    const args = await expander.fields(command.words);
    if (state.grew) sys.allocate(state.growth());
    if (args.length === 0) return this.#assignments(command);
    const environment: { name: string; value: string }[] = [];
    for (const assignment of command.assignments) {
      environment.push({ name: assignment.name, value: await this.#valueOf(assignment) });
    }
    if (state.option('x')) {
      const shown = [...environment.map(({ name, value }) => `${name}=${value}`), ...args].map(
        quotedForTrace,
      );
      await sys.err(`${state.get('PS4') ?? '+ '}${shown.join(' ')}\n`);
    }
    const [name = ''] = args;
    const isSpecial = specialBuiltins.has(name) && !state.functions.has(name);
    const undoing = name !== 'exec';
    let undo = () => {};
    try {
      undo = await redirect(sys, command.redirections, expander, state.option('C'));
    } catch (error) {
      if (!(error instanceof RedirectionFailure)) throw error;
      await this.#shell.complain(error.message);
      if (isSpecial && !this.#shell.interactive) throw new ShellFailure(2);
      return 1;
    }
    try {
      return await this.#withVariables(environment, isSpecial, () =>
        this.named(args, { functions: true, replace: last }),
      );
    } finally {
      if (undoing && this.#alive()) undo();
    }
  }

  async #assignments(command: Simple): Promise<number> {
    const shell = this.#shell;
    let status = shell.substituted ? shell.state.status : 0;
    for (const assignment of command.assignments) {
      shell.substituted = false;
      const value = await this.#valueOf(assignment);
      if (shell.substituted) ({ status } = shell.state);
      if (shell.state.option('x'))
        await shell.sys.err(`${shell.state.get('PS4') ?? '+ '}${assignment.name}=${quotedForTrace(value)}\n`);
      await this.#assign(assignment.name, value);
    }
    if (command.redirections.length > 0) {
      const made = await this.#redirected(command.redirections, async () => 0);
      if (made !== 0) return made;
    }
    return status;
  }

  async #valueOf(assignment: Assignment): Promise<string> {
    const value = await this.#shell.expander.single(assignment.value);
    return assignment.append ? (this.#shell.state.get(assignment.name) ?? '') + value : value;
  }

  async #assign(name: string, value: string): Promise<void> {
    if (!this.#shell.state.set(name, value)) throw new ExpansionFailure(`${name}: is read only`);
    if (this.#shell.state.grew) this.#shell.sys.allocate(this.#shell.state.growth());
  }

  /** `A=1 command`: the variables hold for it alone, but for special built-ins. */
  async #withVariables(
    environment: readonly { readonly name: string; readonly value: string }[],
    stay: boolean,
    run: () => Promise<number>,
  ): Promise<number> {
    const { state } = this.#shell;
    if (environment.length === 0) return run();
    const before = environment.map(({ name }) => ({ name, variable: state.variables.get(name) }));
    for (const { name, value } of environment) {
      if (!stay) {
        const known = state.variables.get(name);
        if (known?.readonly !== true) state.variables.set(name, { value, exported: true, readonly: false });
        else await this.#assign(name, value);
      } else await this.#assign(name, value);
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
    const { state } = this.#shell;
    const body = how.functions ? state.functions.get(name) : undefined;
    if (specialBuiltins.has(name) || body === undefined) {
      const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
      if (builtin !== undefined) return this.#builtin(name, () => builtin(this.#shell, args));
    }
    if (body !== undefined) return this.#call(body, args);
    return this.#program(args, how.replace && this.#shell.traps.size === 0);
  }

  async #builtin(name: string, run: () => Promise<number> | number): Promise<number> {
    const { state } = this.#shell;
    const before = state.builtin;
    state.builtin = name;
    try {
      return await run();
    } catch (error) {
      if (error instanceof Errno) {
        // Its output could not be written.
        await this.#shell.complain(`write error: ${error.message}`);
        return 1;
      }
      throw error;
    } finally {
      state.builtin = before;
    }
  }

  async #call(body: Command, args: readonly string[]): Promise<number> {
    const { state, sys } = this.#shell;
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
    const shell = this.#shell;
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
      if (replace) return await this.#become(path, args, env);
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
    const { sys } = this.#shell;
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
    const { sys } = this.#shell;
    return sys.host.flavour.standalone && args[0] === 'ps' ? sys.args : undefined;
  }

  #become(path: string, args: readonly string[], env: ReadonlyMap<string, string>): Promise<number> {
    const { sys } = this.#shell;
    this.#replaced = true;
    try {
      return sys.exec(path, args, env, this.#title(args));
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'ENOEXEC') {
        this.#replaced = false;
        throw error;
      }
      return sys.exec('/bin/sh', ['sh', path, ...args.slice(1)], env);
    }
  }
}

/** Of a recursion without end: the real one runs out of stack. */
async function crash(sys: Syscalls): Promise<never> {
  sys.onSignal(11, undefined);
  sys.kill(sys.pid, 11);
  throw new ProcessEnded(0, 11);
}

function quotedForTrace(text: string): string {
  return /^[\w@%+:,./\]^-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
