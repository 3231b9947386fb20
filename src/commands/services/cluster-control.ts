import { FaultRefused } from '../../cluster/control/contract.ts';
import { type ControlClient, ControlSilent, controlClient } from '../../cluster/control/control-client.ts';
import { type CommandSession, Unable, UsageError } from '../command.ts';
import { findRun } from './cluster-process.ts';
import { noCluster } from './cluster-report.ts';

/**
 * Asks something of the process of the cluster. What it refuses is wrong use (`next` says where to look); a process that is not
 * there or is silent is `Unable`.
 */
export async function withControl<T>(
  session: CommandSession,
  next: string,
  ask: (control: ControlClient) => Promise<T>,
): Promise<T> {
  const found = await findRun(session);
  if (found.state !== 'running') throw noCluster();
  try {
    // A request from a Pod may wait for a connection that nobody accepts, and a long jump in time takes its time.
    return await ask(controlClient(found.run.control, 60_000));
  } catch (error) {
    if (error instanceof FaultRefused) throw new UsageError(error.message, next);
    if (error instanceof ControlSilent)
      throw new Unable(`No se pudo: ${error.message}.`, 'Mira si vive con `curso cluster estado`.');
    throw error;
  }
}
