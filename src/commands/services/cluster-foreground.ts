import { writeText } from '../../base/files.ts';
import type { ClusterSettings, RunningCluster } from '../../cluster/control/contract.ts';
import { type CommandSession, Unable, UsageError } from '../command.ts';
import { clusterFolder, kubeconfigFile, report, runHere } from './cluster-process.ts';
import { keepSettings } from './cluster-settings.ts';

/** The cluster in this very process. Whoever started it in the background is told how it went. */
export async function runForeground(
  session: CommandSession,
  settings: ClusterSettings,
  portWasAsked: boolean,
): Promise<void> {
  const { output } = session;
  try {
    await runHere(
      session,
      settings,
      (wanted) => startAnywhere(session, wanted, portWasAsked),
      (cluster) => {
        output.print(
          `El clúster está en marcha: ${cluster.url}. Se detiene con Ctrl-C o con \`curso cluster detener\`.`,
        );
        report({ ready: true });
      },
    );
  } catch (error) {
    if (error instanceof Unable || error instanceof UsageError) {
      report({ refused: error.message, remedy: error.remedy });
    }
    throw error;
  }
}

/** A port that was not asked for may change: the kubeconfig is written anew and always says the right one. */
async function startAnywhere(
  session: CommandSession,
  settings: ClusterSettings,
  portWasAsked: boolean,
): Promise<RunningCluster> {
  const { startCluster, PortTaken, ClusterRefused } = await import('../../cluster/index.ts');
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
          `El puerto ${error.port} no se puede usar: ${error.code === 'EADDRINUSE' ? 'lo tiene otro programa' : error.code}.`,
          'Elige otro con `--puerto`, o quita esa opción y se buscará uno libre.',
        );
      }
      const cluster = await start(0);
      session.output.note(
        `El puerto ${error.port} lo tiene otro programa: el clúster escucha en ${cluster.port} y el kubeconfig ya lo dice.`,
      );
      return cluster;
    }
  };
  let cluster: RunningCluster;
  try {
    cluster = await started();
  } catch (error) {
    if (error instanceof ClusterRefused) throw new Unable(error.message, error.remedy);
    throw error;
  }
  const written = await writeText(kubeconfigFile(session), cluster.kubeconfig, session.home.owner);
  if (!written.kept) {
    await cluster.stop();
    throw new Unable(
      `No se puede escribir ${kubeconfigFile(session)}: ${written.why}`,
      'Libera espacio o revisa los permisos.',
    );
  }
  await keepSettings(session, { masters: settings.masters, port: cluster.port });
  return cluster;
}
