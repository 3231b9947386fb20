import type { KubeClient } from '../kube/client.ts';
import { createClient } from '../kube/create-client.ts';
import type { KubeObject } from '../kube/object.ts';
import { StatusError } from '../kube/status.ts';
import type { Transport } from '../kube/transport.ts';
import type { ClusterSettings } from './control/contract.ts';
import { defaultStorageClass } from './controllers/provisioner-volume.ts';

const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };
const storageClasses = { group: 'storage.k8s.io', version: 'v1', plural: 'storageclasses' };

/** What must be so before anything acts on the cluster, each time it starts. */
export async function prepareCluster(transport: Transport, settings: ClusterSettings): Promise<void> {
  const identity = { name: 'system:apiserver', groups: ['system:masters'], via: 'InProcess' };
  const client = createClient(transport, { identity, userAgent: 'curso-k8s' });
  // Whoever held them lived in a process that is no more: nobody has to wait until they run out.
  await Promise.all(['kube-controller-manager', 'kube-scheduler'].map((name) => forget(client, name)));
  if (settings.nodes > 0) await ensure(client, defaultStorageClass());
}

async function forget(client: KubeClient, name: string): Promise<void> {
  try {
    await client.delete(leases, 'kube-system', name);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
  }
}

async function ensure(client: KubeClient, object: KubeObject): Promise<void> {
  try {
    await client.create(storageClasses, '', object);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.reason !== 'AlreadyExists') throw error;
  }
}
