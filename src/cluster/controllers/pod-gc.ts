import type { Node, Pod } from '../../kube/api/core-v1.ts';
import type { Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Controller, type ControllerContext, ignoring, isNotFound } from './controller.ts';
import { type DisruptionReason, disruptionPatch } from './pod-gc-status.ts';
import { nodes, pods } from './refs.ts';

type PodObject = Pod & KubeObject;
type NodeObject = Node & KubeObject;

const periodMs = 20_000;
/** How long a node may be missing before it counts as gone. */
const quarantineMs = 40_000;
const outOfService = 'node.kubernetes.io/out-of-service';
const orphaned: DisruptionReason = {
  reason: 'DeletionByPodGC',
  message: 'PodGC: node no longer exists',
};

/** Deletes Pods that nobody else will: on nodes that are gone, never scheduled, or ended and too many. Mirrors pkg/controller/podgc. */
export const podGarbageCollector = podGarbageCollectorWith({ terminatedThreshold: 12_500 });

/** `terminatedThreshold`: how many ended Pods may lie about; 0 for as many as there are. */
export function podGarbageCollectorWith(options: { readonly terminatedThreshold: number }): Controller {
  return {
    name: 'pod-garbage-collector-controller',
    account: 'pod-garbage-collector',
    start(context) {
      const allPods = context.informer<PodObject>(pods);
      const allNodes = context.informer<NodeObject>(nodes);
      const collector = new Collector(context, allPods, allNodes, options.terminatedThreshold);
      const stopping = new AbortController();
      const run = async () => {
        await Promise.all([allPods.synced, allNodes.synced]);
        while (!stopping.signal.aborted) {
          await collector.collect();
          await context.clock.sleep(periodMs, stopping.signal);
        }
      };
      const running = run().catch(() => undefined);
      return {
        async stop() {
          stopping.abort(new Error('the controller was stopped'));
          await running;
        },
      };
    },
  };
}

class Collector {
  readonly #context: ControllerContext;
  readonly #pods: Informer<PodObject>;
  readonly #nodes: Informer<NodeObject>;
  readonly #threshold: number;
  /** Since when a node that Pods are bound to is missing. */
  readonly #missing = new Map<string, number>();

  constructor(
    context: ControllerContext,
    allPods: Informer<PodObject>,
    allNodes: Informer<NodeObject>,
    threshold: number,
  ) {
    this.#context = context;
    this.#pods = allPods;
    this.#nodes = allNodes;
    this.#threshold = threshold;
  }

  async collect(): Promise<void> {
    const ended: PodObject[] = [];
    const stuck: PodObject[] = [];
    const homeless = new Map<string, PodObject[]>();
    for (const pod of this.#pods.list()) {
      const nodeName = pod.spec?.nodeName ?? '';
      const phase = pod.status?.phase ?? '';
      const node = nodeName === '' ? undefined : this.#nodes.get('', nodeName);
      const deleted = pod.metadata.deletionTimestamp !== undefined;
      if (phase === 'Succeeded' || phase === 'Failed') ended.push(pod);
      if (deleted && (nodeName === '' || isOutOfService(node))) stuck.push(pod);
      if (nodeName !== '' && node === undefined)
        homeless.set(nodeName, [...(homeless.get(nodeName) ?? []), pod]);
    }
    const tooMany = this.#threshold > 0 ? ended.length - this.#threshold : 0;
    if (tooMany > 0) for (const pod of ended.sort(evictedThenOldest).slice(0, tooMany)) await this.#end(pod);
    for (const pod of stuck) await this.#end(pod);
    await this.#collectHomeless(homeless);
  }

  async #collectHomeless(homeless: ReadonlyMap<string, readonly PodObject[]>): Promise<void> {
    const nowMs = this.#context.clock.now();
    for (const name of this.#missing.keys()) if (!homeless.has(name)) this.#missing.delete(name);
    for (const [name, left] of homeless) {
      const sinceMs = this.#missing.get(name);
      if (sinceMs === undefined) this.#missing.set(name, nowMs);
      if (sinceMs === undefined || nowMs < sinceMs + quarantineMs) continue;
      this.#missing.delete(name);
      if (await this.#exists(name)) continue;
      for (const pod of left) await this.#end(pod, orphaned);
    }
  }

  /** Asked of the API itself: what is remembered may be old. */
  async #exists(name: string): Promise<boolean> {
    try {
      return (await this.#context.client.find(nodes, '', name)) !== undefined;
    } catch (error) {
      this.#context.trouble(`pod-garbage-collector-controller ${name}`, error);
      return true;
    }
  }

  /** Failed first, for no kubelet will say so, and then gone at once. */
  async #end(pod: PodObject, why?: DisruptionReason): Promise<void> {
    const { client, clock, trouble } = this.#context;
    const { namespace = '', name = '' } = pod.metadata;
    try {
      const phase = pod.status?.phase ?? '';
      if (phase !== 'Succeeded' && phase !== 'Failed') {
        const patch = disruptionPatch(pod, why, clock.now(), 'Failed');
        await client.patch(pods, namespace, name, 'strategic', patch, { subresource: 'status' });
      }
      await ignoring(isNotFound, client.delete(pods, namespace, name, { gracePeriodSeconds: 0 }));
    } catch (error) {
      if (!isNotFound(error)) trouble(`pod-garbage-collector-controller ${namespace}/${name}`, error);
    }
  }
}

function isOutOfService(node: NodeObject | undefined): boolean {
  if (node === undefined) return false;
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status !== 'True' && node.spec?.taints?.some(({ key }) => key === outOfService) === true;
}

function evictedThenOldest(a: PodObject, b: PodObject): number {
  const evicted = ({ status }: PodObject) => status?.phase === 'Failed' && status.reason === 'Evicted';
  if (evicted(a) !== evicted(b)) return evicted(a) ? -1 : 1;
  const [one, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (one !== other) return one < other ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
