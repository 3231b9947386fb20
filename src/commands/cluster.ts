import { plural } from '../base/text.ts';
import { confirm } from './ask.ts';
import {
  type CommandDefinition,
  type CommandInput,
  type CommandSession,
  type ExitCode,
  UsageError,
} from './command.ts';

export const cluster: CommandDefinition = {
  name: 'cluster',
  summary: 'el clúster de Kubernetes integrado: arrancarlo, mirarlo, detenerlo',
  details:
    'Es un clúster entero, plano de control y nodos, en un solo proceso y solo en tu equipo: `kubectl`\nlo usa como a cualquier otro; sus contenedores son simulados. Sigue en marcha al cerrar la terminal,\ny sus datos se quedan al detenerlo.',
  subcommands: [
    {
      name: 'iniciar',
      summary: 'lo arranca en segundo plano; si ya está en marcha, lo dice',
      options: [
        { flags: '--masters <n>', doc: '1, 3 o 5 (al crearlo; por defecto 3)' },
        { flags: '--nodos <n>', doc: 'cuántos nodos simulados, de 0 a 5000 (por defecto 3)' },
        { flags: '--puerto <p>', doc: 'dónde escucha, solo en este equipo (por defecto 7443)' },
        { flags: '--velocidad <x>', doc: 'a qué velocidad corre su reloj, de 0.1 a 100 (por defecto 1)' },
        { flags: '--primer-plano', doc: 'sin dejar la terminal, hasta Ctrl-C' },
        { flags: '--sin-scheduler', doc: 'sin el planificador: los Pods se quedan en Pending' },
        {
          flags: '--controladores <lista>',
          doc: 'como `--controllers` de Kubernetes: `*`, un nombre, o `-nombre`',
        },
        { flags: '--admision-sin <lista>', doc: 'plugins de admisión que no se usan' },
        { flags: '--autorizacion <modo>', doc: '`rbac` (por defecto) o `siempre`' },
        { flags: '--dns', doc: 'repone CoreDNS, si lo borraste (se instala solo al crear el clúster)' },
        { flags: '--sin-dns', doc: 'sin CoreDNS: los nombres los contesta la red por sí misma' },
        {
          flags: '--fichero-tokens <archivo>',
          doc: 'quién es quién: `token,usuario,uid,"grupo1,grupo2"` por línea',
        },
      ],
      run: start,
    },
    {
      name: 'estado',
      summary: 'si está en marcha, sus masters y sus nodos',
      options: [{ flags: '--json', doc: 'un documento JSON, y nada más' }],
      run: show,
    },
    { name: 'detener', summary: 'lo detiene; los datos se quedan', run: stop },
    {
      name: 'borrar',
      summary: 'lo detiene y borra sus datos',
      options: [{ flags: '--si', doc: 'sin preguntar' }],
      run: remove,
    },
    {
      name: 'guardar',
      summary: 'una foto de todo lo que hay en él, en un archivo',
      arguments: [{ name: 'archivo', required: true, doc: 'dónde', values: 'files' }],
      run: async (input, session) => (await import('./services/cluster-photo.ts')).savePhoto(input, session),
    },
    {
      name: 'restaurar',
      summary: 'vuelve a una foto: lo que hay ahora se pierde',
      arguments: [{ name: 'archivo', required: true, doc: 'la foto', values: 'files' }],
      options: [{ flags: '--si', doc: 'sin preguntar' }],
      run: async (input, session) =>
        (await import('./services/cluster-photo.ts')).restorePhoto(input, session),
    },
    {
      name: 'kubeconfig',
      summary: 'la ruta de su kubeconfig',
      options: [{ flags: '--contenido', doc: 'el archivo entero, en vez de la ruta' }],
      run: kubeconfig,
    },
  ],
  run: show,
};

async function start(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const [{ readSettings, refuseOtherOptions }, { leaveInBackground }, { describeStarted }] =
    await Promise.all([
      import('./services/cluster-settings.ts'),
      import('./services/cluster-background.ts'),
      import('./services/cluster-report.ts'),
    ]);
  const settings = await readSettings(input, session);
  if (input.options['primerPlano'] === true) {
    const { runForeground } = await import('./services/cluster-foreground.ts');
    await runForeground(session, settings, input.options['puerto'] !== undefined);
    return 0;
  }
  const before = await leaveInBackground(session, foregroundArguments(input, session));
  if (before !== undefined) refuseOtherOptions(input, settings, before.options);
  await describeStarted(session, before !== undefined);
  return 0;
}

/** What the process in the background is started with: the same, by absolute paths. */
function foregroundArguments(input: CommandInput, session: CommandSession): readonly string[] {
  const flags: { readonly [name: string]: string } = {
    masters: '--masters',
    nodos: '--nodos',
    puerto: '--puerto',
    velocidad: '--velocidad',
    sinScheduler: '--sin-scheduler',
    controladores: '--controladores',
    admisionSin: '--admision-sin',
    autorizacion: '--autorizacion',
    dns: '--dns',
    sinDns: '--sin-dns',
    ficheroTokens: '--fichero-tokens',
  };
  const given = Object.entries(flags).flatMap(([name, flag]) => {
    const value = input.options[name];
    if (value === undefined || value === false) return [];
    if (value === true) return [flag];
    return [`${flag}=${name === 'ficheroTokens' ? absolute(value, session.cwd) : value}`];
  });
  return ['cluster', 'iniciar', '--primer-plano', ...given];
}

const absolute = (file: string, cwd: string) => (/^([/\\]|[A-Za-z]:)/.test(file) ? file : `${cwd}/${file}`);

async function show(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const { clusterReport, printReport } = await import('./services/cluster-report.ts');
  const report = await clusterReport(session);
  if (input.options['json'] === true) session.output.json(report);
  else await printReport(session, report);
  return 0;
}

async function stop(_input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const { endCluster } = await import('./services/cluster-process.ts');
  const was = await endCluster(session);
  session.output.print(
    was
      ? 'El clúster está detenido. Sus datos siguen guardados: `curso cluster iniciar` lo arranca de nuevo.'
      : 'El clúster no estaba en marcha.',
  );
  return 0;
}

async function remove(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const { clusterFolder, deleteCluster, endCluster, findRun } = await import('./services/cluster-process.ts');
  const { listNames } = await import('../base/files.ts');
  // Somebody else's folder would look empty.
  await findRun(session);
  const inside = await listNames(clusterFolder(session));
  if (inside.length === 0) {
    session.output.print('No hay ningún clúster que borrar.');
    return 0;
  }
  const question = `¿Borrar el clúster y todo lo que guarda (${plural(inside.length, 'archivo o carpeta', 'archivos y carpetas')})?`;
  if (input.options['si'] !== true && !(await confirm(session, question))) {
    throw new UsageError('No borré nada.', 'Para borrarlo sin preguntas: `curso cluster borrar --si`.');
  }
  await endCluster(session);
  await deleteCluster(session);
  session.output.print('El clúster ya no existe.');
  return 0;
}

async function kubeconfig(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const { findRun, kubeconfigFile } = await import('./services/cluster-process.ts');
  const { readText } = await import('../base/files.ts');
  const { noCluster } = await import('./services/cluster-report.ts');
  const file = kubeconfigFile(session);
  const text = await readText(file, 256 * 1024);
  if (text.state !== 'read') {
    await findRun(session);
    throw noCluster();
  }
  session.output.print(input.options['contenido'] === true ? text.value.trimEnd() : file);
  return 0;
}
