import { readFileSync, readlinkSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from './clock.ts';
import { errorCode, makeFolder, readJson } from './files.ts';
import type { Json } from './json.ts';
import type { Owner } from './platform.ts';

/** Who holds a lock. A pid alone is not enough: the system reuses them, and containers have their own. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot (field 22 of `/proc/<pid>/stat`), or '' where there is no /proc. */
  readonly start: string;
  /** PID namespace, or '' */
  readonly namespace: string;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, start: statOf(process.pid).start, namespace: pidNamespace() };
}

/** `unknown`: it lives in another PID namespace, or the system does not say. */
export function processState(identity: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  if (identity.namespace !== pidNamespace()) return 'unknown';
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return 'dead';
  }
  const { state, start } = statOf(identity.pid);
  // A zombie has ended; where nobody waits for it (a container's first process may not) it stays listed for ever.
  if (state === 'Z' || state === 'X') return 'dead';
  return start !== '' && identity.start !== '' && start !== identity.start ? 'dead' : 'alive';
}

export interface LockOptions {
  readonly clock: Clock;
  readonly owner?: Owner | undefined;
  /** How long to wait for another holder. Default 3,000 ms. */
  readonly waitMs?: number;
}

export class LockBusy extends Error {}

/**
 * Runs `action` while holding `file`, which names its holder. A lock whose holder is dead is broken at once; one whose
 * holder cannot be judged, after `abandonedMs`. Rejects with `LockBusy` after the wait, and with the system's error
 * when the lock cannot be made (read-only disk).
 */
export async function withLock<T>(file: string, options: LockOptions, action: () => Promise<T>): Promise<T> {
  const deadline = options.clock.now() + (options.waitMs ?? 3_000);
  await makeFolder(path.dirname(file), options.owner);
  while (!(await take(file, options.owner))) {
    if (await breakIfAbandoned(file, options)) continue;
    if (options.clock.now() >= deadline) throw new LockBusy(`otro programa del curso tiene ocupado ${file}`);
    await options.clock.sleep(retryMs);
  }
  try {
    return await action();
  } finally {
    await rm(file, { force: true });
  }
}

const abandonedMs = 10_000;
const retryMs = 15;

async function take(file: string, owner: Owner | undefined): Promise<boolean> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'wx', 0o600);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await handle.writeFile(JSON.stringify(ownIdentity()));
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
    return true;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Only one process may break a lock, and it looks again once it alone may: otherwise two would judge the same dead
 * holder, and the slower one would remove the lock that the faster has just taken.
 */
async function breakIfAbandoned(file: string, options: LockOptions): Promise<boolean> {
  if (!(await isAbandoned(file, options.clock))) return false;
  const breaker = `${file}.romper`;
  if (!(await take(breaker, options.owner))) {
    if (await isAbandoned(breaker, options.clock)) await rm(breaker, { force: true });
    return false;
  }
  try {
    if (!(await isAbandoned(file, options.clock))) return false;
    await rm(file, { force: true });
    return true;
  } finally {
    await rm(breaker, { force: true });
  }
}

async function isAbandoned(file: string, clock: Clock): Promise<boolean> {
  const holder = await readJson(file, 1_000);
  if (holder.state === 'missing') return false;
  const identity = holder.state === 'read' ? parseIdentity(holder.value) : undefined;
  if (identity !== undefined) {
    const state = processState(identity);
    if (state !== 'unknown') return state === 'dead';
  }
  // An empty file is a lock being taken right now, or by one who died in that instant.
  const facts = await stat(file).catch(() => undefined);
  return facts !== undefined && clock.now() - facts.mtimeMs > abandonedMs;
}

export function parseIdentity(value: Json | undefined): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { pid, start, namespace } = value as { readonly [key: string]: Json };
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return undefined;
  if (typeof start !== 'string' || typeof namespace !== 'string') return undefined;
  return { pid, start, namespace };
}

/** Fields 3 and 22 of `/proc/<pid>/stat`, or '' where there is no /proc. */
function statOf(pid: number): { readonly state: string; readonly start: string } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name is in parentheses and may contain anything; fields count from the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: fields[19] ?? '' };
  } catch {
    return { state: '', start: '' };
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
