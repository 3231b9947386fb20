import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { makeFolder, readText, removeTree } from '../../base/files.ts';
import { ownIdentity, type ProcessIdentity, processState, withLock } from '../../base/lock.ts';
import { hexToken } from '../../base/random.ts';
import type { ClusterSettings, RunningCluster } from '../../cluster/control/contract.ts';
import { controlClient } from '../../cluster/control/control-client.ts';
import { startControlServer } from '../../cluster/control/control-server.ts';
import {
  type FoundState,
  type RunState,
  readRunState,
  removeRunState,
  writeRunState,
} from '../../cluster/control/state-file.ts';
import { type CommandSession, Unable } from '../command.ts';

/** The process of the cluster: run it here, leave it in the background, find it, end it. */

export const clusterFolder = (session: Pick<CommandSession, 'home'>) =>
  path.join(session.home.folder, 'cluster');
export const kubeconfigFile = (session: Pick<CommandSession, 'home'>) =>
  path.join(clusterFolder(session), 'kubeconfig');
const logFile = (folder: string) => path.join(folder, 'registro.log');

export type ClusterStarter = (settings: ClusterSettings) => Promise<RunningCluster>;

/** What the process in the background tells the one that started it. */
type Message = { readonly ready: true } | { readonly refused: string; readonly remedy: string };

/**
 * Runs the cluster in this process until Ctrl-C, SIGTERM or `curso cluster detener`. `started` is called when the API
 * answers. Rejects with `Unable` when it cannot be started.
 */
export async function runHere(
  session: CommandSession,
  settings: ClusterSettings,
  start: ClusterStarter,
  started: (cluster: RunningCluster) => void,
): Promise<void> {
  const folder = clusterFolder(session);
  const { owner } = session.home;
  await makeFolder(folder, owner);
  refuseTwice(await readRunState(folder));
  const cluster = await start(settings);
  const ended = new AbortController();
  const token = hexToken(session.random, 48);
  const control = await startControlServer(
    {
      status: () => cluster.status(),
      fault: (master, action) => cluster.fault(master, action),
      stop: () => ended.abort(),
    },
    token,
  );
  try {
    const why = await writeRunState(
      folder,
      {
        process: ownIdentity(),
        url: cluster.url,
        control: { port: control.port, token },
        startedAt: new Date(session.clock.now()).toISOString(),
      },
      owner,
    );
    if (why !== undefined)
      throw new Unable(`No se puede escribir en ${folder}: ${why}`, 'Libera espacio o revisa los permisos.');
    started(cluster);
    await until([session.signal, ended.signal]);
  } finally {
    await control.close();
    await cluster.stop();
    await removeRunState(folder);
  }
}

function refuseTwice(found: FoundState): void {
  if (found.state === 'running') {
    throw new Unable(
      `El clúster ya está en marcha (proceso ${found.run.process.pid}).`,
      'Míralo con `curso cluster estado`.',
    );
  }
  if (found.state === 'elsewhere') throw elsewhere(found.run);
}

export function elsewhere(run: RunState): Unable {
  return new Unable(
    `El clúster de esta carpeta lo arrancó otro entorno (proceso ${run.process.pid} de otro contenedor o máquina) y desde aquí no se puede saber si vive.`,
    'Detenlo allí con `curso cluster detener`, o usa otra carpeta con CURSO_K8S_HOME.',
  );
}

/** Ctrl-C, SIGTERM (a service manager, the machine going down) or one of the signals. */
async function until(signals: readonly AbortSignal[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      process.off('SIGTERM', end);
      resolve();
    };
    process.on('SIGTERM', end);
    for (const signal of signals) {
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    }
  });
}

/** In the background process: tells whoever waits, once. Without anybody (started by hand) it does nothing. */
export function report(message: Message): void {
  if (process.send === undefined) return;
  process.send(message, () => process.disconnect?.());
}

/**
 * Starts `argv` of this same program in the background and waits until the API answers. Nobody else can start it
 * meanwhile. Rejects with `Unable`, with the end of its log, when it does not come up.
 */
export async function leaveInBackground(session: CommandSession, argv: readonly string[]): Promise<void> {
  const folder = clusterFolder(session);
  await makeFolder(folder, session.home.owner);
  const lock = path.join(folder, 'arranque.lock');
  await withLock(lock, { clock: session.clock, owner: session.home.owner, waitMs: 30_000 }, async () => {
    const found = await readRunState(folder);
    if (found.state === 'running') return;
    if (found.state === 'elsewhere') throw elsewhere(found.run);
    if (found.state === 'stale') {
      const who = found.pid === 0 ? '' : ` (su proceso, ${found.pid}, ya no existe)`;
      session.output.note(`El clúster no se cerró bien la última vez${who}; arranca con lo que guardó.`);
      await removeRunState(folder);
    }
    const message = await spawnAndWait(session, folder, argv);
    if ('refused' in message) throw new Unable(message.refused, message.remedy);
  });
}

async function spawnAndWait(
  session: CommandSession,
  folder: string,
  argv: readonly string[],
): Promise<Message> {
  const log = openSync(logFile(folder), 'w', 0o600);
  try {
    const child = spawn(process.execPath, [path.join(session.packageRoot, 'dist', 'cli.js'), ...argv], {
      detached: true,
      cwd: folder,
      env: { ...process.env, CURSO_K8S_HOME: session.home.folder },
      stdio: ['ignore', log, log, 'ipc'],
      windowsHide: true,
    });
    const answer = await new Promise<Message | undefined>((resolve) => {
      child.on('message', (message) => resolve(message as Message));
      child.on('error', (error) =>
        resolve({ refused: `No se pudo arrancar el proceso del clúster: ${error.message}`, remedy: '' }),
      );
      child.on('exit', () => resolve(undefined));
      session.signal.addEventListener('abort', () => {
        child.kill();
        resolve({ refused: 'Interrumpido: el clúster no quedó en marcha.', remedy: '' });
      });
    });
    if (child.connected) child.disconnect();
    child.unref();
    return (
      answer ?? {
        refused: await crashed(folder),
        remedy: 'Para verlo en directo: `curso cluster iniciar --primer-plano`.',
      }
    );
  } finally {
    closeSync(log);
  }
}

const shownLogLines = 8;

async function crashed(folder: string): Promise<string> {
  const text = await readText(logFile(folder), 1024 * 1024);
  const lines = text.state === 'read' ? text.value.trimEnd().split('\n').slice(-shownLogLines) : [];
  const shown = lines.filter((line) => line !== '').map((line) => `\n  ${line}`);
  return `El proceso del clúster terminó antes de contestar.${shown.length > 0 ? ` Lo último que dijo (${logFile(folder)}):` : ''}${shown.join('')}`;
}

/** How long a cluster may take to end in order before its process is killed. */
const endingMs = 10_000;
const pollMs = 25;

/** Resolves with false when it was not running. */
export async function endCluster(session: CommandSession): Promise<boolean> {
  const folder = clusterFolder(session);
  const found = await readRunState(folder);
  if (found.state === 'stopped') return false;
  if (found.state === 'elsewhere') throw elsewhere(found.run);
  if (found.state === 'stale') {
    await removeRunState(folder);
    return false;
  }
  const { process: identity, control } = found.run;
  try {
    await controlClient(control).stop();
  } catch {
    signalIt(identity, 'SIGTERM');
  }
  const deadline = session.clock.now() + endingMs;
  while (processState(identity) === 'alive') {
    if (session.clock.now() >= deadline) {
      session.output.note(
        `El proceso ${identity.pid} no terminó en ${endingMs / 1000} s: lo corto. Los datos están a salvo.`,
      );
      signalIt(identity, 'SIGKILL');
      await session.clock.sleep(100);
      break;
    }
    await session.clock.sleep(pollMs);
  }
  await removeRunState(folder);
  return true;
}

/** Looked at again just before: the number may belong to somebody else by now. */
function signalIt(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (processState(identity) === 'alive') process.kill(identity.pid, signal);
}

/** Everything that the cluster keeps, its keys too. It must not be running. */
export async function deleteCluster(session: CommandSession): Promise<void> {
  const result = await removeTree(clusterFolder(session));
  if (!result.kept)
    throw new Unable(
      `No se pudo borrar ${clusterFolder(session)}: ${result.why}`,
      'Revisa los permisos de esa carpeta.',
    );
}
