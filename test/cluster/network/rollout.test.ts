import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  createSimulatedRuntime,
  loadCatalogue,
} from '../../../src/cluster/kubelet/runtimes/simulated/index.ts';
import { NetworkError } from '../../../src/cluster/network/contract.ts';
import { type ClusterNetwork, createClusterNetwork } from '../../../src/cluster/network/index.ts';
import { resourceRef } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type LivingCluster, livingCluster } from '../../helpers/livingCluster.ts';

let cluster: LivingCluster;
let network: ClusterNetwork;
afterEach(async () => {
  await cluster.stop();
  await network.close();
});

const assets = path.resolve(import.meta.dirname, '../../../assets/imagenes');

async function start(): Promise<void> {
  const catalogue = await loadCatalogue([assets], () => undefined);
  cluster = await livingCluster(['nodo-1', 'nodo-2', 'nodo-3'], ({ client, clock, random }) => {
    network = createClusterNetwork({ client, clock, random, realPorts: false, trouble: () => undefined });
    return {
      network,
      createRuntime: (name) =>
        createSimulatedRuntime({
          clock,
          random,
          catalogue,
          network,
          node: { name, cpus: 2, memoryBytes: 2 ** 31 },
          unknownImage: () => undefined,
        }),
    };
  });
}

const deployment = (version: number, container: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web', version: String(version) } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'busybox:1.36',
            // Two seconds until it serves.
            command: ['sh', '-c', 'sleep 2; echo bread > index.html; exec httpd -f -p 8080'],
            ...container,
          },
        ],
      },
    },
  },
});

/** A request each 100 ms to a node port while the Deployment goes from one version to the next; what they got. */
async function rollout(
  container: object,
): Promise<{ readonly answered: number; readonly lost: readonly string[] }> {
  await start();
  const { client, clock } = cluster;
  const deployments = resourceRef('apps/v1', 'deployments');
  await client.create<KubeObject>(deployments, 'default', deployment(1, container));
  await client.create<KubeObject>(resourceRef('v1', 'services'), 'default', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: {
      type: 'NodePort',
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }],
    },
  } as KubeObject);
  await clock.advance(20_000);
  await client.patch(deployments, 'default', 'web', 'merge', deployment(2, container));
  let answered = 0;
  const lost: string[] = [];
  let asked = 0;
  for (; asked < 600; asked++) {
    const request = { method: 'GET', path: '/index.html', headers: { host: 'web' } };
    void network.http('10.1.0.1', 30080, request).then(
      ({ status }) => {
        if (status === 200) answered += 1;
        else lost.push(String(status));
      },
      (error: unknown) => lost.push(error instanceof NetworkError ? error.code : String(error)),
    );
    await clock.advance(100);
  }
  await clock.advance(200_000);
  const { status } = await client.get<
    KubeObject & { status: { updatedReplicas: number; readyReplicas: number } }
  >(deployments, 'default', 'web');
  expect([status.updatedReplicas, status.readyReplicas, answered + lost.length]).toEqual([3, 3, asked]);
  return { answered, lost };
}

test('a rolling update under load loses no request when it is written right', async () => {
  const { lost } = await rollout({
    readinessProbe: { httpGet: { path: '/index.html', port: 8080 }, periodSeconds: 1 },
    lifecycle: { preStop: { exec: { command: ['sleep', '3'] } } },
  });
  expect(lost).toEqual([]);
});

test('and loses some when nobody says from when on a Pod can serve', async () => {
  const { answered, lost } = await rollout({});
  expect(answered).toBeGreaterThan(100);
  expect(new Set(lost)).toEqual(new Set(['ECONNREFUSED']));
});
