import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { explainSystemError, readJson, writeText } from '../../base/files.ts';
import type { ClusterSettings } from '../../cluster/control/contract.ts';
import { type CommandInput, type CommandSession, textOption, UsageError } from '../command.ts';
import { clusterFolder } from './cluster-process.ts';

/** What a cluster keeps from one start to the next: how many masters have data, and the address in the kubeconfig. */
interface Kept {
  readonly masters: 1 | 3 | 5;
  readonly port: number;
}

/** Where a cluster listens unless told otherwise: not where other clusters usually do (6443). */
export const defaultPort = 7443;

/** From the command's options and what was kept. Rejects with `UsageError`, saying what is possible. */
export async function readSettings(input: CommandInput, session: CommandSession): Promise<ClusterSettings> {
  const kept = await readKept(session);
  const masters = masterCount(textOption(input, 'masters'), kept);
  const tokens = textOption(input, 'ficheroTokens');
  return {
    masters,
    port: number(input, 'puerto', '--puerto', 1, 65_535) ?? kept?.port ?? defaultPort,
    nodes: number(input, 'nodos', '--nodos', 0, 5_000) ?? 3,
    speed: number(input, 'velocidad', '--velocidad', 0.1, 1_000, false) ?? 1,
    scheduler: input.options['sinScheduler'] !== true,
    controllers: list(textOption(input, 'controladores') ?? '*'),
    admissionOff: list(textOption(input, 'admisionSin') ?? ''),
    authorization: authorization(textOption(input, 'autorizacion')),
    ...(tokens === undefined ? {} : { tokens: { file: tokens, text: await tokenText(tokens, session.cwd) } }),
  };
}

export async function keepSettings(session: CommandSession, kept: Kept): Promise<void> {
  await writeText(file(session), `${JSON.stringify(kept)}\n`, session.home.owner);
}

const file = (session: CommandSession) => path.join(clusterFolder(session), 'ajustes.json');

async function readKept(session: CommandSession): Promise<Kept | undefined> {
  const found = await readJson(file(session), 4096);
  if (found.state !== 'read' || typeof found.value !== 'object' || found.value === null) return undefined;
  const { masters, port } = found.value as { [key: string]: unknown };
  return isMasterCount(masters) && typeof port === 'number' ? { masters, port } : undefined;
}

const isMasterCount = (value: unknown): value is 1 | 3 | 5 => value === 1 || value === 3 || value === 5;

function masterCount(written: string | undefined, kept: Kept | undefined): 1 | 3 | 5 {
  const asked = written === undefined ? undefined : Number(written);
  if (asked !== undefined && !isMasterCount(asked)) {
    throw new UsageError(
      `\`--masters ${written}\` no es posible: pueden ser 1, 3 o 5.`,
      'Con un número par, perder la mitad ya deja al clúster sin mayoría.',
    );
  }
  if (asked !== undefined && kept !== undefined && asked !== kept.masters) {
    throw new UsageError(
      `El clúster que hay se creó con ${kept.masters} ${kept.masters === 1 ? 'master' : 'masters'}, y eso no cambia.`,
      'Para empezar otro: `curso cluster borrar` y después `curso cluster iniciar --masters …`.',
    );
  }
  return asked ?? kept?.masters ?? 3;
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
  const value = Number(written);
  if (written.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value)))
    return value;
  const what = whole ? 'un número entero' : 'un número';
  throw new UsageError(`\`${flag} ${written}\` no vale.`, `Escribe ${what} entre ${min} y ${max}.`);
}

const list = (written: string) =>
  written
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function authorization(written: string | undefined): 'rbac' | 'siempre' {
  if (written === undefined || written === 'rbac' || written === 'siempre') return written ?? 'rbac';
  throw new UsageError(`\`--autorizacion ${written}\` no existe.`, 'Puede ser `rbac` o `siempre`.');
}

async function tokenText(written: string, cwd: string): Promise<string> {
  try {
    return await readFile(path.resolve(cwd, written), 'utf8');
  } catch (error) {
    throw new UsageError(
      `No se puede leer ${written}: ${explainSystemError(error)}`,
      'Es el archivo de `--fichero-tokens`: una línea por persona, `token,usuario,uid,"grupo1,grupo2"`.',
    );
  }
}
