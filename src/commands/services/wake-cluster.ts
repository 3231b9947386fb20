import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Unavailable } from '../../checks/backend.ts';
import { type CommandSession, Unable, UsageError } from '../command.ts';

const startArguments = ['cluster', 'iniciar', '--primer-plano'];

/**
 * The built-in cluster for somebody who is about to use it: started in the background when it is not running, which is told
 * in one line. Undefined when it runs; otherwise why not. Without kubectl nothing is started: there would be no way to use it.
 */
export async function wakeCluster(
  session: CommandSession,
  tell: (line: string) => void,
): Promise<Unavailable | undefined> {
  const lacking = await missingKubectl(session);
  if (lacking !== undefined) return lacking;
  const [{ leaveInBackground }, { findRun }] = await Promise.all([
    import('./cluster-background.ts'),
    import('./cluster-process.ts'),
  ]);
  try {
    if ((await findRun(session)).state === 'running') return undefined;
    tell('Arranco el clúster integrado, que no estaba en marcha.');
    // On the full screen nothing else may write.
    const output = { ...session.output, note: tell };
    await leaveInBackground({ ...session, output }, startArguments);
    return undefined;
  } catch (error) {
    if (!(error instanceof Unable || error instanceof UsageError)) throw error;
    return { reason: 'cluster-stopped', why: error.message, next: error.remedy };
  }
}

/** Exercises on a cluster are done with the learner's own kubectl. */
export async function missingKubectl({
  env,
  platform,
}: Pick<CommandSession, 'env' | 'platform'>): Promise<Unavailable | undefined> {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const name = platform === 'win32' ? 'kubectl.exe' : 'kubectl';
  for (const folder of folders) {
    const there = await access(path.join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return undefined;
  }
  return {
    reason: 'cluster-missing',
    why: 'No encuentro `kubectl` en este equipo, y este ejercicio se hace con él.',
    next: 'Instálalo desde https://kubernetes.io/es/docs/tasks/tools/ y abre otra terminal; `curso doctor` dice si se ve.',
  };
}
