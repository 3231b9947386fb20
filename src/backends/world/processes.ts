import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { type ProcessStat, parseStat } from '../../checks/linux/status.ts';
import type { CleanReport } from '../../course/world.ts';

/** A process whose environment carries the token of an attempt. */
interface Marked extends ProcessStat {
  readonly command: string;
}

const politeMs = 300;
const forcedMs = 2_000;
const stepMs = 20;

/**
 * Ends every process of this machine that carries `CURSO_INTENTO=<token>`, first asking, then insisting, and waits
 * until they are gone. A terminal that the learner has open is left alone, and so is whoever runs us. Linux only.
 */
export async function endMarkedProcesses(token: string, clock: Clock): Promise<CleanReport> {
  if (process.platform !== 'linux' || !/^[0-9a-f]{4,32}$/.test(token)) return { removed: [], left: [] };
  const found = markedProcesses(token);
  const shells = found.filter((one) => isOpenTerminal(one, found));
  const doomed = found.filter((one) => !shells.includes(one));
  for (const one of doomed) signal(one, token, 'SIGTERM');
  if (!(await gone(token, shells, politeMs, clock)))
    for (const one of markedProcesses(token)) if (!isAmong(one, shells)) signal(one, token, 'SIGKILL');
  await gone(token, shells, forcedMs, clock);
  const remaining = markedProcesses(token).filter((one) => !isAmong(one, shells));
  return {
    removed: doomed
      .filter((one) => !isAmong(one, remaining))
      .map((one) => `el proceso ${one.pid} (${one.command})`),
    left: [
      ...shells.map((one) => `tu terminal ${one.pid} (${one.command}); ciérrala con \`exit\``),
      ...remaining.map(
        (one) => `el proceso ${one.pid} (${one.command}); termínalo con \`kill -9 ${one.pid}\``,
      ),
    ],
  };
}

function markedProcesses(token: string): readonly Marked[] {
  const excluded = ownLine();
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || excluded.has(Number(name))) return [];
    const marked = look(Number(name), token);
    return marked === undefined ? [] : [marked];
  });
}

/** A zombie has no environment any more, so it is not found: its parent must collect it, and often is not ours. */
function look(pid: number, token: string): Marked | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    if (!environment.includes(`CURSO_INTENTO=${token}`)) return undefined;
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    if (stat === undefined) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim().slice(0, 60);
    return { ...stat, command: command === '' ? stat.comm : command };
  } catch {
    return undefined;
  }
}

/** Us and whoever started us: the course may have been opened inside a shell of the same attempt. */
function ownLine(): ReadonlySet<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); ) {
    line.add(pid);
    try {
      pid = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.parent ?? 0;
    } catch {
      break;
    }
  }
  return line;
}

/** The shell that `t` or `curso shell` opened: it has a terminal, and its parent does not carry the token. */
function isOpenTerminal(one: Marked, all: readonly Marked[]): boolean {
  if (one.terminal === 0 || all.some((other) => other.pid === one.parent)) return false;
  return /^(ba|da|z|fi|k|a)?sh$/.test(one.comm) && hasTerminalInput(one.pid);
}

function hasTerminalInput(pid: number): boolean {
  try {
    return /^\/dev\/(pts\/|tty)/.test(readlinkSync(`/proc/${pid}/fd/0`));
  } catch {
    return false;
  }
}

function isAmong(one: Marked, list: readonly Marked[]): boolean {
  return list.some((other) => other.pid === one.pid && other.startTicks === one.startTicks);
}

/** Looks again just before: the number may have gone to somebody else meanwhile. */
function signal(one: Marked, token: string, name: 'SIGTERM' | 'SIGKILL'): void {
  const now = look(one.pid, token);
  if (now === undefined || now.startTicks !== one.startTicks) return;
  try {
    process.kill(one.pid, name);
  } catch {
    // Gone already, or of another user: the report says what remains.
  }
}

async function gone(
  token: string,
  except: readonly Marked[],
  waitMs: number,
  clock: Clock,
): Promise<boolean> {
  for (let waited = 0; ; waited += stepMs) {
    if (markedProcesses(token).every((one) => isAmong(one, except))) return true;
    if (waited >= waitMs) return false;
    await clock.sleep(stepMs);
  }
}
