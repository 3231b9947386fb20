import { spawn } from 'node:child_process';
import { closeSync, fchownSync, fstatSync, openSync } from 'node:fs';
import path from 'node:path';
import { explainSystemError, makeFolder, readText } from '../../base/files.ts';
import { LockBusy, withLock } from '../../base/lock.ts';
import { type RunState, removeRunState } from '../../cluster/control/state-file.ts';
import { troubleFile } from '../../cluster/trouble-log.ts';
import { type CommandSession, Unable, UsageError } from '../command.ts';
import { clusterFolder, findRun } from './cluster-process.ts';

/** Leaving the cluster in the background: one process at a time starts it, and waits for what the new one tells. */

/** What the process in the background tells the one that started it. */
type Message =
  | { readonly ready: true; readonly notes: readonly string[] }
  | { readonly refused: string; readonly remedy: string; readonly usage: boolean };

/** A start takes about a second; on a machine that is drowning, more. */
const startingMs = 90_000;

/** True in a process that `leaveInBackground` made. */
export const isBackground = () => process.send !== undefined;

/** In the background process: whoever started it and waits is told, once. Without anybody it does nothing. */
export function report(message: Message): void {
  process.off('disconnect', orphaned);
  if (!process.connected) return;
  process.send?.(message, () => {
    if (process.connected) process.disconnect();
  });
}

/** Until it has told how it went, the process in the background ends with the one that waits for it. */
export function endWithParent(): void {
  if (isBackground() && !process.connected) orphaned();
  process.once('disconnect', orphaned);
}

/** As a cut of power: the data are made for that, and nobody knows of this cluster yet. */
const orphaned = () => process.kill(process.pid, 'SIGKILL');

/** One start at a time in this folder. Rejects with `Unable` when the folder cannot be used or the other takes too long. */
export async function startingAlone<T>(session: CommandSession, action: () => Promise<T>): Promise<T> {
  const folder = clusterFolder(session);
  const { owner } = session.home;
  const started: { begun: boolean } = { begun: false };
  try {
    await makeFolder(folder, owner);
    return await withLock(
      path.join(folder, 'arranque.lock'),
      { clock: session.clock, owner, waitMs: startingMs },
      () => {
        started.begun = true;
        return action();
      },
    );
  } catch (error) {
    if (started.begun) throw error;
    if (error instanceof LockBusy)
      throw new Unable(
        'Otro proceso está arrancando el clúster y no termina.',
        'Espera, y mira `curso cluster estado`.',
      );
    throw new Unable(
      `No se puede usar la carpeta del clúster (${folder}): ${explainSystemError(error)}.`,
      'Libera espacio, revisa los permisos, o usa otra carpeta con CURSO_K8S_HOME.',
    );
  }
}

/**
 * Starts `argv` of this same program in the background and waits until the API answers; resolves with the cluster that was
 * running already, if there was one. Rejects with `Unable`, with the end of its log, when it does not come up.
 */
export async function leaveInBackground(
  session: CommandSession,
  argv: readonly string[],
  /** Variables for that process alone. */
  environment: { readonly [name: string]: string } = {},
): Promise<RunState | undefined> {
  const folder = clusterFolder(session);
  return startingAlone(session, async () => {
    const found = await findRun(session);
    if (found.state === 'running') return found.run;
    if (found.state === 'stale') {
      const who = found.pid === 0 ? '' : ` (su proceso, ${found.pid}, ya no existe)`;
      session.output.note(`El clúster no se cerró bien la última vez${who}; arranca con lo que guardó.`);
      await removeRunState(folder);
    }
    const message = await spawnAndWait(session, folder, argv, environment);
    if ('refused' in message) {
      session.signal.throwIfAborted();
      throw new (message.usage ? UsageError : Unable)(message.refused, message.remedy);
    }
    for (const note of message.notes) session.output.note(note);
    return undefined;
  });
}

async function spawnAndWait(
  session: CommandSession,
  folder: string,
  argv: readonly string[],
  environment: { readonly [name: string]: string },
): Promise<Message> {
  const { log, sizeBefore } = openLog(session, folder);
  const cancelled = new AbortController();
  try {
    const child = spawn(process.execPath, [path.join(session.packageRoot, 'dist', 'cli.js'), ...argv], {
      detached: true,
      cwd: folder,
      env: { ...process.env, CURSO_K8S_HOME: session.home.folder, ...environment },
      stdio: ['ignore', log, log, 'ipc'],
      windowsHide: true,
    });
    const answer = await new Promise<Message | undefined>((resolve) => {
      const giveUp = (refused: string) => {
        child.kill('SIGKILL');
        resolve({ refused, remedy: '', usage: false });
      };
      child.on('message', (message) => resolve(message as Message));
      child.on('error', (error) =>
        giveUp(`No se pudo arrancar el proceso del clúster: ${explainSystemError(error)}.`),
      );
      child.on('exit', () => resolve(undefined));
      const interrupted = () => giveUp('El clúster no quedó en marcha.');
      session.signal.addEventListener('abort', interrupted, { signal: cancelled.signal });
      session.clock.sleep(startingMs, cancelled.signal).then(
        () => giveUp(`El clúster no contesta después de ${startingMs / 1000} s; corté su proceso.`),
        () => undefined,
      );
    });
    if (child.connected) child.disconnect();
    child.unref();
    return (
      answer ?? {
        refused: await crashed(folder, sizeBefore),
        remedy: 'Para verlo en directo: `curso cluster iniciar --primer-plano`.',
        usage: false,
      }
    );
  } finally {
    cancelled.abort();
    closeSync(log);
  }
}

/** What the cluster noted before stays. */
function openLog(
  session: CommandSession,
  folder: string,
): { readonly log: number; readonly sizeBefore: number } {
  try {
    const log = openSync(troubleFile(folder), 'a', 0o600);
    const { owner } = session.home;
    if (owner !== undefined) fchownSync(log, owner.uid, owner.gid);
    return { log, sizeBefore: fstatSync(log).size };
  } catch (error) {
    throw new Unable(
      `No se puede escribir ${troubleFile(folder)}: ${explainSystemError(error)}.`,
      'Libera espacio o revisa los permisos.',
    );
  }
}

const shownLogLines = 8;

async function crashed(folder: string, sizeBefore: number): Promise<string> {
  const text = await readText(troubleFile(folder), 2 * 1024 * 1024);
  const said = text.state === 'read' ? Buffer.from(text.value).subarray(sizeBefore).toString() : '';
  const lines = said.trimEnd().split('\n').slice(-shownLogLines);
  const shown = lines.filter((line) => line !== '').map((line) => `\n  ${line}`);
  return `El proceso del clúster terminó antes de contestar.${shown.length > 0 ? ` Lo último que dijo (${troubleFile(folder)}):` : ''}${shown.join('')}`;
}
