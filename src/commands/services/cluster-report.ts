import { plural } from '../../base/text.ts';
import type { ClusterStatus, MasterStatus, NodeStatus } from '../../cluster/control/contract.ts';
import { ControlSilent, controlClient } from '../../cluster/control/control-client.ts';
import { type CommandSession, Unable } from '../command.ts';
import { findRun, kubeconfigFile } from './cluster-process.ts';

/** `curso cluster estado --json`. */
export interface ClusterReport extends ClusterStatus {
  readonly version: 1;
  readonly running: boolean;
  readonly pid: number | null;
  readonly url: string | null;
  readonly kubeconfig: string;
}

const nothing: ClusterStatus = {
  kubernetesVersion: '',
  speed: 1,
  paused: false,
  lostLeads: 0,
  time: '',
  aheadMs: 0,
  troubles: { file: '', serious: 0 },
  components: [],
  stopped: [],
  notices: [],
  ports: [],
  masters: [],
  nodes: [],
};

/** Rejects with `Unable` when a process is there and does not answer. */
export async function clusterReport(session: CommandSession): Promise<ClusterReport> {
  const found = await findRun(session);
  const kubeconfig = kubeconfigFile(session);
  if (found.state !== 'running') {
    return { version: 1, running: false, pid: null, url: null, kubeconfig, ...nothing };
  }
  const { run } = found;
  try {
    const status = await controlClient(run.control).status();
    return { version: 1, running: true, pid: run.process.pid, url: run.url, kubeconfig, ...status };
  } catch (error) {
    throw new Unable(
      `El proceso del clúster (${run.process.pid}) no contesta: ${error instanceof ControlSilent ? error.why : error}.`,
      'Detenlo y arráncalo de nuevo: `curso cluster detener` y `curso cluster iniciar`. Los datos se conservan.',
    );
  }
}

export const noCluster = () =>
  new Unable('El clúster no está en marcha.', 'Arráncalo con `curso cluster iniciar`.');

/** `already`: it was running before. */
export async function describeStarted(session: CommandSession, already: boolean): Promise<void> {
  const report = await clusterReport(session);
  if (!report.running) throw noCluster();
  const { output } = session;
  output.print(
    `El clúster ${already ? 'ya estaba' : 'está'} en marcha: ${report.url} (${report.kubernetesVersion}, ${plural(report.masters.length, 'master', 'masters')}).`,
  );
  output.print(`kubeconfig: ${report.kubeconfig}`);
  output.print('Úsalo con `curso kubectl get namespaces`, o con tu kubectl:');
  output.print('  export KUBECONFIG="$(curso cluster kubeconfig)"');
}

const roles: { readonly [role in MasterStatus['role']]: string } = {
  leader: 'líder',
  follower: 'seguidor',
  candidate: 'candidato',
  stopped: 'parado',
};

export async function printReport(session: CommandSession, report: ClusterReport): Promise<void> {
  const { output } = session;
  if (!report.running) {
    const ended = (await findRun(session)).state === 'stale';
    output.print(
      ended
        ? 'El clúster no está en marcha: su proceso terminó sin cerrarse. Sus datos están; arráncalo con `curso cluster iniciar`.'
        : 'El clúster no está en marcha. Arráncalo con `curso cluster iniciar`.',
    );
    return;
  }
  output.print(`El clúster está en marcha: ${report.url} (proceso ${report.pid})`);
  output.print(`Kubernetes ${report.kubernetesVersion}`);
  output.print(`kubeconfig: ${report.kubeconfig}`);
  output.print();
  for (const line of masterLines(report.masters)) output.print(line);
  const alive = report.masters.filter(({ reachable }) => reachable).length;
  if (alive <= report.masters.length / 2) {
    output.print();
    output.print(noQuorum(alive, report.masters.length));
  }
  if (report.nodes.length > 0) output.print();
  for (const line of tableLines([['NODO', 'ESTADO', 'PODS'], ...report.nodes.map(nodeRow)]))
    output.print(line);
  if (report.paused || report.speed !== 1) {
    output.print();
    output.print(
      `El reloj ${report.paused ? 'está en pausa' : `corre a velocidad ${report.speed}`}: ${report.time}.`,
    );
  }
  const open = report.ports.filter(({ port, trouble }) => port !== undefined || trouble !== '');
  if (open.length > 0) output.print();
  for (const { what, port, trouble } of open)
    output.print(port === undefined ? `${what}: ${trouble}` : `${what}: http://127.0.0.1:${port}`);
  for (const notice of report.notices) output.note(notice);
  const { file, serious } = report.troubles;
  if (serious > 0)
    output.note(
      `En la última hora algo falló dentro del clúster (${plural(serious, 'aviso grave', 'avisos graves')}). Está en ${file}.`,
    );
  if (report.stopped.length > 0) {
    output.print();
    output.print(`Parados a mano: ${report.stopped.join(', ')} (\`curso componente\`).`);
  }
}

const powers: { readonly [power in NodeStatus['power']]: string } = {
  on: '',
  unknown: '',
  off: ' (apagado)',
  isolated: ' (aislado)',
};

const nodeRow = ({ name, ready, pods, power }: NodeStatus): readonly string[] => [
  name,
  `${ready ? 'listo' : 'no listo'}${powers[power]}`,
  String(pods),
];

function noQuorum(alive: number, masters: number): string {
  if (masters === 1) return 'El único master no contesta: nadie puede leer ni guardar nada.';
  const needed = Math.floor(masters / 2) + 1;
  return `Sin quórum: ${alive === 1 ? 'contesta' : 'contestan'} ${alive} de ${masters} masters y hacen falta ${needed}. Nadie puede guardar cambios.`;
}

function masterLines(masters: readonly MasterStatus[]): readonly string[] {
  const rows = masters.map(({ name, role, term, commitIndex, reachable }) => [
    name,
    reachable || role === 'stopped' ? roles[role] : `${roles[role]} (aislado)`,
    String(term),
    String(commitIndex),
  ]);
  return tableLines([['MASTER', 'PAPEL', 'TÉRMINO', 'ÍNDICE COMPROMETIDO'], ...rows]);
}

/** Columns as wide as their widest cell. A heading alone is no table. */
function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length < 2) return [];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
