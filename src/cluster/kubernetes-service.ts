import type { Clock } from '../base/clock.ts';
import { createClient } from '../kube/create-client.ts';
import type { Transport } from '../kube/transport.ts';
import { type KubernetesEndpoints, startKubernetesEndpoints } from './apiserver/kubernetes-endpoints.ts';
import type { Master } from './members.ts';
import type { NetworkInterface, VirtualServer } from './network/contract.ts';
import { masterAddress } from './pki/pki.ts';

/** Where API servers listen, as kubeadm has it. */
const port = 6443;

export interface KubernetesServiceOptions {
  readonly masters: readonly Master[];
  /** To whichever API server answers. */
  readonly transport: Transport;
  /** A machine of the cluster's network, beside the nodes. */
  machine(ip: string): NetworkInterface;
  readonly clock: Clock;
  trouble(what: string, error: unknown): void;
}

/**
 * The masters as the cluster's network has them: those that answer listen on their own addresses, and the Service `kubernetes`
 * leads to these.
 */
export function serveKubernetes(options: KubernetesServiceOptions): KubernetesEndpoints {
  const { masters, transport, clock, trouble } = options;
  const listening = new Map<Master, () => void>();
  const listen = () => {
    for (const [at, master] of masters.entries()) {
      const close = listening.get(master);
      if (master.healthy() === (close !== undefined)) continue;
      close?.();
      listening.delete(master);
      if (close !== undefined) continue;
      const server: VirtualServer = {
        kind: 'bytes',
        accept: (connection, { ip }) => master.acceptInside(connection, ip),
      };
      listening.set(master, options.machine(masterAddress(at)).listen(port, server));
    }
  };
  const identity = { name: 'system:apiserver', groups: ['system:masters'], via: 'InProcess' };
  listen();
  const endpoints = startKubernetesEndpoints({
    client: createClient(transport, { identity, userAgent: 'kube-apiserver/v1.32 (curso-k8s)' }),
    clock,
    addresses: () => {
      listen();
      return masters.flatMap((master, at) => (master.healthy() ? [masterAddress(at)] : []));
    },
    port,
    trouble: (error) => trouble('kubernetes endpoints', error),
  });
  return {
    refresh() {
      listen();
      return endpoints.refresh();
    },
    stop() {
      endpoints.stop();
      for (const close of listening.values()) close();
    },
  };
}
