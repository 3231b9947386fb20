import { release } from 'node:os';
import path from 'node:path';
import type { LinuxFacts } from '../../backends/linux/facts.ts';
import { explainSystemError, makeFolder, writeJson } from '../../base/files.ts';
import type { JsonObject } from '../../base/json.ts';
import { joinWords } from '../../base/text.ts';
import type { Unavailable } from '../../checks/backend.ts';
import { diagnosisFile } from '../../checks/kinds/curso.ts';
import type { AttemptStore } from '../../course/attempts.ts';
import type { Catalog } from '../../course/catalog.ts';
import type { CommandSession } from '../command.ts';
import { type DockerDiagnosis, diagnoseDocker } from './diagnosis-docker.ts';
import type { DiagnosisItem } from './diagnosis-item.ts';
import { lookAtCluster, lookAtKubectl } from './diagnosis-kubernetes.ts';

/** What is on this machine, what is missing, and the one command that mends it. Looks; changes nothing. */
export interface Diagnosis {
  readonly items: readonly DiagnosisItem[];
  readonly docker: DockerDiagnosis;
  /** The same facts with the keys that lessons use (`curso.diagnostico`). */
  readonly facts: JsonObject;
}

/** A diagnosis as plain lines, for whoever shows them: sign, word, what there is, and the remedy below. */
export function diagnosisLines({ items }: Diagnosis): readonly string[] {
  const words = { good: '✓ listo', missing: '✗ falta', advice: '! aviso' };
  return items.flatMap(({ title, state, detail, remedy }) => [
    `${words[state]} · ${title}: ${detail}`,
    ...(remedy === '' ? [] : [`    Remedio: ${remedy}`]),
  ]);
}

export async function diagnose(session: CommandSession): Promise<Diagnosis> {
  const { platform, env, clock } = session;
  const [docker, linux, kubectl, home, cluster] = await Promise.all([
    diagnoseDocker(session),
    platform === 'linux' ? lookAtLinux() : undefined,
    lookAtKubectl(session.signal),
    lookAtHome(session),
    lookAtCluster(session),
  ]);
  const items: DiagnosisItem[] = [
    { id: 'node', title: 'Node', ...nodeItem() },
    {
      id: 'system',
      title: 'Sistema',
      state: 'good',
      detail: `${systemNames[platform] ?? platform} ${process.arch}, kernel ${release()}`,
      remedy: '',
    },
    ...(linux?.items ?? [noLinux(docker)]),
    ...docker.items,
    kubectl.item,
    cluster,
    terminalItem(session),
    home,
  ];
  const facts: JsonObject = {
    hecho: true,
    fecha: new Date(clock.now()).toISOString(),
    sistema: platform,
    arquitectura: process.arch,
    kernel: release(),
    node: process.version,
    cgroup: linux?.cgroup ?? 'desconocido',
    root: linux?.root ?? false,
    userns: linux?.userns ?? false,
    docker: docker.facts,
    kubectl: kubectl.facts,
    terminal: {
      columnas: process.stdout.columns ?? 0,
      filas: process.stdout.rows ?? 0,
      tipo: env['TERM'] ?? '',
    },
  };
  return { items, docker, facts };
}

/**
 * Leaves the diagnosis where lessons look for it: in the course's folder, and in the folder of every attempt whose
 * exercise asks for it. Resolves with what the disk did not allow.
 */
export async function saveDiagnosis(
  diagnosis: Diagnosis,
  session: CommandSession,
  catalog: Catalog,
  attempts: AttemptStore,
): Promise<readonly string[]> {
  const { home } = session;
  const folders = [home.folder];
  for (const id of await attempts.list()) {
    const found = await catalog.exercise(id);
    const asks = found?.exercise.checks.some(({ kind }) => kind === 'curso.diagnostico');
    const stored = asks ? await attempts.read(id) : undefined;
    if (stored !== undefined) folders.push(attempts.folder(stored.attempt));
  }
  const problems: string[] = [];
  for (const folder of folders) {
    const file = path.join(folder, diagnosisFile);
    const written = await writeJson(file, diagnosis.facts, home.owner);
    if (!written.kept) problems.push(`El diagnóstico no se pudo guardar en ${file}: ${written.why}.`);
  }
  return problems;
}

const systemNames: { readonly [platform: string]: string } = {
  linux: 'Linux',
  darwin: 'macOS',
  win32: 'Windows',
};

function nodeItem(): Pick<DiagnosisItem, 'state' | 'detail' | 'remedy'> {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 20
    ? { state: 'good', detail: process.version, remedy: '' }
    : {
        state: 'missing',
        detail: `${process.version}; hace falta la 20 o posterior`,
        remedy: 'Instálala desde https://nodejs.org',
      };
}

async function lookAtLinux() {
  const { linuxFacts, usernsAdvice } = await import('../../backends/linux/facts.ts');
  const facts = await linuxFacts();
  const { works, blockedBy } = facts.userns;
  const advice: Unavailable | undefined = works ? undefined : usernsAdvice(blockedBy);
  const missingTools = (['unshare', 'nsenter', 'ip', 'mount', 'chroot'] as const).filter(
    (tool) => !facts.tools[tool],
  );
  const items: DiagnosisItem[] = [
    {
      id: 'cgroup',
      title: 'cgroups',
      state: facts.cgroup === 'desconocido' ? 'missing' : 'good',
      detail: cgroupDetail(facts),
      remedy: facts.cgroup === 'desconocido' ? 'Abre el curso fuera del contenedor en que estás.' : '',
    },
    {
      id: 'userns',
      title: 'User namespaces',
      state: works ? 'good' : facts.fullRoot ? 'advice' : 'missing',
      detail: works ? 'se pueden crear' : (advice?.why ?? 'no se pueden crear'),
      remedy: works ? '' : (advice?.next ?? ''),
    },
    {
      id: 'root',
      title: 'Permisos',
      state: 'good',
      detail: facts.fullRoot
        ? 'eres root: los ejercicios de Linux se hacen tal cual'
        : 'usuario sin privilegios: los ejercicios de Linux se hacen en user namespaces',
      remedy: '',
    },
    {
      id: 'tools',
      title: 'Herramientas',
      state: missingTools.length === 0 ? 'good' : 'missing',
      detail:
        missingTools.length === 0
          ? 'unshare, nsenter, ip, mount, chroot'
          : `faltan ${missingTools.join(', ')}`,
      remedy:
        missingTools.length === 0 ? '' : 'En Debian y Ubuntu: `sudo apt install util-linux iproute2 mount`.',
    },
  ];
  return { items, cgroup: facts.cgroup, root: facts.fullRoot, userns: works };
}

/** Without root, who may make groups decides which exercises of 1.2 are done here and which in the station. */
export function cgroupDetail({
  cgroup,
  fullRoot,
  delegatedControllers,
}: Pick<LinuxFacts, 'cgroup' | 'fullRoot' | 'delegatedControllers'>): string {
  if (cgroup === 'desconocido') return 'no están montados';
  if (fullRoot) return cgroupNames[cgroup];
  const delegated =
    delegatedControllers.length > 0
      ? `tu usuario puede repartir ${joinWords(delegatedControllers)}`
      : 'tu usuario no puede crear grupos';
  return `${cgroupNames[cgroup]}; ${delegated}`;
}

const cgroupNames = { v1: 'v1', v2: 'v2', hibrido: 'híbrido: v1 y v2' } as const;

function noLinux(docker: DockerDiagnosis): DiagnosisItem {
  return {
    id: 'linux',
    title: 'Linux',
    state: docker.ready ? 'good' : 'missing',
    detail: docker.ready
      ? 'tu sistema no es Linux: los ejercicios del kernel se hacen en una estación de trabajo de Docker'
      : 'tu sistema no es Linux: los ejercicios del kernel necesitan Docker',
    remedy: docker.ready ? '' : 'Instala o arranca Docker (mira más abajo).',
  };
}

function terminalItem({ env, platform, output }: CommandSession): DiagnosisItem {
  const { columns, rows, isTTY } = process.stdout;
  const colour = output.paint('good', 'x') !== 'x' ? 'con color' : 'sin color';
  const utf8 = platform === 'win32' || /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
  const size = isTTY ? `${columns}×${rows}` : 'la salida no es una terminal';
  const detail = `${size}, ${colour}, ${utf8 ? 'UTF-8' : 'sin UTF-8 declarado'}`;
  if (isTTY && (columns < 60 || rows < 20)) {
    return {
      id: 'terminal',
      title: 'Terminal',
      state: 'advice',
      detail,
      remedy: 'Agranda la ventana: hacen falta 60×20.',
    };
  }
  return {
    id: 'terminal',
    title: 'Terminal',
    state: utf8 ? 'good' : 'advice',
    detail,
    remedy: utf8 ? '' : 'Si ves mal las tildes: `export LANG=C.UTF-8`.',
  };
}

async function lookAtHome({ home }: CommandSession): Promise<DiagnosisItem> {
  const base = { id: 'home', title: 'Carpeta' };
  try {
    await makeFolder(home.folder, home.owner);
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    // Permission is not room: only writing shows that there is some.
    const trial = await mkdtemp(path.join(home.folder, '.prueba-'));
    try {
      await writeFile(path.join(trial, 'x'), 'x'.repeat(4096));
    } finally {
      await rm(trial, { recursive: true, force: true });
    }
    return { ...base, state: 'good', detail: `tu progreso se guarda en ${home.folder}`, remedy: '' };
  } catch (error) {
    return {
      ...base,
      state: 'missing',
      detail: `no se puede escribir en ${home.folder}, ${explainSystemError(error)}: tu progreso no se guarda`,
      remedy: 'Elige otra carpeta: `export CURSO_K8S_HOME="$HOME/curso"`.',
    };
  }
}
