import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { WorldShell } from '../../course/world.ts';
import { createCapture } from './capture.ts';
import { descendantsOf, processTable } from './process-table.ts';

export interface HostShellOptions {
  readonly clock: Clock;
  readonly cwd: string;
  /** The whole environment. */
  readonly env: { readonly [name: string]: string };
}

const maxOutputBytes = 64 * 1024;
const graceMs = 1_000;

/**
 * A `sh` on this machine that stays alive: `cd`, variables and background processes last from step to step. It has its
 * own session, so a Ctrl-C in the learner's terminal does not reach it. What a background process prints after the
 * shell is closed has no reader: scripts send it to a file or to /dev/null.
 */
export async function openHostShell({ clock, cwd, env }: HostShellOptions): Promise<WorldShell> {
  const child = spawn('sh', [], { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  await started(child, cwd);
  child.stdin.on('error', () => {}); // The shell ended: `run` says so.
  let serial = 0;
  let dead = false;
  let sink: (data: Buffer | 'end') => void = () => {};
  let queue: Promise<unknown> = Promise.resolve();
  child.stdout.on('data', (chunk: Buffer) => sink(chunk));
  child.on('exit', () => {
    dead = true;
    sink('end');
  });

  async function runNow(step: string, timeoutMs: number): Promise<{ exitCode: number; output: string }> {
    if (dead) throw new Error('El shell del curso ya se cerró.');
    serial += 1;
    // The step cannot know this word, so it cannot forge the end of its own output.
    const word = `curso_${process.pid}_${serial}_${clock.now().toString(36)}`;
    const before = new Set(descendantsOf(child.pid ?? -1, await processTable()));
    return new Promise((resolve, reject) => {
      const capture = createCapture(maxOutputBytes, `\n${word}:`);
      let timedOut = false;
      let stopGrace: () => void = () => {};
      const stopTimer = clock.after(timeoutMs, () => {
        timedOut = true;
        stopGrace = clock.after(graceMs, () => killGroup(child.pid));
        killNew(child.pid ?? -1, before).catch(() => {});
      });
      const settle = (action: () => void) => {
        stopTimer();
        stopGrace();
        sink = () => {};
        action();
      };
      sink = (data) => {
        if (data === 'end') {
          const said = capture.text().trim().slice(-400);
          settle(() =>
            reject(new Error(`El paso cerró el shell del curso${said === '' ? '.' : `: ${said}`}`)),
          );
          return;
        }
        const exitCode = capture.push(data);
        if (exitCode !== undefined)
          settle(() => resolve({ exitCode: timedOut ? 124 : exitCode, output: capture.text() }));
      };
      child.stdin.write(wrap(step, word));
    });
  }

  return {
    run(step, timeoutMs) {
      const result = queue.then(() => runNow(step, timeoutMs));
      queue = result.catch(() => {});
      return result;
    },
    async close() {
      if (!dead) {
        const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        child.stdin.end();
        // Background processes go on; the shell itself must not outlive us.
        const stop = clock.after(graceMs, () => child.kill('SIGKILL'));
        await ended;
        stop();
      }
      child.stdout.destroy();
    },
  };
}

type Shell = ChildProcessByStdio<Writable, Readable, null>;

function started(child: Shell, cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(new Error(`No se pudo abrir \`sh\` en ${cwd}: ${error.message}`, { cause: error })),
    );
  });
}

/**
 * `command eval` in the shell itself keeps `cd`, variables and jobs, and a syntax error does not end the shell. The
 * step comes through a here-document, so its quoting is its own; its stdin is empty, or it would eat what follows.
 */
function wrap(step: string, word: string): string {
  return `command eval "$(cat <<'${word}'\n${step}\n${word}\n)" </dev/null 2>&1\nprintf '\\n%s:%s\\n' '${word}' "$?"\n`;
}

/** Ends what the step started; what earlier steps left in the background stays. */
async function killNew(shellPid: number, before: ReadonlySet<number>): Promise<void> {
  for (const pid of descendantsOf(shellPid, await processTable())) if (!before.has(pid)) kill(pid);
}

function killGroup(pid: number | undefined): void {
  if (pid !== undefined) kill(-pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
