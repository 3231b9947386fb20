import type { Clock } from '../base/clock.ts';
import { createClient } from '../kube/create-client.ts';
import type { Transport } from '../kube/transport.ts';
import { type KubernetesEndpoints, startKubernetesEndpoints } from './apiserver/kubernetes-endpoints.ts';
import type { Master } from './members.ts';

/** Where API servers listen, as kubeadm has it. */
const port = 6443;

/** The Service `kubernetes` leads to the masters that answer; their addresses are of the cluster's network. */
export function keepEndpoints(
  masters: readonly Master[],
  transport: Transport,
  clock: Clock,
  trouble: (what: string, error: unknown) => void,
): KubernetesEndpoints {
  const identity = { name: 'system:apiserver', groups: ['system:masters'], via: 'InProcess' };
  return startKubernetesEndpoints({
    client: createClient(transport, { identity, userAgent: 'kube-apiserver/v1.32 (curso-k8s)' }),
    clock,
    addresses: () => masters.flatMap((master, at) => (master.healthy() ? [`192.168.0.${2 + at}`] : [])),
    port,
    trouble: (error) => trouble('kubernetes endpoints', error),
  });
}
