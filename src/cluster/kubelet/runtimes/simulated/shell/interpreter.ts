import type { Child } from '../process/syscalls.ts';
import type { AndOr, Command, List, ListItem, Pipeline } from './ast.ts';
import { specialBuiltins } from './builtins/index.ts';
import { CommandRunner, quotedForTrace, type Simple } from './command-runner.ts';
import { ExitControl, LoopControl, type Runner, ShellFailure } from './host.ts';
import { Pattern } from './pattern.ts';
import { RedirectionFailure, redirect } from './redirect.ts';

/** Walks the tree of a script. */
export class Interpreter extends CommandRunner {
  /** Inside a test: `-e` does not count. */
  #guarded = 0;

  async list(list: List, last = false): Promise<number> {
    let { status } = this.shell.state;
    const final = list.items.length - 1;
    for (const [index, item] of list.items.entries()) {
      if (this.shell.state.option('n') && !this.shell.interactive) return 0;
      status = item.background
        ? await this.#background(item)
        : await this.#andOr(item.andOr, last && index === final);
      this.shell.state.status = status;
      if (this.shell.traps.size > 0) await this.shell.runTraps();
    }
    return status;
  }

  async #andOr(andOr: AndOr, last: boolean): Promise<number> {
    const { state } = this.shell;
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
    const { state } = this.shell;
    if (status !== 0 && !isGuarded && this.#guarded === 0 && state.option('e') && first.kind !== 'function') {
      state.status = status;
      throw new ExitControl(status);
    }
    return status;
  }

  async #pipe(pipeline: Pipeline): Promise<number> {
    const children = this.#startPipe(pipeline.commands);
    const { sys, interactive, state } = this.shell;
    const terminal = interactive ? sys.tty(0) : undefined;
    if (terminal !== undefined) terminal.foreground = children[0]?.pid ?? 0;
    let status = 0;
    let failed = 0;
    for (const child of children) {
      status = child === children.at(-1) ? await this.shell.foreground(child) : (await child.wait()).status;
      if (status !== 0) failed = status;
    }
    if (terminal !== undefined) terminal.foreground = sys.pgid;
    return state.option('pipefail') ? failed : status;
  }

  /** Starts each command in a process of its own, joined by pipes. */
  #startPipe(commands: readonly Command[], input?: number): Child[] {
    const { sys, interactive } = this.shell;
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
    const { sys } = this.shell;
    try {
      return sys.fork((child) => this.shell.subshell(child, run), options);
    } catch (error) {
      throw this.shell.forkFailure(error);
    }
  }

  async #background(item: ListItem): Promise<number> {
    const { sys, state, jobs, interactive } = this.shell;
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
    const wait = this.shell.sys.spend(4);
    if (wait !== undefined) await wait;
    if (command.kind === 'simple') return this.#simple(command, last);
    if (command.kind === 'function') {
      this.shell.state.functions.set(command.name, command.body);
      return 0;
    }
    if (command.redirections.length === 0) return this.#compound(command, last);
    return this.redirected(command.redirections, () => this.#compound(command, false));
  }

  async #compound(command: Exclude<Command, Simple>, last: boolean): Promise<number> {
    const { state } = this.shell;
    switch (command.kind) {
      case 'group':
        return this.list(command.body, last);
      case 'subshell': {
        if (last && this.shell.traps.size === 0) return this.list(command.body, true);
        await this.shell.sys.spend(5);
        return this.shell.foreground(this.#fork((copy) => copy.run(command.body, true), {}));
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
          command.words === undefined ? state.positional : await this.shell.expander.fields(command.words);
        const left = values[Symbol.iterator]();
        return this.#loop(async () => {
          const { done, value } = left.next();
          if (done !== true) await this.assign(command.variable, value);
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
    const { expander, state } = this.shell;
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
    this.shell.state.loops++;
    try {
      for (;;) {
        const wait = this.shell.sys.spend(2);
        if (wait !== undefined) await wait;
        try {
          if (!(await next())) return status;
          status = await this.list(body);
        } catch (error) {
          if (!(error instanceof LoopControl)) throw error;
          status = 0;
          if (error.depth > 1 && this.shell.state.loops > 1)
            throw new LoopControl(error.kind, error.depth - 1);
          if (error.kind === 'break') return 0;
        }
      }
    } finally {
      this.shell.state.loops--;
    }
  }

  async #simple(command: Simple, last: boolean): Promise<number> {
    const { state, expander, sys } = this.shell;
    state.line = command.line;
    this.shell.substituted = undefined;
    const args = await expander.fields(command.words);
    const wait = args.length < 64 ? undefined : sys.spend(args.length >> 2);
    if (wait !== undefined) await wait;
    if (state.grew) sys.hold(state.growth());
    if (args.length === 0) return this.assignments(command);
    const environment: { name: string; value: string }[] = [];
    for (const assignment of command.assignments) {
      environment.push({ name: assignment.name, value: await this.valueOf(assignment) });
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
      await this.shell.complain(error.message);
      if (isSpecial && !this.shell.interactive) throw new ShellFailure(2);
      return 1;
    }
    try {
      return await this.withVariables(environment, isSpecial, () =>
        this.named(args, { functions: true, replace: last }),
      );
    } finally {
      if (undoing && this.alive()) undo();
    }
  }
}
