import type { Lease } from '../../../kube/api/coordination-v1.ts';
import type { Pod } from '../../../kube/api/core-v1.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { type ControllerContext, isConflict, isNotFound } from '../controller.ts';
import { nodes as nodesRef } from '../refs.ts';
import { Disruption, type ZoneCount } from './disruption.ts';
import { NodeHealth, readyOf } from './health.ts';
import { markNotReady } from './mark-pods.ts';
import type { NodeLifecycleOptions } from './options.ts';
import { hasTaint, type NodeObject, notReady, swapTaints, unreachable } from './taints.ts';
import { zoneOf } from './zones.ts';

interface Seen {
  readonly nodes: Informer<NodeObject>;
  readonly pods: Informer<Pod & KubeObject>;
  readonly leases: Informer<Lease & KubeObject>;
}

/** The index of Pods by the node they are bound to. */
export const podsByNode = 'spec.nodeName';

/** Of how many nodes at a time the Pods are marked. */
const workers = 8;
/** How often a status that was changed meanwhile is read again. */
const retries = 5;
const excluded = 'node.kubernetes.io/exclude-disruption';

/** Looks at every node every few seconds: a node that nobody changed costs two look-ups and no write. */
export class Monitor {
  readonly #context: Pick<ControllerContext, 'client' | 'clock' | 'trouble'>;
  readonly #seen: Seen;
  readonly #recorder: EventRecorder;
  readonly #options: NodeLifecycleOptions;
  readonly #health: NodeHealth;
  readonly #disruption: Disruption;
  readonly #known = new Map<string, NodeObject>();
  /** Nodes of which not all Pods could be marked. */
  readonly #again = new Set<string>();
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    context: Pick<ControllerContext, 'client' | 'clock' | 'trouble'>,
    seen: Seen,
    recorder: EventRecorder,
    options: NodeLifecycleOptions,
  ) {
    this.#context = context;
    this.#seen = seen;
    this.#recorder = recorder;
    this.#options = options;
    this.#health = new NodeHealth(options);
    this.#disruption = new Disruption(context.clock, options, (name) => this.#taint(name));
  }

  run(): void {
    const look = async () => {
      while (!this.#stopping.signal.aborted) {
        await this.#look().catch((error: unknown) => this.#trouble('', error));
        await this.#context.clock
          .sleep(this.#options.monitorPeriodMs, this.#stopping.signal)
          .catch(() => undefined);
      }
    };
    this.#running = look();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the controller was stopped'));
    this.#disruption.stop();
    await this.#running;
  }

  async #look(): Promise<void> {
    const nodes = this.#seen.nodes.list();
    await this.#register(nodes);
    const counts = new Map<string, ZoneCount>();
    const left: NodeObject[] = [...nodes].reverse();
    const work = async () => {
      for (let node = left.pop(); node !== undefined; node = left.pop()) {
        if (this.#stopping.signal.aborted) return;
        try {
          // Nothing is awaited for a node that is as it should be.
          const pending = this.#check(node, counts);
          if (pending !== undefined) await pending;
        } catch (error) {
          this.#trouble(node.metadata.name ?? '', error);
        }
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    switch (this.#disruption.update(counts)) {
      case 'all-lost':
        for (const node of nodes) await this.#reachable(node);
        break;
      case 'back':
        this.#health.forgive(this.#context.clock.now());
        break;
      case 'as-usual':
    }
  }

  async #register(nodes: readonly NodeObject[]): Promise<void> {
    const present = new Set<string>();
    for (const node of nodes) {
      const name = node.metadata.name ?? '';
      present.add(name);
      if (this.#known.has(name)) continue;
      this.#known.set(name, node);
      this.#tell(node, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
      this.#disruption.queueOf(node);
      await this.#reachable(node);
    }
    if (present.size === this.#known.size) return;
    for (const [name, node] of this.#known) {
      if (present.has(name)) continue;
      this.#known.delete(name);
      this.#health.forget(name);
      this.#disruption.forget(name);
      this.#tell(node, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
    }
  }

  /** Undefined when nothing is to be written. */
  #check(node: NodeObject, counts: Map<string, ZoneCount>): Promise<void> | undefined {
    const lease = this.#seen.leases.get('kube-node-lease', node.metadata.name ?? '');
    const silenced = this.#health.silenced(node, lease, this.#context.clock.now());
    if (silenced !== undefined) return this.#silence(node, counts);
    const status = readyOf(node)?.status;
    count(counts, node, status);
    return this.#follow(node, status ?? 'Unknown', status);
  }

  /** Says in its status that nobody hears of it; it may have spoken while that was written. */
  async #silence(node: NodeObject, counts: Map<string, ZoneCount>): Promise<void> {
    const { client, clock } = this.#context;
    const name = node.metadata.name ?? '';
    let current: NodeObject | undefined = node;
    for (let tried = 0; tried < retries && current !== undefined; tried++) {
      const observed: string | undefined = readyOf(current)?.status;
      const lease = this.#seen.leases.get('kube-node-lease', name);
      const conditions = this.#health.silenced(current, lease, clock.now());
      if (conditions === undefined) {
        count(counts, current, observed);
        await this.#follow(current, observed ?? 'Unknown', observed);
        return;
      }
      try {
        const draft: NodeObject = { ...current, status: { ...current.status, conditions } };
        await client.update(nodesRef, draft, { subresource: 'status' });
        count(counts, node, 'Unknown');
        await this.#follow(node, observed ?? 'Unknown', 'Unknown');
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error)) throw error;
        current = await client.find<NodeObject>(nodesRef, '', name);
      }
    }
  }

  /** `observed` is what Ready said before this look, `current` what it says now. */
  #follow(node: NodeObject, observed: string, current: string | undefined): Promise<void> | undefined {
    if (current === undefined) return undefined;
    const name = node.metadata.name ?? '';
    const lost = current !== 'True' && observed === 'True';
    const retry = observed !== 'True' && this.#again.has(name);
    const swapped = this.#follower(node, observed);
    if (!lost && !retry) return swapped;
    if (lost) this.#tell(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    return (async () => {
      await swapped;
      this.#again.add(name);
      const pods = this.#seen.pods.byIndex(podsByNode, name);
      const { client, clock } = this.#context;
      if (await markNotReady(client, this.#recorder, pods, clock.now())) this.#again.delete(name);
    })();
  }

  #follower(node: NodeObject, observed: string): Promise<void> | undefined {
    switch (observed) {
      case 'True':
        return this.#reachable(node);
      case 'False':
        return this.#unwell(node, notReady, unreachable);
      default:
        return this.#unwell(node, unreachable, notReady);
    }
  }

  /** A node that has the other taint gets this one at once; others wait for their turn. */
  #unwell(node: NodeObject, taint: typeof notReady, other: typeof notReady): Promise<void> | undefined {
    if (hasTaint(node, other)) return this.#swap(node, [taint], [other]);
    const queue = this.#disruption.queueOf(node);
    const name = node.metadata.name ?? '';
    if (!hasTaint(node, taint)) queue.remove(name);
    queue.add(name);
    return undefined;
  }

  #reachable(node: NodeObject): Promise<void> | undefined {
    this.#disruption.queueOf(node).remove(node.metadata.name ?? '');
    const present = [unreachable, notReady].filter((taint) => hasTaint(node, taint));
    return present.length === 0 ? undefined : this.#swap(node, [], present);
  }

  async #swap(node: NodeObject, add: readonly (typeof notReady)[], remove: readonly (typeof notReady)[]) {
    try {
      await swapTaints(this.#context.client, node, add, remove, this.#context.clock.now());
    } catch (error) {
      // The next look tries again.
      if (!isConflict(error)) this.#trouble(node.metadata.name ?? '', error);
    }
  }

  async #taint(name: string): Promise<'done' | 'needless' | 'failed'> {
    const node = this.#seen.nodes.get('', name);
    const status = node === undefined ? undefined : readyOf(node)?.status;
    if (node === undefined || status === undefined || status === 'True') return 'needless';
    const [taint, other] = status === 'False' ? [notReady, unreachable] : [unreachable, notReady];
    if (hasTaint(node, taint)) return 'needless';
    try {
      await swapTaints(this.#context.client, node, [taint], [other], this.#context.clock.now());
      return 'done';
    } catch (error) {
      if (!isConflict(error)) this.#trouble(name, error);
      return 'failed';
    }
  }

  #tell({ metadata: { name = '', uid } }: NodeObject, reason: string, message: string): void {
    const about = { apiVersion: 'v1', kind: 'Node', name, ...(uid === undefined ? {} : { uid }) };
    this.#recorder.event(about, 'Normal', reason, message);
  }

  #trouble(node: string, error: unknown): void {
    this.#context.trouble(`node-lifecycle-controller ${node}`.trimEnd(), error);
  }
}

function count(counts: Map<string, ZoneCount>, node: NodeObject, ready: string | undefined): void {
  if (Object.hasOwn(node.metadata.labels ?? {}, excluded)) return;
  const zone = zoneOf(node);
  const sum = counts.get(zone) ?? { ready: 0, total: 0 };
  if (ready === 'True') sum.ready += 1;
  sum.total += 1;
  counts.set(zone, sum);
}
