import type { FindBuiltin } from '../../backends/world/cluster-worlds.ts';
import { type CommandSession, Unable } from '../command.ts';

/** The built-in cluster as worlds find it; loaded only when an exercise wants one. */
export async function findBuiltin(session: CommandSession): ReturnType<FindBuiltin> {
  const [{ findRun, kubeconfigFile }, { controlClient }] = await Promise.all([
    import('./cluster-process.ts'),
    import('../../cluster/control/control-client.ts'),
  ]);
  try {
    const found = await findRun(session);
    if (found.state === 'running')
      return {
        ok: true,
        key: `${found.run.control.port} ${found.run.control.token}`,
        kubeconfig: kubeconfigFile(session),
        control: controlClient(found.run.control, 15_000),
        speed: Number(found.run.options['--velocidad'] ?? 1),
      };
  } catch (error) {
    if (!(error instanceof Unable)) throw error;
    return { ok: false, unavailable: { reason: 'cluster-stopped', why: error.message, next: error.remedy } };
  }
  return {
    ok: false,
    unavailable: {
      reason: 'cluster-stopped',
      why: 'El clúster integrado no está en marcha.',
      next: 'Arráncalo con `curso cluster iniciar`.',
    },
  };
}
