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
/** Events and statuses are written behind. */
const quietMs = 3000;

export interface PodCost {
  /** From the first POST until the last Pod runs, ms. */
  readonly podsMs: number;
  /** What the process holds for each of as many Pods more, kB: what is kept however many there are is not in it. */
  readonly podKb: number;
}

/** A whole cluster (3 masters, their disks) whose containers take no time: what is left is ours. */
export function benchPods(options: {
  readonly assets: string;
  readonly nodes: number;
  readonly pods: number;
}): Promise<PodCost> {
  const { assets, nodes: count, pods: wanted } = options;
  return withCluster(assets, count, async (client) => {
    const podsMs = await run(client, 'a', wanted);
    const beforeKb = await heldKb();
    await run(client, 'b', wanted);
    return { podsMs, podKb: ((await heldKb()) - beforeKb) / wanted };
  });
}

/** What the process still holds for each Pod that came and went, kB: its Events, for an hour, and what bounded memories keep. */
export function benchPodsGone(options: {
  readonly assets: string;
  readonly nodes: number;
  readonly pods: number;
  readonly rounds: number;
}): Promise<number> {
  const { assets, nodes: count, pods: wanted, rounds } = options;
  return withCluster(assets, count, async (client) => {
    const round = async (label: string) => {
      await run(client, label, wanted);
      await inParallel(wanted, 16, (n) =>
        client.delete(pods, 'default', `${label}-${n}`, { gracePeriodSeconds: 1 }),
      );
      await runningOf(client, label, (left) => left === 0);
      return heldKb();
    };
    const firstKb = await round('a0');
    let lastKb = firstKb;
    for (let n = 1; n < rounds; n++) lastKb = await round(`a${n}`);
    return (lastKb - firstKb) / (wanted * (rounds - 1));
  });
}

/** `oneMs`: from the POST of a Deployment until all of its replicas are ready, some times; `manyMs`: that of many of one replica. */
export function benchDeployments(options: {
  readonly assets: string;
  readonly nodes: number;
  readonly replicas: number;
  readonly deployments: number;
}): Promise<{ readonly oneMs: readonly number[]; readonly manyMs: number }> {
  return withCluster(options.assets, options.nodes, async (client) => {
    const oneMs: number[] = [];
    for (const name of ['uno', 'dos', 'tres', 'cuatro', 'cinco']) {
      oneMs.push(await deploy(client, [deploymentNamed(name, options.replicas)]));
      await client.delete(deployments, 'default', name);
      await runningOf(client, name, (left) => left === 0);
      await systemClock.sleep(quietMs);
    }
    const many = Array.from({ length: options.deployments }, (_, n) => deploymentNamed(`d-${n}`, 1));
    return { oneMs, manyMs: await deploy(client, many) };
  });
}

/** How much of a core that many nodes cost that have nothing to do, in per cent. */
export function benchIdleNodes(options: {
  readonly assets: string;
  readonly nodes: number;
  readonly overMs: number;
}): Promise<number> {
  return withCluster(options.assets, options.nodes, async () => {
    // Registering them all is over, and what came after it.
    await systemClock.sleep(20_000);
    const before = process.cpuUsage();
    const startMs = performance.now();
    await systemClock.sleep(options.overMs);
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

function podNamed(name: string, app: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app } },
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

/** ms until so many Pods more, of that label, run. */
async function run(client: KubeClient, label: string, count: number): Promise<number> {
  const startMs = performance.now();
  const running = runningOf(client, label, (now) => now >= count);
  await inParallel(count, 16, (n) => client.create(pods, 'default', podNamed(`${label}-${n}`, label)));
  await running;
  return performance.now() - startMs;
}

/** Resolves when enough Pods with the label run. */
async function runningOf(
  client: KubeClient,
  label: string,
  enough: (count: number) => boolean,
): Promise<void> {
  const running = new Set<string>();
  const known = createInformer<Pod & KubeObject>(client, pods, {
    clock: systemClock,
    namespace: 'default',
    labelSelector: `app=${label}`,
  });
  known.onChange((after, before) => {
    const name = (after ?? before)?.metadata.name ?? '';
    if (after?.status?.phase === 'Running') running.add(name);
    else running.delete(name);
  });
  known.start();
  await known.synced;
  await until(known, () => enough(running.size));
  known.stop();
}

/** What the process cannot do without, kB. Needs --expose-gc. */
async function heldKb(): Promise<number> {
  await systemClock.sleep(quietMs);
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await systemClock.sleep(100);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1024;
}
