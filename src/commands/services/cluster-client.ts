import { couldNotLook } from '../../backends/kubernetes/advice.ts';
import { createHttpsTransport } from '../../backends/kubernetes/https-transport.ts';
import { readKubeconfig } from '../../backends/kubernetes/kubeconfig.ts';
import type { ControlClient } from '../../cluster/control/control-client.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createClient } from '../../kube/create-client.ts';
import { type CommandSession, Unable } from '../command.ts';
import { findBuiltin } from './builtin-cluster.ts';

/** A cluster to talk to, as a command needs it: the built-in one, or the one of `context` in the learner's kubeconfig. */
export interface ClusterClient {
  readonly client: KubeClient;
  /** Of the built-in one. */
  readonly control: ControlClient | undefined;
  close(): void;
}

/** Rejects with `Unable`. */
export async function openClusterClient(
  session: CommandSession,
  context: string | undefined,
): Promise<ClusterClient> {
  const builtin = context === undefined ? await findBuiltin(session) : undefined;
  if (builtin?.ok === false) throw new Unable(builtin.unavailable.why, builtin.unavailable.next);
  try {
    const access = await readKubeconfig(
      context === undefined ? { env: { KUBECONFIG: builtin?.kubeconfig } } : { env: session.env, context },
    );
    const https = createHttpsTransport(access, session.clock);
    const client = createClient(https.transport, { userAgent: 'curso-k8s' });
    return { client, control: builtin?.control, close: () => https.close() };
  } catch (error) {
    const { unavailable } = couldNotLook(error, 'Revisa tu kubeconfig.');
    throw new Unable(unavailable.why, unavailable.next);
  }
}
