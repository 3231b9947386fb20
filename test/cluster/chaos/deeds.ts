import type { Random } from '../../../src/base/random.ts';
import type { Node, Pod } from '../../../src/kube/api/core-v1.ts';
import type { KubeClient, ResourceRef } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { StatusError } from '../../../src/kube/status.ts';
import { type Chaos, type Kept, refs } from './world.ts';

/** Answers undefined when the API refuses for a reason that anybody meets: gone, there already, changed meanwhile, not now. */
async function tried<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof StatusError && [403, 404, 409, 422, 429].includes(error.status.code ?? 0))
      return undefined;
    throw error;
  }
}

const images = ['nginx:1.27', 'nginx:1.29-alpine', 'nginx:9.9', 'busybox:1.36'];

function podTemplate(app: string, random: Random): object {
  const image = images[random.int(images.length)] ?? 'nginx:1.27';
  const container = {
    name: 'main',
    image,
    ...(image.startsWith('busybox')
      ? { command: ['sh', '-c', random.int(2) === 0 ? 'sleep 40; exit 1' : 'sleep 3600'] }
      : {}),
    ...(image.startsWith('nginx') && random.int(2) === 0
      ? { readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 3 } }
      : {}),
    ...(random.int(2) === 0 ? { resources: { requests: { cpu: `${200 * (1 + random.int(9))}m` } } } : {}),
  };
  return {
    metadata: { labels: { app } },
    spec: {
      terminationGracePeriodSeconds: [1, 5, 30][random.int(3)],
      ...(random.int(4) === 0 ? { priorityClassName: 'urgent' } : {}),
      containers: [container],
      ...(random.int(4) === 0
        ? { initContainers: [{ name: 'first', image: 'busybox:1.36', command: ['sleep', '4'] }] }
        : {}),
    },
  };
}

const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

const object = (apiVersion: string, kind: string, name: string, spec: object): KubeObject =>
  ({ apiVersion, kind, metadata: { name, namespace: 'default' }, spec }) as unknown as KubeObject;

async function anyOf<T = object>(
  client: KubeClient,
  ref: ResourceRef,
  random: Random,
): Promise<Kept<T> | undefined> {
  const { items } = await client.list<Kept<T>>(ref, { namespace: 'default' });
  return items.length === 0 ? undefined : items[random.int(items.length)];
}

const workloads = [refs.deployments, refs.statefulSets, refs.daemonSets, refs.replicaSets, refs.jobs];
const propagation = ['Background', 'Foreground', 'Orphan'] as const;

/** One thing that somebody does, drawn by `random`; answers what it was. */
export async function act(chaos: Chaos, random: Random, nodes: readonly string[]): Promise<string> {
  const { client, pool } = chaos.cluster;
  const name = `app-${random.int(3)}`;
  const selector = { matchLabels: { app: name } };
  const node = nodes[random.int(nodes.length)] ?? '';
  const made = (ref: ResourceRef, thing: KubeObject) => tried(client.create(ref, 'default', thing));
  switch (random.int(20)) {
    case 0:
    case 1:
      await made(
        refs.deployments,
        object('apps/v1', 'Deployment', name, {
          replicas: random.int(7),
          selector,
          strategy: { type: random.int(3) === 0 ? 'Recreate' : 'RollingUpdate' },
          template: podTemplate(name, random),
        }),
      );
      return `deployment ${name}`;
    case 2:
      await made(
        refs.statefulSets,
        object('apps/v1', 'StatefulSet', `${name}-sts`, {
          replicas: random.int(4),
          serviceName: name,
          selector: { matchLabels: { app: `${name}-sts` } },
          podManagementPolicy: random.int(2) === 0 ? 'Parallel' : 'OrderedReady',
          template: podTemplate(`${name}-sts`, random),
          ...(random.int(3) === 0 ? { volumeClaimTemplates: [claim] } : {}),
        }),
      );
      return `statefulset ${name}-sts`;
    case 3:
      await made(
        refs.daemonSets,
        object('apps/v1', 'DaemonSet', `${name}-ds`, {
          selector: { matchLabels: { app: `${name}-ds` } },
          template: podTemplate(`${name}-ds`, random),
        }),
      );
      return `daemonset ${name}-ds`;
    case 4:
      await made(
        refs.jobs,
        object('batch/v1', 'Job', `${name}-job`, {
          completions: 1 + random.int(4),
          parallelism: 1 + random.int(3),
          template: {
            spec: {
              restartPolicy: random.int(2) === 0 ? 'Never' : 'OnFailure',
              containers: [
                { name: 'main', image: 'busybox:1.36', command: ['sleep', String(random.int(30))] },
              ],
            },
          },
        }),
      );
      return `job ${name}-job`;
    case 5:
    case 6: {
      const ref = random.int(3) === 0 ? refs.statefulSets : refs.deployments;
      const target = await anyOf(client, ref, random);
      if (target === undefined) return 'nothing to scale';
      const replicas = random.int(9);
      await tried(client.patch(ref, 'default', target.metadata.name, 'merge', { spec: { replicas } }));
      return `scale ${target.metadata.name} to ${replicas}`;
    }
    case 7:
    case 8: {
      const ref =
        [refs.deployments, refs.deployments, refs.statefulSets, refs.daemonSets][random.int(4)] ??
        refs.deployments;
      const target = await anyOf<{ spec: { selector: { matchLabels: { app: string } } } }>(
        client,
        ref,
        random,
      );
      if (target === undefined) return 'nothing to roll';
      const template = podTemplate(target.spec.selector.matchLabels.app, random);
      await tried(client.patch(ref, 'default', target.metadata.name, 'merge', { spec: { template } }));
      return `new template of ${ref.plural}/${target.metadata.name}`;
    }
    case 9: {
      const target = await anyOf<{ spec: { paused?: boolean } }>(client, refs.deployments, random);
      if (target === undefined) return 'nothing to pause';
      const paused = target.spec.paused !== true;
      await tried(
        client.patch(refs.deployments, 'default', target.metadata.name, 'merge', { spec: { paused } }),
      );
      return `paused ${target.metadata.name}: ${paused}`;
    }
    case 10: {
      const ref = workloads[random.int(workloads.length)] ?? refs.deployments;
      const target = await anyOf(client, ref, random);
      if (target === undefined) return 'nothing to delete';
      const propagationPolicy = propagation[random.int(3)] ?? 'Background';
      await tried(client.delete(ref, 'default', target.metadata.name, { propagationPolicy }));
      return `delete ${ref.plural}/${target.metadata.name} ${propagationPolicy}`;
    }
    case 11:
    case 12: {
      const pod = await anyOf<Pod>(client, refs.pods, random);
      if (pod === undefined) return 'no Pod';
      const gracePeriodSeconds = [0, 1, 30][random.int(3)] ?? 30;
      await tried(client.delete(refs.pods, 'default', pod.metadata.name, { gracePeriodSeconds }));
      return `delete pod ${pod.metadata.name} ${gracePeriodSeconds}`;
    }
    case 13: {
      const pod = await anyOf<Pod>(client, refs.pods, random);
      if (pod === undefined) return 'no Pod';
      const app = random.int(2) === 0 ? 'nobody' : name;
      await tried(
        client.patch(refs.pods, 'default', pod.metadata.name, 'merge', { metadata: { labels: { app } } }),
      );
      return `label pod ${pod.metadata.name} app=${app}`;
    }
    case 14: {
      const kubelet = pool.get(node);
      const what = random.int(5);
      if (what === 0) {
        kubelet?.powerOff();
        chaos.network.setNode(node, 'off');
      } else if (what === 1) {
        kubelet?.isolate();
        chaos.network.setNode(node, 'isolated');
      } else if (what === 2) kubelet?.restart();
      else heal(chaos, node);
      return `node ${node} ${['off', 'isolated', 'kubelet restarted', 'back', 'back'][what] ?? ''}`;
    }
    case 15: {
      const unschedulable = random.int(2) === 0;
      await tried(client.patch(refs.nodes, '', node, 'merge', { spec: { unschedulable } }));
      return `cordon ${node} ${unschedulable}`;
    }
    case 16: {
      const what = random.int(2) === 0 ? 'controllers' : 'scheduler';
      await chaos.cluster.restart(what);
      return `${what} restarted`;
    }
    case 17: {
      const pod = await anyOf<Pod>(client, refs.pods, random);
      if (pod === undefined) return 'no Pod';
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod.metadata.name } };
      await tried(client.act(refs.pods, 'default', pod.metadata.name, 'eviction', eviction));
      return `evict ${pod.metadata.name}`;
    }
    case 18: {
      const spec = { selector, minAvailable: random.int(3) };
      await made(refs.budgets, object('policy/v1', 'PodDisruptionBudget', name, spec));
      return `budget of ${name}`;
    }
    default: {
      const ms = 1000 * random.int(90);
      await chaos.cluster.clock.advance(ms);
      return `wait ${ms / 1000} s`;
    }
  }
}

/** What was done to the machine is over. */
export function heal(chaos: Chaos, node: string): void {
  const kubelet = chaos.cluster.pool.get(node);
  chaos.network.setNode(node, 'up');
  if (kubelet?.state === 'off') kubelet.powerOn();
  if (kubelet?.state === 'isolated') kubelet.reconnect();
}

/** Everything that anybody did is put right: machines, cordons, pauses and images that do not exist. */
export async function healAll(chaos: Chaos, nodes: readonly string[]): Promise<void> {
  const { client, clock } = chaos.cluster;
  for (const node of nodes) {
    heal(chaos, node);
    await client.patch<Kept<Node>>(refs.nodes, '', node, 'merge', { spec: { unschedulable: false } });
  }
  const good = {
    priorityClassName: null,
    priority: null,
    preemptionPolicy: null,
    containers: [{ name: 'main', image: 'nginx:1.27' }],
  };
  for (const ref of [refs.deployments, refs.statefulSets, refs.daemonSets]) {
    const { items } = await client.list<Kept>(ref, { namespace: 'default' });
    for (const { metadata } of items) {
      const spec = { template: { spec: good }, ...(ref === refs.deployments ? { paused: false } : {}) };
      await tried(client.patch(ref, 'default', metadata.name, 'merge', { spec }));
    }
  }
  for (const { metadata } of (await client.list<Kept>(refs.replicaSets, { namespace: 'default' })).items)
    if (metadata.ownerReferences === undefined)
      await tried(client.delete(refs.replicaSets, 'default', metadata.name));
  await clock.advance(1000);
  // Nobody else would: a Pod taken out of a StatefulSet keeps the name that the next one needs, and one that never was ready
  // holds up a StatefulSet that makes them in order (kubernetes/kubernetes#67250).
  for (const { metadata, status } of (await client.list<Kept<Pod>>(refs.pods, { namespace: 'default' }))
    .items) {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    const ready =
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
    if (owner === undefined || (owner.kind === 'StatefulSet' && !ready))
      await tried(client.delete(refs.pods, 'default', metadata.name));
  }
}
