import { type CommandDefinition, type CommandSession, type ExitCode, Unable } from './command.ts';

export const kubectl: CommandDefinition = {
  name: 'kubectl',
  summary: 'tu kubectl, con el kubeconfig del clúster integrado',
  details:
    'Todo lo que sigue se le pasa tal cual: `curso kubectl get pods -A`. El código de salida es el suyo.',
  arguments: [{ name: 'argumentos', required: false, variadic: true, doc: 'los de kubectl' }],
  run: (input, session) =>
    runKubectl(
      input.rest.filter((word) => word !== undefined),
      session,
    ) as Promise<ExitCode>,
};

/** `argv` goes to the learner's kubectl untouched, options too. Resolves with its exit code. */
export async function runKubectl(argv: readonly string[], session: CommandSession): Promise<number> {
  const [{ kubeconfigFile }, { clusterReport, noCluster }, { runInTerminal }] = await Promise.all([
    import('./services/cluster-process.ts'),
    import('./services/cluster-report.ts'),
    import('../base/process.ts'),
  ]);
  if (!(await clusterReport(session)).running) throw noCluster();
  const environment = Object.fromEntries(
    Object.entries(session.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const program = session.env['CURSO_KUBECTL'] || 'kubectl';
  const { exitCode, missing } = await runInTerminal([program, ...argv], {
    cwd: session.cwd,
    env: { ...environment, KUBECONFIG: kubeconfigFile(session) },
  });
  if (missing) {
    throw new Unable(
      `No encuentro \`${program}\` en este equipo.`,
      'Instálalo desde https://kubernetes.io/es/docs/tasks/tools/ y vuelve a intentarlo; `curso doctor` dice si se ve.',
    );
  }
  return exitCode;
}
