import type { Clock } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import { resourceRef } from '../kube/client.ts';
import { createClient } from '../kube/create-client.ts';
import type { KubeObject } from '../kube/object.ts';
import { StatusError } from '../kube/status.ts';
import type { Transport } from '../kube/transport.ts';
import type { ClusterSettings } from './control/contract.ts';
import { corednsObjects } from './coredns-objects.ts';

const namespaces = resourceRef('v1', 'namespaces');
/** On Namespace kube-system: whoever deletes CoreDNS afterwards wanted it gone. It is in photos too. */
const mark = 'curso-k8s/coredns';

type Wanted = Exclude<ClusterSettings['dns'], undefined>;

/** The first requests of whoever started the cluster come first. */
const afterMs = 500;

/** In the background, as whoever sets a cluster up; nobody waits for it. The result calls it off, before it has begun. */
export function setUpCoredns(
  transport: Transport,
  what: Wanted,
  clock: Clock,
  trouble: (what: string, error: unknown) => void,
): () => void {
  const identity = { name: 'kubernetes-admin', groups: ['system:masters'], via: 'InProcess' };
  const client = createClient(transport, { identity, userAgent: 'kubeadm/v1.32 (curso-k8s)' });
  return clock.after(afterMs, () => {
    void installCoredns(client, what).catch((error: unknown) => trouble('coredns', error));
  });
}

/**
 * Installs CoreDNS as kubeadm does: `new` in a cluster that never had it, `all` whatever of it is missing. What is there
 * already stays as it is. Rejects with what the API says.
 */
export async function installCoredns(client: KubeClient, what: Wanted): Promise<void> {
  const system = await client.get(namespaces, '', 'kube-system');
  const marked = system.metadata.annotations?.[mark] !== undefined;
  if (marked && what === 'new') return;
  for (const { plural, object } of corednsObjects()) await ensure(client, plural, object);
  if (marked) return;
  const annotations = { [mark]: 'installed' };
  await client.patch(namespaces, '', 'kube-system', 'merge', { metadata: { annotations } });
}

async function ensure(client: KubeClient, plural: string, object: KubeObject): Promise<void> {
  const { apiVersion = '', metadata } = object;
  try {
    await client.create(resourceRef(apiVersion, plural), metadata.namespace ?? '', object);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.reason !== 'AlreadyExists') throw error;
  }
}
