import type { Node, Pod, Taint, Toleration } from '../../kube/api/core-v1.ts';
import { createEventRecorder } from '../../kube/event-recorder.ts';
import { type Informer, keyOf } from '../../kube/informer.ts';
import { equalJson, type KubeObject } from '../../kube/object.ts';
import { createWorkQueue } from '../../kube/work-queue.ts';
import { type Controller, type ControllerContext, isNotFound, splitKey } from './controller.ts';
import { type DisruptionReason, disruptionPatch } from './pod-gc-status.ts';
import { nodes, pods } from './refs.ts';

type PodObject = Pod & KubeObject;
type NodeObject = Node & KubeObject;

const byNode = 'spec.nodeName';
const workers = 8;
const tries = 5;
const retryMs = 10;
const why: DisruptionReason = {
  reason: 'DeletionByTaintManager',
  message: 'Taint manager: deleting due to NoExecute taint',
};

const noExecute = (node: NodeObject | undefined): readonly Taint[] =>
  (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');

/** Deletes the Pods that do not tolerate a NoExecute taint of their node, at once or when their time is up. Mirrors pkg/controller/tainteviction. */
export const taintEvictionController: Controller = {
  name: 'taint-eviction-controller',
  account: 'node-controller',
  start(context) {
    const allNodes = context.informer<NodeObject>(nodes);
    const allPods = context.informer<PodObject>(pods);
    allPods.addIndex(byNode, (pod) => [pod.spec?.nodeName ?? '']);
    const evictions = new Evictions(context, this.name);
    allNodes.onChange((after, before) => {
      const taints = noExecute(after);
      if (after === undefined || (before !== undefined && equalJson(taints, noExecute(before)))) return;
      if (before === undefined && taints.length === 0) return;
      for (const pod of allPods.byIndex(byNode, after.metadata.name ?? '')) evictions.consider(pod, taints);
    });
    allPods.onChange((after, before) => {
      if (after === undefined) {
        if (before !== undefined) evictions.cancel(before);
      } else if (
        before?.spec?.nodeName !== after.spec?.nodeName ||
        !equalJson(before?.spec?.tolerations ?? [], after.spec?.tolerations ?? [])
      ) {
        const taints = taintsOf(allNodes, after);
        if (taints.length > 0) evictions.consider(after, taints);
      }
    });
    return evictions;
  },
};

const taintsOf = (all: Informer<NodeObject>, pod: PodObject): readonly Taint[] =>
  noExecute(all.get('', pod.spec?.nodeName ?? ''));

class Evictions {
  readonly #context: ControllerContext;
  readonly #recorder: ReturnType<typeof createEventRecorder>;
  readonly #queue: ReturnType<typeof createWorkQueue>;
  /** By Pod, how to call it off; undefined when it was done, so that it is not done again. */
  readonly #planned = new Map<string, (() => void) | undefined>();

  constructor(context: ControllerContext, component: string) {
    const { client, clock } = context;
    this.#context = context;
    this.#recorder = createEventRecorder({ client, clock, component });
    this.#queue = createWorkQueue(clock);
    this.#queue.run(workers, (key) => this.#evict(key));
  }

  async stop(): Promise<void> {
    for (const cancel of this.#planned.values()) cancel?.();
    this.#planned.clear();
    await this.#queue.stop();
  }

  /** `taints` are those of its node with NoExecute. */
  consider(pod: PodObject, taints: readonly Taint[]): void {
    const seconds = secondsTolerated(pod.spec?.tolerations ?? [], taints);
    if (seconds === Number.POSITIVE_INFINITY) this.cancel(pod);
    else if (seconds === 0) {
      this.cancel(pod);
      this.#plan(pod, 0);
    } else if (this.#planned.get(keyFor(pod)) === undefined) this.#plan(pod, seconds);
  }

  cancel(pod: PodObject): void {
    const key = keyFor(pod);
    const cancel = this.#planned.get(key);
    this.#planned.delete(key);
    if (cancel === undefined) return;
    cancel();
    this.#tell(key, `Cancelling deletion of Pod ${key}`);
  }

  #plan(pod: PodObject, seconds: number): void {
    const key = keyFor(pod);
    if (this.#planned.has(key)) return;
    const start = () => {
      this.#planned.set(key, undefined);
      this.#queue.add(key);
    };
    if (seconds === 0) start();
    else this.#planned.set(key, this.#context.clock.after(seconds * 1000, start));
  }

  async #evict(key: string): Promise<void> {
    const { clock, trouble } = this.#context;
    this.#tell(key, `Marking for deletion Pod ${key}`);
    for (let tried = 1; ; tried++) {
      try {
        await this.#delete(key);
        return;
      } catch (error) {
        if (tried < tries) {
          await clock.sleep(retryMs);
          continue;
        }
        this.#planned.delete(key);
        if (!isNotFound(error)) trouble(`taint-eviction-controller ${key}`, error);
        return;
      }
    }
  }

  async #delete(key: string): Promise<void> {
    const { client, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const pod = await client.get<PodObject>(pods, namespace, name);
    const patch = disruptionPatch(pod, why, clock.now());
    if (patch !== undefined)
      await client.patch(pods, namespace, name, 'strategic', patch, { subresource: 'status' });
    await client.delete(pods, namespace, name);
  }

  #tell(key: string, message: string): void {
    const { namespace, name } = splitKey(key);
    const about = { apiVersion: 'v1', kind: 'Pod', namespace, name };
    this.#recorder.event(about, 'Normal', 'TaintManagerEviction', message);
  }
}

const keyFor = ({ metadata: { namespace = '', name = '' } }: PodObject): string => keyOf(namespace, name);

/** For how long all the taints are tolerated; 0 when one is not, infinite when nothing limits it. */
function secondsTolerated(tolerations: readonly Toleration[], taints: readonly Taint[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const found = tolerations.find((toleration) => tolerates(toleration, taint));
    if (found === undefined) return 0;
    least = Math.min(least, Math.max(0, found.tolerationSeconds ?? Number.POSITIVE_INFINITY));
  }
  return least;
}

function tolerates({ key = '', operator = '', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || (['', 'Equal'].includes(operator) && value === (taint.value ?? ''));
}
