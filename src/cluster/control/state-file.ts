import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { readJson, writeText } from '../../base/files.ts';
import { type ProcessIdentity, processState } from '../../base/lock.ts';
import type { Owner } from '../../base/platform.ts';

/** How a cluster that runs in the background is found again. Mode 0600: it holds the key of its control port. */
export interface RunState {
  readonly process: ProcessIdentity;
  readonly url: string;
  readonly control: { readonly port: number; readonly token: string };
  /** RFC 3339. */
  readonly startedAt: string;
  /** What it was started with, by option: whoever asks for something else is told. */
  readonly options: { readonly [flag: string]: string };
}

export type FoundState =
  | { readonly state: 'running'; readonly run: RunState }
  /** It ended without saying so: killed, or the machine went down. */
  | { readonly state: 'stale'; readonly pid: number }
  /** Another container or PID namespace wrote it, and somebody is using the data. */
  | { readonly state: 'elsewhere'; readonly run: RunState }
  /** Somebody else's folder, or a disk that does not answer. `why` is Spanish. */
  | { readonly state: 'unreadable'; readonly file: string; readonly why: string }
  | { readonly state: 'stopped' };

const fileName = 'en-marcha.json';
const maxBytes = 64 * 1024;
/** The lock on the data; its holder touches it every few seconds. */
const dataLock = 'datos.lock';
const abandonedMs = 10_000;

export async function readRunState(folder: string, clock: Clock): Promise<FoundState> {
  const file = path.join(folder, fileName);
  const found = await readJson(file, maxBytes);
  if (found.state === 'missing') return { state: 'stopped' };
  if (found.state === 'unreadable') return { state: 'unreadable', file, why: found.why };
  const run = found.state === 'read' ? parseRunState(found.value) : undefined;
  if (run === undefined) return { state: 'stale', pid: 0 };
  const alive = processState(run.process);
  if (alive === 'alive') return { state: 'running', run };
  if (alive === 'dead' || !(await dataInUse(folder, clock))) return { state: 'stale', pid: run.process.pid };
  return { state: 'elsewhere', run };
}

/** A container that was thrown away leaves its state behind, and nobody will ever stop that cluster there. */
async function dataInUse(folder: string, clock: Clock): Promise<boolean> {
  const facts = await stat(path.join(folder, dataLock)).catch(() => undefined);
  return facts !== undefined && clock.now() - facts.mtimeMs <= abandonedMs;
}

export async function writeRunState(
  folder: string,
  run: RunState,
  owner?: Owner,
): Promise<string | undefined> {
  const result = await writeText(
    path.join(folder, fileName),
    `${JSON.stringify(run, undefined, 2)}\n`,
    owner,
  );
  return result.kept ? undefined : result.why;
}

export async function removeRunState(folder: string): Promise<void> {
  await rm(path.join(folder, fileName), { force: true });
}

function parseRunState(value: unknown): RunState | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { process: identity, url, control, startedAt, options } = value as { [key: string]: unknown };
  if (typeof url !== 'string' || typeof startedAt !== 'string') return undefined;
  const { pid, start, namespace } = (identity ?? {}) as { [key: string]: unknown };
  const { port, token } = (control ?? {}) as { [key: string]: unknown };
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof namespace !== 'string') return undefined;
  if (typeof port !== 'number' || typeof token !== 'string') return undefined;
  return {
    process: { pid, start, namespace },
    url,
    control: { port, token },
    startedAt,
    options: textsOf(options),
  };
}

function textsOf(value: unknown): { readonly [flag: string]: string } {
  const texts = Object.entries(value ?? {}).filter(([, text]) => typeof text === 'string');
  return Object.fromEntries(texts);
}
