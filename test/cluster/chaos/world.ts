import path from 'node:path';
import type { Runtime } from '../../../src/cluster/kubelet/runtime.ts';
import {
  createSimulatedRuntime,
  loadCatalogue,
} from '../../../src/cluster/kubelet/runtimes/simulated/index.ts';
import { type ClusterNetwork, createClusterNetwork } from '../../../src/cluster/network/index.ts';
import { resourceRef } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type LivingCluster, livingCluster } from '../../helpers/livingCluster.ts';

/** As the server answers it: with a name. */
export type Kept<T = object> = T & KubeObject & { readonly metadata: { readonly name: string } };

export const refs = {
  pods: resourceRef('v1', 'pods'),
  nodes: resourceRef('v1', 'nodes'),
  services: resourceRef('v1', 'services'),
  slices: resourceRef('discovery.k8s.io/v1', 'endpointslices'),
  deployments: resourceRef('apps/v1', 'deployments'),
  replicaSets: resourceRef('apps/v1', 'replicasets'),
  statefulSets: resourceRef('apps/v1', 'statefulsets'),
  daemonSets: resourceRef('apps/v1', 'daemonsets'),
  jobs: resourceRef('batch/v1', 'jobs'),
  budgets: resourceRef('policy/v1', 'poddisruptionbudgets'),
  claims: resourceRef('v1', 'persistentvolumeclaims'),
  classes: resourceRef('scheduling.k8s.io/v1', 'priorityclasses'),
} as const;

const assets = path.resolve(import.meta.dirname, '../../../assets/imagenes');

/** A living cluster with the simulated runtime and network, to which a seeded somebody does what people do to clusters. */
export interface Chaos {
  readonly cluster: LivingCluster;
  readonly network: ClusterNetwork;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  close(): Promise<void>;
}

export async function startChaos(nodes: readonly string[]): Promise<Chaos> {
  const catalogue = await loadCatalogue([assets], () => undefined);
  const runtimes = new Map<string, Runtime>();
  let network: ClusterNetwork | undefined;
  const cluster = await livingCluster(nodes, ({ client, clock, random }) => {
    const made = createClusterNetwork({ client, clock, random, realPorts: false, trouble: () => undefined });
    network = made;
    return {
      network: made,
      createRuntime: (name) => {
        const runtime = createSimulatedRuntime({
          clock,
          random,
          catalogue,
          network: made,
          node: { name, cpus: 4, memoryBytes: 2 ** 33 },
          unknownImage: () => undefined,
        });
        runtimes.set(name, runtime);
        return runtime;
      },
    };
  });
  if (network === undefined) throw new Error('no network was made');
  const made = network;
  return {
    cluster,
    network: made,
    runtimes,
    async close() {
      await cluster.stop();
      await made.close();
    },
  };
}
