import { joinWords, nearestNames } from '../base/text.ts';
import { type CommandDefinition, type CommandSession, type ExitCode, UsageError } from './command.ts';

const actions = ['apagar', 'encender', 'aislar', 'reconectar', 'reglas', 'manifiestos'] as const;

export const nodo: CommandDefinition = {
  name: 'nodo',
  summary: 'apaga, enciende, aísla o reconecta un nodo del clúster integrado, o enseña sus reglas de red',
  details:
    'apagar       como un corte de luz: sus contenedores mueren y el kubelet calla\nencender     vuelve y mira qué Pods le tocan\naislar       sus contenedores siguen, pero no oye al API server\nreconectar   termina el aislamiento\nreglas       lo que su kube-proxy ha programado, como lo diría `iptables-save`\nmanifiestos  la carpeta de sus Pods estáticos: el kubelet ejecuta lo que pongas en ella\nSin argumentos enseña los nodos.',
  arguments: [
    { name: 'nodo', required: false, doc: '1, 2, 3… o nodo-1', values: ['1', '2', '3'] },
    { name: 'acción', required: false, doc: joinWords([...actions], 'o'), values: actions },
  ],
  async run(input, session) {
    const { clusterReport, noCluster, printReport } = await import('./services/cluster-report.ts');
    const words = input.arguments.filter((word) => word !== undefined);
    if (words.length === 0) {
      const report = await clusterReport(session);
      if (!report.running) throw noCluster();
      await printReport(session, report);
      return 0;
    }
    const action = actions.find((name) => words.includes(name));
    const which = words.find((word) => word !== action);
    if (action === undefined) throw noAction(words);
    if (which === undefined)
      throw new UsageError('Falta decir qué nodo.', `Se nombran así: \`curso nodo 1 ${action}\`.`);
    // Whatever else it is called, the cluster knows its nodes by name.
    const name = /^\d{1,4}$/.test(which) ? `nodo-${which}` : which;
    return act(session, name, action);
  },
};

async function act(
  session: CommandSession,
  name: string,
  action: (typeof actions)[number],
): Promise<ExitCode> {
  const [{ withControl }, { clusterReport, printReport }] = await Promise.all([
    import('./services/cluster-control.ts'),
    import('./services/cluster-report.ts'),
  ]);
  const next = 'Míralos con `curso nodo`.';
  if (action === 'reglas') {
    const rules = await withControl(session, next, (control) => control.rules(name));
    session.output.print(rules.trimEnd());
    return 0;
  }
  if (action === 'manifiestos') {
    session.output.print(await manifestsOf(session, name, next));
    return 0;
  }
  await withControl(session, next, (control) => control.nodeFault(name, action));
  await printReport(session, await clusterReport(session));
  return 0;
}

async function manifestsOf(session: CommandSession, name: string, next: string): Promise<string> {
  const { withControl } = await import('./services/cluster-control.ts');
  const { nodes } = await withControl(session, next, (control) => control.status());
  const folder = nodes.find((node) => node.name === name)?.manifests;
  if (folder !== undefined) return folder;
  const having = nodes.flatMap((node) => (node.manifests === undefined ? [] : [node.name]));
  throw new UsageError(
    `No hay ningún nodo «${name}» con carpeta de manifiestos.`,
    having.length === 0 ? next : `La tienen: ${having.join(', ')}.`,
  );
}

function noAction(words: readonly string[]): UsageError {
  const written = words.find((word) => !/^(nodo-?)?\d+$/.test(word)) ?? '';
  const near = nearestNames(written, actions, 1)[0];
  return new UsageError(
    written === '' ? 'Falta decir qué hacer con ese nodo.' : `Con un nodo no se puede \`${written}\`.`,
    `${near === undefined ? '' : `¿Querías decir \`${near}\`? `}Se puede ${joinWords([...actions], 'o')}: \`curso nodo 2 apagar\`.`,
  );
}
