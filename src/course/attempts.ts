import { rename } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import {
  explainSystemError,
  listNames,
  readJson,
  removeOldTemporaries,
  removeTree,
  writeJson,
} from '../base/files.ts';
import type { Json } from '../base/json.ts';
import { LockBusy, ownIdentity, parseIdentity, processState, withLock } from '../base/lock.ts';
import type { CourseHome } from '../base/platform.ts';
import { attemptDocument, parseAttempt, type StoredAttempt } from './attempt-format.ts';
import { isRecord } from './progress.ts';
import { notKept } from './progress-store.ts';

const maxAttemptBytes = 1024 * 1024;

/** Attempts on disk, one file per exercise, and the tokens whose leftovers are still to be cleaned. */
export interface AttemptStore {
  /** Absolute working folder of an attempt; it may not exist yet. */
  folder(attempt: { readonly exerciseId: string; readonly token: string }): string;
  file(exerciseId: string): string;
  read(exerciseId: string): Promise<StoredAttempt | undefined>;
  /** Exercises with an attempt on disk, sorted. */
  list(): Promise<readonly string[]>;
  /**
   * Changes the newest attempt on disk, or the one in memory when the disk keeps nothing. `change` gets undefined when
   * there is none, and returns undefined to leave things as they are.
   */
  update(
    exerciseId: string,
    change: (
      before: StoredAttempt | undefined,
    ) => Promise<StoredAttempt | undefined> | StoredAttempt | undefined,
  ): Promise<AttemptKept>;
  /**
   * Forgets the attempt. Its token goes first to the list of what must be cleaned: whatever happens between here and
   * `cleaned`, somebody will finish.
   */
  retire(exerciseId: string): Promise<StoredAttempt | undefined>;
  /** Notes a token that will leave things behind if this process dies (proofs of lessons). */
  register(owner: Leftover): Promise<void>;
  cleaned(token: string): Promise<void>;
  /** Tokens whose owner is dead, or that nobody is cleaning now. */
  leftovers(): Promise<readonly Leftover[]>;
}

export interface AttemptKept {
  readonly stored: StoredAttempt | undefined;
  readonly notices: readonly string[];
}

export interface Leftover {
  readonly token: string;
  readonly exerciseId: string;
}

export function openAttemptStore(home: CourseHome, clock: Clock): AttemptStore {
  const attemptsFolder = path.join(home.folder, 'intentos');
  const retiredFolder = path.join(home.folder, 'retirados');
  const memory = new Map<string, StoredAttempt>();
  const fileOf = (exerciseId: string) => path.join(attemptsFolder, `${fileName(exerciseId)}.json`);
  const retiredFile = (token: string) => path.join(retiredFolder, `${token}.json`);

  const read = async (
    exerciseId: string,
  ): Promise<{ stored?: StoredAttempt; notices: readonly string[] }> => {
    const found = await readJson(fileOf(exerciseId), maxAttemptBytes);
    if (found.state === 'read') {
      const stored = parseAttempt(found.value, exerciseId);
      if (stored !== undefined) return { stored, notices: [] };
    }
    const remembered = memory.get(exerciseId);
    const kept = remembered === undefined ? {} : { stored: remembered };
    if (found.state === 'missing') return { ...kept, notices: [] };
    if (found.state === 'unreadable') return { ...kept, notices: [notKept(home.folder, found.why)] };
    const aside = `${fileOf(exerciseId)}.dañado-${clock.now()}`;
    const moved = await rename(fileOf(exerciseId), aside).then(
      () => ` El anterior está en ${aside}.`,
      () => '',
    );
    return { ...kept, notices: [`El intento de ${exerciseId} estaba dañado y empieza uno nuevo.${moved}`] };
  };

  const locked = async <T>(
    exerciseId: string,
    action: () => Promise<T>,
  ): Promise<T | { readonly why: string }> => {
    try {
      return await withLock(`${fileOf(exerciseId)}.lock`, { clock, owner: home.owner }, action);
    } catch (error) {
      return {
        why:
          error instanceof LockBusy ? 'otra ventana del curso lo tiene ocupado' : explainSystemError(error),
      };
    }
  };

  const retireToken = (leftover: Leftover) =>
    writeJson(retiredFile(leftover.token), { ...leftover, process: ownIdentity() }, home.owner);

  return {
    folder: ({ exerciseId, token }) => path.join(home.folder, 'trabajo', `${fileName(exerciseId)}-${token}`),
    file: fileOf,
    read: async (exerciseId) => (await read(exerciseId)).stored,
    list: async () =>
      (await listNames(attemptsFolder))
        .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
        .map((name) => decodeURIComponent(name.slice(0, -'.json'.length))),
    async update(exerciseId, change) {
      const done = await locked(exerciseId, async () => {
        const before = await read(exerciseId);
        const after = await change(before.stored);
        if (after === undefined) return { stored: before.stored, notices: before.notices };
        const written = await writeJson(fileOf(exerciseId), attemptDocument(after), home.owner);
        if (written.kept) {
          memory.delete(exerciseId);
          return { stored: after, notices: before.notices };
        }
        memory.set(exerciseId, after);
        return { stored: after, notices: [...before.notices, notKept(home.folder, written.why)] };
      });
      if (!('why' in done)) return done;
      const before = await read(exerciseId);
      const after = (await change(before.stored)) ?? before.stored;
      if (after !== undefined) memory.set(exerciseId, after);
      return { stored: after, notices: [notKept(home.folder, done.why)] };
    },
    async retire(exerciseId) {
      const done = await locked(exerciseId, async () => {
        const { stored } = await read(exerciseId);
        if (stored !== undefined) await retireToken({ token: stored.attempt.token, exerciseId });
        await removeTree(fileOf(exerciseId));
        return { stored };
      });
      const stored = 'why' in done ? (await read(exerciseId)).stored : done.stored;
      memory.delete(exerciseId);
      return stored;
    },
    async register(leftover) {
      await retireToken(leftover);
    },
    async cleaned(token) {
      await removeTree(retiredFile(token));
    },
    async leftovers() {
      const found: Leftover[] = [];
      for (const name of await listNames(retiredFolder)) {
        if (!name.endsWith('.json') || name.startsWith('.')) continue;
        const content = await readJson(path.join(retiredFolder, name), 4096);
        const leftover = content.state === 'read' ? parseLeftover(content.value) : undefined;
        if (leftover !== undefined) found.push(leftover);
      }
      await removeOldTemporaries(retiredFolder, clock.now());
      await removeOldTemporaries(attemptsFolder, clock.now());
      return found;
    },
  };
}

/** Undefined for what is not one, and for one whose owner is alive: it will clean for itself. */
function parseLeftover(value: Json): Leftover | undefined {
  if (!isRecord(value)) return undefined;
  const { token, exerciseId } = value;
  if (typeof token !== 'string' || !/^[0-9a-f]{8}$/.test(token) || typeof exerciseId !== 'string')
    return undefined;
  const owner = parseIdentity(value['process']);
  const ours = owner?.pid === process.pid;
  if (owner !== undefined && !ours && processState(owner) === 'alive') return undefined;
  return { token, exerciseId };
}

/** Ids are letters, digits and dots, but a third party's course may hold surprises: nothing leaves the folder. */
function fileName(exerciseId: string): string {
  return encodeURIComponent(exerciseId)
    .replaceAll('*', '%2A')
    .replace(/^\.+/, (dots) => '%2E'.repeat(dots.length))
    .slice(0, 120);
}
