import type { Clock } from '../../base/clock.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import { createInformer, type Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { addressesOfSlice, byAddress, byClusterIp, clusterIpsOfService } from './dns/zone.ts';
import { addressesOfNode, byNodeIp, type StoredNode } from './fabric/fabric.ts';
import type { StoredIngress, StoredIngressClass } from './ingress/controller.ts';
import { byNamespace, namespaceOf, type StoredPod, type StoredPolicy } from './policy/enforcer.ts';
import { byService, type StoredService, type StoredSlice, serviceOfSlice } from './rules/service-table.ts';

export interface NetworkInformers {
  readonly nodes: Informer<StoredNode>;
  readonly pods: Informer<StoredPod>;
  readonly namespaces: Informer<KubeObject>;
  readonly services: Informer<StoredService>;
  readonly slices: Informer<StoredSlice>;
  readonly policies: Informer<StoredPolicy>;
  /** Not read by a network that serves none. */
  readonly ingresses: Informer<StoredIngress>;
  readonly ingressClasses: Informer<StoredIngressClass>;
  readonly synced: Promise<void>;
  /** After everybody has added listeners. */
  start(): void;
  stop(): void;
}

/** What of the API the network goes by. */
export function createNetworkInformers(options: {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly trouble: (what: string, error: unknown) => void;
  readonly ingress: boolean;
}): NetworkInformers {
  const all: Informer<KubeObject>[] = [];
  const follow = <T extends KubeObject>(group: string, plural: string, wanted = true): Informer<T> => {
    const ref: ResourceRef = { group, version: 'v1', plural };
    const informer = createInformer<T>(options.client, ref, {
      clock: options.clock,
      onTrouble: (error) => options.trouble(`network ${plural}`, error),
    });
    if (wanted) all.push(informer as unknown as Informer<KubeObject>);
    return informer;
  };
  const nodes = follow<StoredNode>('', 'nodes');
  const pods = follow<StoredPod>('', 'pods');
  const namespaces = follow<KubeObject>('', 'namespaces');
  const services = follow<StoredService>('', 'services');
  const slices = follow<StoredSlice>('discovery.k8s.io', 'endpointslices');
  const policies = follow<StoredPolicy>('networking.k8s.io', 'networkpolicies');
  const { ingress } = options;
  const ingresses = follow<StoredIngress>('networking.k8s.io', 'ingresses', ingress);
  const ingressClasses = follow<StoredIngressClass>('networking.k8s.io', 'ingressclasses', ingress);
  nodes.addIndex(byNodeIp, addressesOfNode);
  services.addIndex(byClusterIp, clusterIpsOfService);
  slices.addIndex(byService, serviceOfSlice);
  slices.addIndex(byAddress, addressesOfSlice);
  policies.addIndex(byNamespace, namespaceOf);
  const synced = Promise.all(all.map((informer) => informer.synced)).then(() => undefined);
  synced.catch(() => undefined);
  return {
    nodes,
    pods,
    namespaces,
    services,
    slices,
    policies,
    ingresses,
    ingressClasses,
    synced,
    start: () => {
      for (const informer of all) informer.start();
    },
    stop: () => {
      for (const informer of all) informer.stop();
    },
  };
}
