import type { Lease } from '../../../kube/api/coordination-v1.ts';
import type { Pod } from '../../../kube/api/core-v1.ts';
import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import {
  type Controller,
  type ControllerContext,
  ignoring,
  isNotFound,
  splitKey,
  startLoop,
} from '../controller.ts';
import { leases, nodes, pods } from '../refs.ts';
import { readyOf } from './health.ts';
import { markNotReady } from './mark-pods.ts';
import { Monitor, podsByNode } from './monitor.ts';
import { type NodeLifecycleOptions, usual } from './options.ts';
import { type NodeObject, scheduleTaints, swapTaints } from './taints.ts';

/** Each old label has to say what the new one says. */
const labelPairs = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
] as const;

/**
 * Notices which nodes are lost or unwell, says so in their conditions and taints and in their Pods, and slows down when too
 * many are lost. Mirrors pkg/controller/nodelifecycle; options that are left out are kube-controller-manager's.
 */
export function nodeLifecycleWith(changes: Partial<NodeLifecycleOptions> = {}): Controller {
  return {
    name: 'node-lifecycle-controller',
    account: 'node-controller',
    start(context) {
      const { client, clock, trouble } = context;
      const allNodes = context.informer<NodeObject>(nodes);
      const allPods = context.informer<Pod & KubeObject>(pods);
      const allLeases = context.informer<Lease & KubeObject>(leases);
      allPods.addIndex(podsByNode, (pod) => [pod.spec?.nodeName ?? '']);
      const recorder = createEventRecorder({ client, clock, component: 'node-controller' });
      const ready = [allNodes, allPods, allLeases];
      const monitor = new Monitor(
        { client, clock, trouble },
        { nodes: allNodes, pods: allPods, leases: allLeases },
        recorder,
        { ...usual, ...changes },
      );
      void Promise.all(ready.map(({ synced }) => synced)).then(
        () => monitor.run(),
        () => undefined, // stopped before it began
      );
      const nodeLoop = startLoop(context, this.name, (name) => followNode(context, allNodes.get('', name)), {
        workers: 8,
        ready,
      });
      allNodes.onChange((after) => {
        if (after !== undefined) nodeLoop.queue.add(after.metadata.name ?? '');
      });
      const podLoop = startLoop(
        context,
        this.name,
        async (key) => {
          const { namespace, name } = splitKey(key);
          const pod = allPods.get(namespace, name);
          const node = allNodes.get('', pod?.spec?.nodeName ?? '');
          const condition = node === undefined ? undefined : readyOf(node);
          if (pod === undefined || condition === undefined || condition.status === 'True') return undefined;
          const all = await markNotReady(client, recorder, [pod], clock.now());
          return all ? undefined : 1000;
        },
        { workers: 4, ready },
      );
      allPods.onChange((after, before) => {
        const node = after?.spec?.nodeName ?? '';
        if (after === undefined || node === '' || node === before?.spec?.nodeName) return;
        podLoop.queue.add(keyOf(after.metadata.namespace ?? '', after.metadata.name ?? ''));
      });
      return {
        async stop() {
          await Promise.all([monitor.stop(), nodeLoop.stop(), podLoop.stop()]);
        },
      };
    },
  };
}

export const nodeLifecycleController = nodeLifecycleWith();

/** The NoSchedule taints that its conditions ask for, and the old labels. */
async function followNode(
  { client, clock }: ControllerContext,
  node: NodeObject | undefined,
): Promise<undefined> {
  if (node === undefined) return;
  const { add, remove } = scheduleTaints(node);
  if (add.length > 0 || remove.length > 0) await swapTaints(client, node, add, remove, clock.now());
  const labels = node.metadata.labels ?? {};
  const wrong = labelPairs.filter(([one, old]) => labels[one] !== undefined && labels[one] !== labels[old]);
  if (wrong.length === 0) return;
  const patch = { metadata: { labels: Object.fromEntries(wrong.map(([one, old]) => [old, labels[one]])) } };
  await ignoring(isNotFound, client.patch(nodes, '', node.metadata.name ?? '', 'strategic', patch));
}
