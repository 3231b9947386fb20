import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createHttpsTransport } from '../backends/kubernetes/https-transport.ts';
import { readKubeconfig } from '../backends/kubernetes/kubeconfig.ts';
import { systemClock } from '../base/clock.ts';
import { writeText } from '../base/files.ts';
import { systemRandom } from '../base/random.ts';
import { startCluster } from '../cluster/index.ts';
import type { Deployment } from '../kube/api/apps-v1.ts';
import type { Node, Pod } from '../kube/api/core-v1.ts';
import type { KubeClient, ResourceRef } from '../kube/client.ts';
import { createClient } from '../kube/create-client.ts';
import { createInformer, type Informer } from '../kube/informer.ts';
import type { KubeObject } from '../kube/object.ts';

const ref = (group: string, version: string, plural: string): ResourceRef => ({ group, version, plural });
const nodes = ref('', 'v1', 'nodes');
const pods = ref('', 'v1', 'pods');
const deployments = ref('apps', 'v1', 'deployments');
const patienceMs = 180_000;

export interface PodTimes {
  /** From the first POST until the last Pod runs, ms. */
  readonly podsMs: number;
  /** Of the process, for each of those Pods, kB. */
  readonly podKb: number;
  /** One Deployment of 100, from its POST until all are ready, ms. */
  readonly deploymentMs: number;
  /** 600 Deployments of one replica, ms. */
  readonly deploymentsMs: number;
}

/** A whole cluster (3 masters, their disks) whose containers take no time: what is left is ours. */
export async function benchPods(options: {
  readonly assets: string;
  readonly nodes: number;
  readonly pods: number;
  readonly deployments: number;
}): Promise<PodTimes> {
  return withCluster(options.assets, options.nodes, async (client) => {
    const all = createInformer<Pod & KubeObject>(client, pods, { clock: systemClock, namespace: 'default' });
    all.start();
    await all.synced;
    const beforeKb = residentKb();
    const startMs = performance.now();
    await inParallel(options.pods, 16, (n) => client.create(pods, 'default', podNamed(`p-${n}`)));
    await until(all, (list) => list.filter(isReady).length >= options.pods);
    const podsMs = performance.now() - startMs;
    const podKb = (residentKb() - beforeKb) / options.pods;
    await client.deleteCollection(pods, 'default', { gracePeriodSeconds: 0 });
    await until(all, (list) => list.length === 0);
    const deploymentMs = await deploy(client, [deploymentNamed('cien', 100)]);
    const many = Array.from({ length: options.deployments }, (_, n) => deploymentNamed(`d-${n}`, 1));
    const deploymentsMs = await deploy(client, many);
    all.stop();
    return { podsMs, podKb, deploymentMs, deploymentsMs };
  });
}

/** How much of a core `count` nodes cost that have nothing to do, over `overMs`, in per cent. */
export async function benchIdleNodes(assets: string, count: number, overMs: number): Promise<number> {
  return withCluster(assets, count, async () => {
    // Registering them all is over, and what came after it.
    await systemClock.sleep(20_000);
    const before = process.cpuUsage();
    const startMs = performance.now();
    await systemClock.sleep(overMs);
    const used = process.cpuUsage(before);
    return ((used.user + used.system) / 1000 / (performance.now() - startMs)) * 100;
  });
}

async function withCluster<T>(
  assets: string,
  count: number,
  work: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'curso-banco-'));
  const cluster = await startCluster({
    masters: 3,
    port: 0,
    nodes: count,
    speed: 1,
    scheduler: true,
    controllers: ['*'],
    admissionOff: [],
    authorization: 'rbac',
    folder: path.join(folder, 'cluster'),
    assets,
    owner: undefined,
    clock: systemClock,
    random: systemRandom,
    delays: 'none',
  });
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeText(kubeconfig, cluster.kubeconfig);
  const https = createHttpsTransport(await readKubeconfig({ env: { KUBECONFIG: kubeconfig } }), systemClock);
  try {
    const client = createClient(https.transport, { userAgent: 'banco' });
    const known = createInformer<Node & KubeObject>(client, nodes, { clock: systemClock });
    known.start();
    await until(known, (list) => list.filter(isReady).length >= count);
    known.stop();
    return await work(client);
  } finally {
    https.close();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function deploy(client: KubeClient, wanted: readonly (Deployment & KubeObject)[]): Promise<number> {
  const known = createInformer<Deployment & KubeObject>(client, deployments, { clock: systemClock });
  known.start();
  await known.synced;
  const startMs = performance.now();
  await inParallel(wanted.length, 16, (n) => {
    const one = wanted[n];
    return one === undefined ? Promise.resolve() : client.create(deployments, 'default', one);
  });
  await until(known, (list) => {
    const ready = new Set(
      list
        .filter(({ spec, status }) => (status?.readyReplicas ?? 0) >= (spec?.replicas ?? 1))
        .map(({ metadata }) => metadata.name),
    );
    return wanted.every(({ metadata }) => ready.has(metadata.name));
  });
  known.stop();
  return performance.now() - startMs;
}

const isReady = ({ status }: { status?: Node['status'] | Pod['status'] | undefined }) =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

function podNamed(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'banco' } },
    spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] },
  } as KubeObject;
}

function deploymentNamed(name: string, replicas: number): Deployment & KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] },
      },
    },
  } as unknown as Deployment & KubeObject;
}

async function inParallel(
  count: number,
  lanes: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function until<T extends KubeObject>(
  informer: Informer<T>,
  done: (list: readonly T[]) => boolean,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!done(informer.list())) {
    if (performance.now() > endMs) throw new Error('it takes too long');
    await systemClock.sleep(10);
  }
}

const residentKb = () => process.memoryUsage().rss / 1024;
