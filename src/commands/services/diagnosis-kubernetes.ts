import { listNames } from '../../base/files.ts';
import type { JsonObject } from '../../base/json.ts';
import { runBounded } from '../../base/process.ts';
import { readRunState } from '../../cluster/control/state-file.ts';
import { kubernetesVersion } from '../../cluster/version.ts';
import type { CommandSession } from '../command.ts';
import { clusterFolder } from './cluster-process.ts';
import type { DiagnosisItem } from './diagnosis-item.ts';

const kubectlPage = 'https://kubernetes.io/es/docs/tasks/tools/';

/** The learner's kubectl, and how far it is from what the built-in cluster serves. */
export async function lookAtKubectl(
  signal: AbortSignal,
): Promise<{ item: DiagnosisItem; facts: JsonObject }> {
  const found = await runBounded(['kubectl', 'version', '--client', '-o', 'json'], {
    timeoutMs: 4_000,
    signal,
  });
  const version = /"gitVersion":\s*"(v[^"]+)"/.exec(found.stdout)?.[1];
  const base = { id: 'kubectl', title: 'kubectl' };
  if (version === undefined) {
    const why = found.missing ? 'no está en este equipo' : 'está, y no dice su versión';
    return {
      item: {
        ...base,
        state: 'advice',
        detail: `${why}; con él se usa el clúster integrado`,
        remedy: `Instálalo: ${kubectlPage}`,
      },
      facts: { hay: !found.missing, version: '' },
    };
  }
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1]);
  const served = Number(kubernetesVersion.minor);
  const detail =
    minor < 27
      ? `${version}; el curso se prueba desde la 1.27`
      : Math.abs(minor - served) > 1
        ? `${version}; el clúster integrado sirve ${kubernetesVersion.gitVersion} y se entienden, aunque \`kubectl version\` avisará`
        : `${version}; el clúster integrado sirve ${kubernetesVersion.gitVersion}`;
  return {
    item: {
      ...base,
      state: minor < 27 ? 'advice' : 'good',
      detail,
      remedy: minor < 27 ? `Actualízalo: ${kubectlPage}` : '',
    },
    facts: { hay: true, version },
  };
}

/** The built-in cluster of this course's folder. Looks only. */
export async function lookAtCluster(session: CommandSession): Promise<DiagnosisItem> {
  const folder = clusterFolder(session);
  const base = { id: 'cluster', title: 'Clúster' };
  const found = await readRunState(folder, session.clock);
  switch (found.state) {
    case 'running':
      return {
        ...base,
        state: 'good',
        detail: `en marcha en ${found.run.url} (proceso ${found.run.process.pid})`,
        remedy: '',
      };
    case 'elsewhere':
      return {
        ...base,
        state: 'advice',
        detail: 'lo arrancó otro contenedor o máquina con esta misma carpeta, y sigue en marcha',
        remedy: 'Detenlo allí con `curso cluster detener`, o usa otra carpeta con CURSO_K8S_HOME.',
      };
    case 'unreadable':
      return {
        ...base,
        state: 'advice',
        detail: `no se puede leer ${found.file}: ${found.why}`,
        remedy: 'Revisa los permisos, o usa tu propia carpeta con CURSO_K8S_HOME.',
      };
    case 'stale':
      return {
        ...base,
        state: 'advice',
        detail: 'no se cerró bien; sus datos están',
        remedy: 'Arráncalo: `curso cluster iniciar`.',
      };
    case 'stopped': {
      const created = (await listNames(folder)).length > 0;
      return {
        ...base,
        state: 'good',
        detail: created
          ? 'detenido, con sus datos (`curso cluster iniciar`)'
          : 'sin crear (`curso cluster iniciar`)',
        remedy: '',
      };
    }
  }
}
