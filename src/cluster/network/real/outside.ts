import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { createEventRecorder } from '../../../kube/event-recorder.ts';
import type { Fabric } from '../fabric/fabric.ts';
import type { NetworkInformers } from '../informers.ts';
import { IngressController } from '../ingress/controller.ts';
import { createForward } from '../ingress/forward.ts';
import type { Router } from '../router.ts';
import type { ServiceTable } from '../rules/service-table.ts';
import type { Traffic } from '../traffic.ts';
import { Entry } from './entry.ts';
import { LoadBalancers } from './load-balancers.ts';
import { NodePorts, type RealPort, realPort } from './real-ports.ts';

export interface Outside {
  ports(): readonly RealPort[];
  close(): Promise<void>;
}

/** Everything that listens on this machine for the cluster. */
export function openOutside(parts: {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly informers: NetworkInformers;
  readonly fabric: Fabric;
  readonly table: ServiceTable;
  readonly router: Router;
  readonly traffic: Traffic;
  readonly loadBalancers?: boolean;
  readonly ingressPort?: number;
  readonly trouble: (what: string, error: unknown) => void;
}): Outside {
  const { client, clock, informers, trouble } = parts;
  const { nodes, services, ingresses, ingressClasses: classes } = informers;
  const events = createEventRecorder({
    client,
    clock,
    component: 'curso-network',
    onTrouble: (error) => trouble('network events', error),
  });
  const entry = new Entry({ ...parts, nodes });
  const nodePorts = new NodePorts({ ...parts, services, entry, events });
  const balancers = new LoadBalancers({
    ...parts,
    services,
    entry,
    events,
    all: parts.loadBalancers === true,
  });
  const ingress =
    parts.ingressPort === undefined
      ? undefined
      : new IngressController({
          client,
          clock,
          events,
          ingresses,
          classes,
          trouble,
          port: parts.ingressPort,
          forward: createForward({ ...parts, services, caller: entry }),
        });
  return {
    ports: () => [
      ...nodePorts.list(),
      ...balancers.list(),
      ...(ingress === undefined ? [] : [realPort('ingress', '', ingress.wanted, ingress.port)]),
    ],
    async close() {
      await Promise.all([nodePorts.close(), balancers.close(), ingress?.close()]);
    },
  };
}
