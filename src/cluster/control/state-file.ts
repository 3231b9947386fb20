import { rm } from 'node:fs/promises';
import path from 'node:path';
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
}

export type FoundState =
  | { readonly state: 'running'; readonly run: RunState }
  /** It ended without saying so: killed, or the machine went down. */
  | { readonly state: 'stale'; readonly pid: number }
  /** Another container or PID namespace wrote it; from here nobody can tell. */
  | { readonly state: 'elsewhere'; readonly run: RunState }
  | { readonly state: 'stopped' };

const fileName = 'en-marcha.json';
const maxBytes = 64 * 1024;

export async function readRunState(folder: string): Promise<FoundState> {
  const found = await readJson(path.join(folder, fileName), maxBytes);
  if (found.state === 'missing') return { state: 'stopped' };
  const run = found.state === 'read' ? parseRunState(found.value) : undefined;
  if (run === undefined) return { state: 'stale', pid: 0 };
  const alive = processState(run.process);
  if (alive === 'alive') return { state: 'running', run };
  return alive === 'dead' ? { state: 'stale', pid: run.process.pid } : { state: 'elsewhere', run };
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
  const { process: identity, url, control, startedAt } = value as { [key: string]: unknown };
  if (typeof url !== 'string' || typeof startedAt !== 'string') return undefined;
  const { pid, start, namespace } = (identity ?? {}) as { [key: string]: unknown };
  const { port, token } = (control ?? {}) as { [key: string]: unknown };
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof namespace !== 'string') return undefined;
  if (typeof port !== 'number' || typeof token !== 'string') return undefined;
  return { process: { pid, start, namespace }, url, control: { port, token }, startedAt };
}
