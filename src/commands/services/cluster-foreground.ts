import { writeText } from '../../base/files.ts';
import type { ClusterSettings, RunningCluster } from '../../cluster/control/contract.ts';
import { type CommandSession, Unable, UsageError } from '../command.ts';
import { endWithParent, isBackground, report, startingAlone } from './cluster-background.ts';
import { clusterFolder, kubeconfigFile, runHere } from './cluster-process.ts';
import { keepPort, settingsAsOptions } from './cluster-settings.ts';

/** The cluster in this very process. Whoever started it in the background is told how it went. */
export async function runForeground(
  session: CommandSession,
  settings: ClusterSettings,
  portWasAsked: boolean,
): Promise<void> {
  const { output } = session;
  const notes: string[] = [];
  const start = () =>
    runHere(session, async () => {
      const cluster = await startAnywhere(session, settings, portWasAsked, notes);
      return { cluster, options: settingsAsOptions({ ...settings, port: cluster.port }) };
    });
  try {
    endWithParent();
    // Whoever waits for the one in the background has the lock already.
    const { cluster, untilEnded } = await (isBackground() ? start() : startingAlone(session, start));
    notes.push(...cluster.troubles);
    for (const note of notes) output.note(note);
    // Nobody reads it there, and what does go wrong is in the same file.
    if (!isBackground()) {
      output.print(`El clúster está en marcha: ${cluster.url}`);
      output.print('Se detiene con Ctrl-C o con `curso cluster detener`.');
    }
    report({ ready: true, notes });
    const stop = endWith(session);
    await untilEnded().finally(stop);
  } catch (error) {
    if (error instanceof Unable || error instanceof UsageError) {
      report({ refused: error.message, remedy: error.remedy, usage: error instanceof UsageError });
    }
    throw error;
  }
}

/** Names the process with which a cluster ends: a proof that is killed must not leave its own behind. */
export const endedWith = 'CURSO_K8S_MIENTRAS';
const lookMs = 2_000;

function endWith({ env, clock }: CommandSession): () => void {
  const pid = Number(env[endedWith]);
  if (!Number.isInteger(pid) || pid <= 1) return () => {};
  return clock.every(lookMs, () => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') process.kill(process.pid, 'SIGTERM');
    }
  });
}

/** A port that was not asked for may change: the kubeconfig is written anew and always says the right one. */
async function startAnywhere(
  session: CommandSession,
  settings: ClusterSettings,
  portWasAsked: boolean,
  notes: string[],
): Promise<RunningCluster> {
  const { startCluster, PortTaken, ClusterRefused, OptionRefused } = await import('../../cluster/index.ts');
  const start = (port: number) =>
    startCluster({
      ...settings,
      port,
      folder: clusterFolder(session),
      assets: `${session.packageRoot}/assets`,
      owner: session.home.owner,
      clock: session.clock,
      random: session.random,
    });
  const started = async (): Promise<RunningCluster> => {
    try {
      return await start(settings.port);
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
      if (portWasAsked) {
        throw new Unable(
          `El puerto ${error.port} no se puede usar: ${portTrouble(error.code)}.`,
          'Elige otro con `--puerto`, o quita esa opción y se buscará uno libre.',
        );
      }
      const cluster = await start(0);
      notes.push(
        `El puerto ${error.port} no se puede usar (${portTrouble(error.code)}): el clúster escucha en el ${cluster.port} y el kubeconfig ya lo dice.`,
      );
      return cluster;
    }
  };
  let cluster: RunningCluster;
  try {
    cluster = await started();
  } catch (error) {
    if (error instanceof OptionRefused) throw new UsageError(error.message, error.remedy);
    if (error instanceof ClusterRefused) throw new Unable(error.message, error.remedy);
    throw error;
  }
  const written = await writeText(kubeconfigFile(session), cluster.kubeconfig, session.home.owner);
  if (!written.kept) {
    await cluster.stop();
    throw new Unable(
      `No se puede escribir ${kubeconfigFile(session)}: ${written.why}.`,
      'Libera espacio o revisa los permisos.',
    );
  }
  await keepPort(session, cluster.port);
  return cluster;
}

function portTrouble(code: string): string {
  if (code === 'EADDRINUSE') return 'lo tiene otro programa';
  return code === 'EACCES' ? 'no tienes permiso para usarlo' : code;
}
