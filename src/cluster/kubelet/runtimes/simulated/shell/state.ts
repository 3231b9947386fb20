import type { Command } from './ast.ts';

interface Variable {
  value: string | undefined;
  exported: boolean;
  readonly: boolean;
}

/** `-e` and its kind, by letter; `pipefail` by name. */
export type Options = Map<string, boolean>;

/** What a shell remembers; a subshell gets a copy. */
export class ShellState {
  readonly variables: Map<string, Variable>;
  readonly functions: Map<string, Command>;
  readonly aliases: Map<string, string>;
  readonly options: Options;
  /** `$0` and on. */
  name: string;
  #positional: readonly string[];
  status = 0;
  lastBackground: number | undefined;
  /** Of the shell the learner sees: `$$`. */
  pid: number;
  line = 1;
  /** Loops that `break` can leave. */
  loops = 0;
  /** The built-in that runs, for its messages. */
  builtin = '';
  /** Position inside an argument, for `getopts`. */
  optionOffset = 0;
  readonly #locals: Map<string, Variable | undefined>[] = [];
  #bytes = 0;

  constructor(pid: number, name: string, positional: readonly string[]) {
    this.pid = pid;
    this.name = name;
    this.#positional = positional;
    this.variables = new Map();
    this.functions = new Map();
    this.aliases = new Map();
    this.options = new Map();
  }

  copy(): ShellState {
    const copy = new ShellState(this.pid, this.name, this.positional);
    for (const [name, variable] of this.variables) copy.variables.set(name, { ...variable });
    for (const [name, body] of this.functions) copy.functions.set(name, body);
    for (const [name, text] of this.aliases) copy.aliases.set(name, text);
    for (const [name, on] of this.options) copy.options.set(name, on);
    copy.status = this.status;
    copy.lastBackground = this.lastBackground;
    copy.line = this.line;
    copy.optionOffset = this.optionOffset;
    // A `local` of a function that a subshell goes on in stays one.
    for (const frame of this.#locals) copy.#locals.push(new Map(frame));
    return copy;
  }

  get positional(): readonly string[] {
    return this.#positional;
  }

  set positional(values: readonly string[]) {
    this.#bytes += weightOf(values) - weightOf(this.#positional);
    this.#positional = values;
  }

  get(name: string): string | undefined {
    if (name === 'LINENO') return String(this.line);
    return this.variables.get(name)?.value;
  }

  /** False: it is read-only. */
  set(name: string, value: string): boolean {
    const known = this.variables.get(name);
    if (known?.readonly === true) return false;
    this.#bytes += value.length - (known?.value?.length ?? 0);
    if (known === undefined) {
      this.variables.set(name, { value, exported: this.option('a'), readonly: false });
    } else {
      known.value = value;
      if (this.option('a')) known.exported = true;
    }
    if (name === 'OPTIND') this.optionOffset = 0;
    return true;
  }

  unset(name: string): boolean {
    const known = this.variables.get(name);
    if (known?.readonly === true) return false;
    this.#bytes -= known?.value?.length ?? 0;
    this.variables.delete(name);
    return true;
  }

  mark(name: string, how: 'exported' | 'readonly', on = true): void {
    const known = this.variables.get(name) ?? { value: undefined, exported: false, readonly: false };
    known[how] = on;
    this.variables.set(name, known);
  }

  option(name: string): boolean {
    return this.options.get(name) === true;
  }

  environment(): Map<string, string> {
    const environment = new Map<string, string>();
    for (const [name, { value, exported }] of this.variables) {
      if (exported && value !== undefined) environment.set(name, value);
    }
    return environment;
  }

  /** Bytes by which the variables grew since it was last asked. */
  growth(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  /** What the variables take, in bytes, is worth being told. */
  get grew(): boolean {
    return Math.abs(this.#bytes) > 65_536;
  }

  enterFunction(): void {
    this.#locals.push(new Map());
  }

  leaveFunction(): void {
    for (const [name, before] of this.#locals.pop() ?? []) {
      this.#bytes += (before?.value?.length ?? 0) - (this.variables.get(name)?.value?.length ?? 0);
      if (before === undefined) this.variables.delete(name);
      else this.variables.set(name, before);
    }
  }

  get inFunction(): boolean {
    return this.#locals.length > 0;
  }

  /** The variable is this function's own from here on. */
  local(name: string): void {
    const frame = this.#locals.at(-1);
    if (frame === undefined || frame.has(name)) return;
    const before = this.variables.get(name);
    frame.set(name, before);
    this.variables.set(name, { value: undefined, exported: before?.exported ?? false, readonly: false });
  }
}

/** Bytes that many arguments take; a few are not worth counting. */
function weightOf(values: readonly string[]): number {
  return values.length < 256 && values.every((value) => value.length < 1024)
    ? 0
    : values.reduce((sum, value) => sum + value.length + 32, 0);
}
