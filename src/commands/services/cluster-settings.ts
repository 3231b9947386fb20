import { createHash } from 'node:crypto';
import path from 'node:path';
import { readJson, readText, writeText } from '../../base/files.ts';
import { joinWords } from '../../base/text.ts';
import type { ClusterSettings } from '../../cluster/control/contract.ts';
import { type CommandInput, type CommandSession, textOption, UsageError } from '../command.ts';
import { clusterFolder } from './cluster-process.ts';

/** What a cluster keeps from one start to the next: how many masters have data, and the address in the kubeconfig. */
interface Kept {
  readonly masters: 1 | 3 | 5 | undefined;
  readonly port: number | undefined;
}

/** Where a cluster listens unless told otherwise: not where other clusters usually do (6443). */
const defaultPort = 7443;

/** From the command's options and what was kept. Rejects with `UsageError`, saying what is possible. */
export async function readSettings(input: CommandInput, session: CommandSession): Promise<ClusterSettings> {
  const kept = await readKept(session);
  const masters = masterCount(textOption(input, 'masters'), kept);
  const tokens = textOption(input, 'ficheroTokens');
  const nodes = number(input, 'nodos', '--nodos', 0, 5_000) ?? 3;
  const dns = nodes === 0 ? undefined : dnsOf(input);
  return {
    masters,
    port: number(input, 'puerto', '--puerto', 1, 65_535) ?? kept.port ?? defaultPort,
    nodes,
    speed: number(input, 'velocidad', '--velocidad', 0.1, 100, false) ?? 1,
    scheduler: input.options['sinScheduler'] !== true,
    controllers: list(textOption(input, 'controladores') ?? '*'),
    admissionOff: list(textOption(input, 'admisionSin') ?? ''),
    authorization: authorization(textOption(input, 'autorizacion')),
    ...(dns === undefined ? {} : { dns }),
    ...(tokens === undefined ? {} : { tokens: { file: tokens, text: await tokenText(tokens, session.cwd) } }),
  };
}

/** Each option with what it comes to, so that two starts can be compared. Of the tokens, only a digest. */
export function settingsAsOptions(settings: ClusterSettings): { readonly [flag: string]: string } {
  const { tokens } = settings;
  return {
    '--masters': String(settings.masters),
    '--nodos': String(settings.nodes),
    '--puerto': String(settings.port),
    '--velocidad': String(settings.speed),
    '--sin-scheduler': settings.scheduler ? 'no' : 'sí',
    '--controladores': settings.controllers.join(','),
    '--admision-sin': settings.admissionOff.join(','),
    '--autorizacion': settings.authorization,
    '--dns': settings.dns === 'all' ? 'sí' : 'no',
    '--sin-dns': settings.dns === undefined ? 'sí' : 'no',
    '--fichero-tokens': tokens === undefined ? '' : createHash('sha256').update(tokens.text).digest('hex'),
  };
}

/** Throws `UsageError` when an option was given that a cluster which runs already does not follow. */
export function refuseOtherOptions(
  input: CommandInput,
  wanted: ClusterSettings,
  running: { readonly [flag: string]: string },
): void {
  const asked = settingsAsOptions(wanted);
  const other = Object.keys(asked).filter(
    (flag) =>
      input.options[camelCase(flag)] !== undefined &&
      running[flag] !== undefined &&
      running[flag] !== asked[flag],
  );
  if (other.length === 0) return;
  throw new UsageError(
    `El clúster ya está en marcha, y arrancó con otra cosa en ${joinWords(other.map((flag) => `\`${flag}\``))}.`,
    'Detenlo con `curso cluster detener` y arráncalo de nuevo con lo que quieres; los datos se conservan.',
  );
}

const camelCase = (flag: string) =>
  flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

export async function keepPort(session: CommandSession, port: number): Promise<void> {
  await writeText(portFile(session), `${JSON.stringify({ port })}\n`, session.home.owner);
}

const portFile = (session: CommandSession) => path.join(clusterFolder(session), 'ajustes.json');

/** The data themselves say how many masters they are of; the cluster judges that file when it starts. */
async function readKept(session: CommandSession): Promise<Kept> {
  const field = async (file: string, name: string): Promise<unknown> => {
    const found = await readJson(file, 4096);
    if (found.state !== 'read' || typeof found.value !== 'object' || found.value === null) return undefined;
    return (found.value as { [key: string]: unknown })[name];
  };
  const [masters, port] = await Promise.all([
    field(path.join(clusterFolder(session), 'masters.json'), 'masters'),
    field(portFile(session), 'port'),
  ]);
  return { masters: isMasterCount(masters) ? masters : undefined, port: isPort(port) ? port : undefined };
}

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;

const isMasterCount = (value: unknown): value is 1 | 3 | 5 => value === 1 || value === 3 || value === 5;

function masterCount(written: string | undefined, kept: Kept): 1 | 3 | 5 {
  const asked = written === undefined ? undefined : decimal(written);
  if (asked !== undefined && !isMasterCount(asked)) {
    throw new UsageError(
      `\`--masters ${written}\` no es posible: pueden ser 1, 3 o 5.`,
      'Con un número par, perder la mitad ya deja al clúster sin mayoría.',
    );
  }
  if (asked !== undefined && kept.masters !== undefined && asked !== kept.masters) {
    throw new UsageError(
      `El clúster que hay se creó con ${kept.masters} ${kept.masters === 1 ? 'master' : 'masters'}, y eso no cambia.`,
      'Para empezar otro: `curso cluster borrar` y después `curso cluster iniciar --masters …`.',
    );
  }
  return asked ?? kept.masters ?? 3;
}

function number(
  input: CommandInput,
  name: string,
  flag: string,
  min: number,
  max: number,
  whole = true,
): number | undefined {
  const written = textOption(input, name);
  if (written === undefined) return undefined;
  const value = decimal(written);
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const what = whole ? 'un número entero' : 'un número';
  throw new UsageError(`\`${flag} ${written}\` no vale.`, `Escribe ${what} entre ${min} y ${max}.`);
}

/** NaN for anything else that JavaScript would take for a number: `1e3`, `0x10`, spaces. */
const decimal = (written: string) => (/^\d+(\.\d+)?$/.test(written) ? Number(written) : Number.NaN);

const list = (written: string) =>
  written
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function authorization(written: string | undefined): 'rbac' | 'siempre' {
  if (written === undefined || written === 'rbac' || written === 'siempre') return written ?? 'rbac';
  throw new UsageError(`\`--autorizacion ${written}\` no existe.`, 'Puede ser `rbac` o `siempre`.');
}

/** Without a word about it: once in the life of a cluster. */
function dnsOf({ options }: CommandInput): 'new' | 'all' | undefined {
  const [wanted, without] = [options['dns'] === true, options['sinDns'] === true];
  if (wanted && without)
    throw new UsageError('`--dns` y `--sin-dns` no pueden ir juntas.', 'Elige una de las dos.');
  return without ? undefined : wanted ? 'all' : 'new';
}

async function tokenText(written: string, cwd: string): Promise<string> {
  const file = path.resolve(cwd, written);
  const found = await readText(file, 1024 * 1024);
  switch (found.state) {
    case 'read':
      return found.value;
    case 'missing':
      throw new UsageError(`No existe el archivo ${file}.`, tokenFileRemedy);
    default:
      throw new UsageError(`No se puede leer ${file}: ${found.why}.`, tokenFileRemedy);
  }
}

const tokenFileRemedy =
  'Es el archivo de `--fichero-tokens`: una línea por persona, `token,usuario,uid,"grupo1,grupo2"`.';
