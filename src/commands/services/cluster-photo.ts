import path from 'node:path';
import { exists } from '../../base/files.ts';
import { confirm } from '../ask.ts';
import { type CommandInput, type CommandSession, type ExitCode, Unable, UsageError } from '../command.ts';
import { leaveInBackground } from './cluster-background.ts';
import { withControl } from './cluster-control.ts';
import { clusterFolder, endCluster, findRun } from './cluster-process.ts';
import { describeStarted } from './cluster-report.ts';
import { readSettings, settingsAsOptions } from './cluster-settings.ts';

/** `curso cluster guardar`. */
export async function savePhoto(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const file = path.resolve(session.cwd, input.arguments[0] ?? '');
  if (await exists(file))
    throw new UsageError(`Ya existe ${file}.`, 'Elige otro nombre, o bórralo tú antes.');
  await withControl(session, 'Mira cómo está con `curso cluster estado`.', (control) => control.save(file));
  session.output.print(`La foto está en ${file}. Se vuelve a ella con \`curso cluster restaurar\`.`);
  return 0;
}

/** `curso cluster restaurar`: a cluster that runs is stopped and started again as it was. */
export async function restorePhoto(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const file = path.resolve(session.cwd, input.arguments[0] ?? '');
  const { ClusterRefused, placePhoto, readPhoto } = await import('../../cluster/index.ts');
  const refuse = (error: unknown): never => {
    throw error instanceof ClusterRefused ? new Unable(error.message, error.remedy) : error;
  };
  const photo = await readPhoto(file).catch(refuse);
  const question = `¿Vuelvo a la foto del ${photo.takenAt}? Lo que hay ahora en el clúster se pierde.`;
  if (input.options['si'] !== true && !(await confirm(session, question)))
    throw new UsageError(
      'No cambié nada.',
      'Para restaurar sin preguntas: `curso cluster restaurar --si <archivo>`.',
    );
  const found = await findRun(session);
  const settings = await readSettings({ ...input, options: {} }, session);
  const options = found.state === 'running' ? found.run.options : settingsAsOptions(settings);
  await endCluster(session);
  await placePhoto(photo, clusterFolder(session), settings.masters, session.home.owner, session.clock).catch(
    refuse,
  );
  await leaveInBackground(session, ['cluster', 'iniciar', '--primer-plano', ...flagsOf(options)]);
  session.output.print(`El clúster está como en la foto del ${photo.takenAt}.`);
  await describeStarted(session, false);
  return 0;
}

/** What a cluster ran with, as options. A token file is not kept: only its digest. */
function flagsOf(options: { readonly [flag: string]: string }): readonly string[] {
  return Object.entries(options).flatMap(([flag, value]) => {
    if (value === '' || flag === '--fichero-tokens') return [];
    // Those that say yes or no take no value.
    if (value === 'no') return [];
    if (value === 'sí') return [flag];
    return [`${flag}=${value}`];
  });
}
