import { constants } from 'node:os';
import { execa } from 'execa';

export interface Finished {
  /** Undefined when it was killed, timed out or could not start. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** There is no such program. */
  readonly missing: boolean;
  readonly timedOut: boolean;
}

export interface BoundedOptions {
  /** Killed (TERM, then KILL) after this. */
  readonly timeoutMs: number;
  /** Of each stream; more ends the program. Default 64 KiB. */
  readonly maxBytes?: number;
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: { readonly [name: string]: string };
  readonly signal?: AbortSignal;
}

/** Runs a program without a shell and without input, bounded in time and output. Never rejects. */
export async function runBounded(argv: readonly string[], options: BoundedOptions): Promise<Finished> {
  const [program = '', ...rest] = argv;
  const result = await execa(program, rest, {
    reject: false,
    stdin: 'ignore',
    timeout: options.timeoutMs,
    maxBuffer: options.maxBytes ?? 65_536,
    forceKillAfterDelay: 500,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    missing: result.code === 'ENOENT',
    timedOut: result.timedOut,
  };
}

/** Lends the terminal to a program until it ends. As shells tell it, 128 and the signal's number when one killed it. */
export async function runInTerminal(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: { readonly [name: string]: string } },
): Promise<{ readonly exitCode: number; readonly missing: boolean }> {
  const [program = '', ...rest] = argv;
  // Ctrl-C belongs to the program now: it reaches us too, and must not end us under it.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const result = await execa(program, rest, {
    reject: false,
    stdio: 'inherit',
    cwd: options.cwd,
    env: options.env,
    extendEnv: false,
  }).finally(() => process.off('SIGINT', ignore));
  const killed = result.signal === undefined ? 1 : 128 + constants.signals[result.signal];
  return { exitCode: result.exitCode ?? killed, missing: result.code === 'ENOENT' };
}
