import type { Child, Syscalls } from '../process/syscalls.ts';
import type { Command, List } from './ast.ts';
import type { Expander } from './expand.ts';
import type { ShellState } from './state.ts';

/** A shell as its built-in commands see it. */
export interface ShellHost {
  readonly sys: Syscalls;
  readonly state: ShellState;
  readonly expander: Expander;
  readonly jobs: Jobs;
  readonly interactive: boolean;
  /** Signal → command; '' ignores. 0 is EXIT. */
  readonly traps: Map<number, string>;
  /** `sh: text`, on standard error. */
  complain(text: string): Promise<void>;
  /** Runs a script in this shell. */
  source(text: string): Promise<number>;
  /** Runs a command with its arguments, functions left out (`command`, `exec`). */
  runNamed(
    args: readonly string[],
    how: { readonly functions: boolean; readonly replace: boolean },
  ): Promise<number>;
  trap(signal: number, action: string | undefined): void;
  /** Waits for a child; ends early (with 128 + signal) when a trapped signal comes. */
  waitFor(child: Child): Promise<number>;
  /** Runs the traps of signals that have come. */
  runTraps(): Promise<void>;
  isBuiltin(name: string): boolean;
  findProgram(name: string): string | undefined;
  /** The input editor's lines. */
  readonly history: string[];
}

/** A shell as its interpreter sees it. */
export interface Runner extends ShellHost {
  /** `last`: the process has nothing to do afterwards, so a program may take its place. */
  run(list: List, last?: boolean): Promise<number>;
  runCommand(command: Command, last: boolean): Promise<number>;
  /** Goes on in a child as a copy of this shell. */
  subshell(child: Syscalls, run: (copy: Runner) => Promise<number>): Promise<number>;
  foreground(child: Child): Promise<number>;
  /** What a failed `fork` means for the script. */
  forkFailure(error: unknown): unknown;
  /** A substitution has set the status, for commands without a name. */
  substituted: number | undefined;
}

/** Runs in the shell itself. */
export type Builtin = (shell: ShellHost, args: readonly string[]) => Promise<number> | number;

export interface Job {
  readonly number: number;
  readonly text: string;
  readonly children: readonly Child[];
  stopped: boolean;
  /** Its end was told. */
  told: boolean;
}

/** Background jobs, in the order they were started. */
export class Jobs {
  readonly #all: Job[] = [];
  #inherited: readonly Job[] = [];

  get all(): readonly Job[] {
    return this.#all;
  }

  /** A subshell can still list its parent's. */
  inherit(jobs: readonly Job[]): void {
    this.#inherited = [...jobs];
  }

  get listed(): readonly Job[] {
    return this.#all.length > 0 ? this.#all : this.#inherited;
  }

  add(text: string, children: readonly Child[]): Job {
    const number = (this.#all.at(-1)?.number ?? 0) + 1;
    const job = { number, text, children, stopped: false, told: false };
    this.#all.push(job);
    return job;
  }

  remove(job: Job): void {
    this.#all.splice(this.#all.indexOf(job), 1);
  }

  clear(): void {
    this.#all.length = 0;
  }

  /** `%1`, `%%`, `%+`, `%-`, `%name`; undefined: none. */
  find(spec: string): Job | undefined {
    const name = spec.replace(/^%/, '');
    if (name === '' || name === '%' || name === '+') return this.#all.at(-1);
    if (name === '-') return this.#all.at(-2) ?? this.#all.at(-1);
    if (/^\d+$/.test(name)) return this.#all.find((job) => job.number === Number(name));
    return this.#all.find((job) => job.text.startsWith(name));
  }

  ofPid(pid: number): Job | undefined {
    return this.#all.find((job) => job.children.some((child) => child.pid === pid));
  }
}

export function jobEnded(job: Job): boolean {
  return job.children.every((child) => child.end !== undefined);
}

/** Leaves loops, functions and the shell. */
export class LoopControl {
  readonly kind: 'break' | 'continue';
  readonly depth: number;
  constructor(kind: 'break' | 'continue', depth: number) {
    this.kind = kind;
    this.depth = depth;
  }
}

export class ReturnControl {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

export class ExitControl {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** An error that ends a shell that is not interactive; the message was printed. */
export class ShellFailure {
  readonly status: number;
  constructor(status = 2) {
    this.status = status;
  }
}
