import type { Clock } from '../base/clock.ts';
import type { CourseHome } from '../base/platform.ts';
import type { Random } from '../base/random.ts';
import type { Output } from './output.ts';

/** 0 done or everything passed · 1 some check failed · 2 wrong use · 3 could not look. */
export type ExitCode = 0 | 1 | 2 | 3;

/** A command as data: help, completion and parsing derive from it; `run` loads what it needs when it is called. */
export interface CommandDefinition {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line, Spanish, without full stop. */
  readonly summary: string;
  /** More lines for `--help`. */
  readonly details?: string;
  readonly arguments?: readonly ArgumentDefinition[];
  readonly options?: readonly OptionDefinition[];
  readonly subcommands?: readonly CommandDefinition[];
  readonly run?: (input: CommandInput, session: CommandSession) => Promise<ExitCode>;
}

export interface ArgumentDefinition {
  readonly name: string;
  readonly required: boolean;
  readonly variadic?: boolean;
  readonly doc: string;
  /** What completion offers; a list of words, lessons, exercises or files. */
  readonly values?: readonly string[] | 'lessons' | 'exercises' | 'lessonsAndExercises' | 'files';
}

export interface OptionDefinition {
  /** As in help: `--json`, `--junit <archivo>`. */
  readonly flags: string;
  readonly doc: string;
}

export interface CommandInput {
  /** In the order of `arguments`; a missing optional one is undefined, a variadic one takes the rest. */
  readonly arguments: readonly (string | undefined)[];
  readonly rest: readonly string[];
  /** By camel-case name: `true` for a flag, the text for one with a value. */
  readonly options: { readonly [name: string]: string | boolean | undefined };
  /** Every command there is, for those that speak about the others. */
  readonly commands: readonly CommandDefinition[];
}

/** What every command is handed; nothing in `commands` reads the process itself but `cli.ts` and `main.ts`. */
export interface CommandSession {
  readonly output: Output;
  readonly clock: Clock;
  readonly random: Random;
  readonly home: CourseHome;
  readonly env: { readonly [name: string]: string | undefined };
  readonly platform: NodeJS.Platform;
  readonly cwd: string;
  readonly version: string;
  /** Absolute folder of the installed package: `dist/`, `lessons/`, `assets/`. */
  readonly packageRoot: string;
  /** `--curso DIR`: somebody else's lessons instead of the bundled ones. */
  readonly courseFolder: string | undefined;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Wrong use, to be told and not to crash: printed as it is, exit code 2. `message` and `remedy` are Spanish. */
export class UsageError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy = '') {
    super(message);
    this.remedy = remedy;
  }
}

/** We could not look or do it here: printed as it is, exit code 3. */
export class Unable extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string, options?: { cause?: unknown }) {
    super(message, options);
    this.remedy = remedy;
  }
}

export function textOption(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === 'string' ? value : undefined;
}
