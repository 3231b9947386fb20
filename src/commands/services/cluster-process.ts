import path from 'node:path';
import { explainSystemError, makeFolder, removeTree } from '../../base/files.ts';
import { ownIdentity, type ProcessIdentity, processState } from '../../base/lock.ts';
import { hexToken } from '../../base/random.ts';
import type { RunningCluster } from '../../cluster/control/contract.ts';
import { controlClient } from '../../cluster/control/control-client.ts';
import { startControlServer } from '../../cluster/control/control-server.ts';
import {
  type FoundState,
  readRunState,
  removeRunState,
  writeRunState,
} from '../../cluster/control/state-file.ts';
import { type CommandSession, Unable } from '../command.ts';

/** The process of the cluster: run it here, find it, end it. `cluster-background.ts` leaves it in the background. */

export const clusterFolder = (session: Pick<CommandSession, 'home'>) =>
  path.join(session.home.folder, 'cluster');
export const kubeconfigFile = (session: Pick<CommandSession, 'home'>) =>
  path.join(clusterFolder(session), 'kubeconfig');

/** What can be told from here. Rejects with `Unable` where nobody can tell whether it lives. */
export async function findRun(
  session: CommandSession,
): Promise<Extract<FoundState, { state: 'running' | 'stale' | 'stopped' }>> {
  const found = await readRunState(clusterFolder(session), session.clock);
  switch (found.state) {
    case 'elsewhere':
      throw new Unable(
        `El clúster de esta carpeta lo arrancó otro entorno (proceso ${found.run.process.pid} de otro contenedor o máquina) y parece seguir en marcha.`,
        'Detenlo allí con `curso cluster detener`, o usa otra carpeta con CURSO_K8S_HOME.',
      );
    case 'unreadable':
      throw new Unable(
        `No se puede leer ${found.file}: ${found.why}.`,
        'Si esa carpeta es de otra persona, usa la tuya con CURSO_K8S_HOME; si no, revisa los permisos.',
      );
    default:
      return found;
  }
}

export interface Started {
  readonly cluster: RunningCluster;
  /** For whoever asks later whether it runs with the same. */
  readonly options: { readonly [flag: string]: string };
}

/**
 * Runs the cluster in this process. Resolves when the API answers, with what waits for its end: Ctrl-C, SIGTERM, a closed
 * terminal or `curso cluster detener`. Rejects with `Unable` when it cannot be started.
 */
export async function runHere(
  session: CommandSession,
  start: () => Promise<Started>,
): Promise<{ readonly cluster: RunningCluster; readonly untilEnded: () => Promise<void> }> {
  const folder = clusterFolder(session);
  const { owner } = session.home;
  await makeFolder(folder, owner).catch((error: unknown) => {
    throw cannotWrite(folder, explainSystemError(error));
  });
  const found = await findRun(session);
  if (found.state === 'running') {
    throw new Unable(
      `El clúster ya está en marcha (proceso ${found.run.process.pid}).`,
      'Míralo con `curso cluster estado`; se detiene con `curso cluster detener`.',
    );
  }
  const { cluster, options } = await start();
  const ended = new AbortController();
  const token = hexToken(session.random, 48);
  const control = await startControlServer({ ...cluster, stop: () => ended.abort() }, token);
  const end = async () => {
    await control.close();
    await cluster.stop();
    await removeRunState(folder);
  };
  const why = await writeRunState(
    folder,
    {
      process: ownIdentity(),
      url: cluster.url,
      control: { port: control.port, token },
      startedAt: new Date(session.clock.now()).toISOString(),
      options,
    },
    owner,
  );
  if (why !== undefined) {
    await end();
    throw cannotWrite(folder, why);
  }
  const untilEnded = () => until([session.signal, ended.signal]).finally(end);
  return { cluster, untilEnded };
}

function cannotWrite(folder: string, why: string): Unable {
  return new Unable(
    `No se puede escribir en ${folder}: ${why}.`,
    'Libera espacio, revisa los permisos, o usa otra carpeta con CURSO_K8S_HOME.',
  );
}

/** SIGTERM: a service manager, or the machine going down. SIGHUP: the terminal was closed. */
const endingSignals = ['SIGTERM', 'SIGHUP'] as const;

async function until(signals: readonly AbortSignal[]): Promise<void> {
  await new Promise<void>((resolve) => {
    // They stay listened to: a second one must not cut the ending short.
    for (const name of endingSignals) process.on(name, () => resolve());
    for (const signal of signals) {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}

/** How long a cluster may take to end in order before its process is killed. */
const endingMs = 10_000;
const pollMs = 25;

/** Resolves with false when it was not running. */
export async function endCluster(session: CommandSession): Promise<boolean> {
  const folder = clusterFolder(session);
  const found = await findRun(session);
  if (found.state === 'stopped') return false;
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
  if (processState(identity) !== 'alive') return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    throw new Unable(
      `No se puede detener el proceso ${identity.pid}: ${explainSystemError(error)}.`,
      'Detenlo con el usuario que lo arrancó.',
    );
  }
}

/** Everything that the cluster keeps, its keys too. It must not be running. */
export async function deleteCluster(session: CommandSession): Promise<void> {
  const result = await removeTree(clusterFolder(session));
  if (!result.kept)
    throw new Unable(
      `No se pudo borrar ${clusterFolder(session)}: ${result.why}.`,
      'Revisa los permisos de esa carpeta.',
    );
}
