import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { installCoredns } from '../../src/cluster/coredns.ts';
import { createSimulatedRuntime, loadCatalogue } from '../../src/cluster/kubelet/runtimes/simulated/index.ts';
import { NetworkError } from '../../src/cluster/network/contract.ts';
import { type ClusterNetwork, createClusterNetwork } from '../../src/cluster/network/index.ts';
import type { Deployment } from '../../src/kube/api/apps-v1.ts';
import type { Pod } from '../../src/kube/api/core-v1.ts';
import { type KubeClient, resourceRef } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/create-client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { testServer } from '../helpers/apiServer.ts';
import { type LivingCluster, livingCluster } from '../helpers/livingCluster.ts';

const deployments = resourceRef('apps/v1', 'deployments');
const services = resourceRef('v1', 'services');
const pods = resourceRef('v1', 'pods');

async function emptyCluster(): Promise<KubeClient> {
  const { server } = await testServer();
  return createClient((request) => server.handle(request), { userAgent: 'test' });
}

const has = async (client: KubeClient, name: 'deployments' | 'services') =>
  (await client.find(name === 'deployments' ? deployments : services, 'kube-system', names[name])) !==
  undefined;
const names = { deployments: 'coredns', services: 'kube-dns' };

describe('CoreDNS in a cluster', () => {
  it('is installed once: what somebody deletes stays deleted', async () => {
    const client = await emptyCluster();
    await installCoredns(client, 'new');
    expect(await has(client, 'deployments')).toBe(true);
    await client.delete(deployments, 'kube-system', 'coredns');
    await installCoredns(client, 'new');
    expect(await has(client, 'deployments')).toBe(false);
    expect(await has(client, 'services')).toBe(true);
  });

  it('comes back when that is asked for, and what is there stays as it is', async () => {
    const client = await emptyCluster();
    await installCoredns(client, 'new');
    await client.delete(services, 'kube-system', 'kube-dns');
    await client.patch(deployments, 'kube-system', 'coredns', 'merge', { spec: { replicas: 1 } });
    await installCoredns(client, 'all');
    expect(await has(client, 'services')).toBe(true);
    const { spec } = await client.get<Deployment & KubeObject>(deployments, 'kube-system', 'coredns');
    expect(spec?.replicas).toBe(1);
  });

  it('is finished by the next start when one broke off half-way', async () => {
    const client = await emptyCluster();
    let left = 3;
    const broken: KubeClient = {
      ...client,
      create: (...args) =>
        left-- > 0 ? client.create(...args) : Promise.reject(new Error('the API server is down')),
    };
    await expect(installCoredns(broken, 'new')).rejects.toThrow('is down');
    await installCoredns(client, 'new');
    expect(await has(client, 'services')).toBe(true);
  });
});

describe('names in Pods', () => {
  let cluster: LivingCluster;
  let network: ClusterNetwork;
  afterEach(async () => {
    await cluster.stop();
    await network.close();
  });

  it('are answered by the Pods of CoreDNS, and by nobody without them', async () => {
    const catalogue = await loadCatalogue(
      [path.resolve(import.meta.dirname, '../../assets/imagenes')],
      () => {},
    );
    cluster = await livingCluster(['nodo-1', 'nodo-2', 'nodo-3'], ({ client, clock, random }) => {
      const trouble = () => undefined;
      network = createClusterNetwork({ client, clock, random, realPorts: false, builtInDns: false, trouble });
      const createRuntime = (name: string) =>
        createSimulatedRuntime({
          clock,
          random,
          catalogue,
          network,
          node: { name, cpus: 2, memoryBytes: 2 ** 31 },
          unknownImage: () => undefined,
        });
      return { network, createRuntime };
    });
    const { client, clock } = cluster;
    const resolver = { nameservers: ['10.0.0.10'], searches: ['default.svc.cluster.local'], ndots: 5 };
    const shop = network.attach({ node: 'nodo-1', namespace: 'default', name: 'shop', uid: 'u', resolver });
    const look = () => {
      const asked = shop.resolve('kubernetes').then(
        ({ values }) => values.join(),
        (error: unknown) => (error instanceof NetworkError ? error.code : String(error)),
      );
      return clock.advance(60_000).then(() => asked);
    };
    expect(await look()).toBe('EAI_AGAIN');
    await installCoredns(client, 'new');
    await clock.advance(30_000);
    const { items } = await client.list<Pod & KubeObject>(pods, { namespace: 'kube-system' });
    expect(
      items.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status),
    ).toEqual(['True', 'True']);
    expect(await look()).toBe('10.0.0.1');
    await client.patch(deployments, 'kube-system', 'coredns', 'merge', { spec: { replicas: 0 } });
    await clock.advance(10_000);
    expect(await look()).toBe('EAI_AGAIN');
    await client.patch(deployments, 'kube-system', 'coredns', 'merge', { spec: { replicas: 1 } });
    await clock.advance(30_000);
    expect(await look()).toBe('10.0.0.1');
  });
});
