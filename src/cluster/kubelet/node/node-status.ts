import type { Node, NodeCondition, ObjectReference } from '../../../kube/api/core-v1.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { StatusError } from '../../../kube/status.ts';
import { isTooMany, jitter, type KubeletContext } from '../context.ts';
import { conditionReason, nodeConditions, type Readiness } from './conditions.ts';
import { networkPluginText } from './runtime-health.ts';

const nodes = { group: '', version: 'v1', plural: 'nodes' };
type NodeObject = Node & KubeObject;

/** nodeStatusUpdateFrequency and nodeStatusReportFrequency. */
const lookMs = 10_000;
const reportMs = 300_000;
const firstReadyMs = 300;
const retryMs = 1000;
const imagesMost = 50;

/** Registers the Node and says how it is: at once when something changed, every five minutes otherwise. */
export class NodeStatusReporter {
  readonly #context: KubeletContext;
  readonly #pressures: () => readonly string[];
  readonly #problems: () => readonly string[];
  #cancel: () => void = () => undefined;
  #told: readonly NodeCondition[] = [];
  #unschedulable: boolean | undefined;
  #registered = false;
  #initialised = false;
  #busy = false;
  #again = false;
  #stopped = false;

  /** `problems`: what the runtime cannot do. */
  constructor(
    context: KubeletContext,
    pressures: () => readonly string[],
    problems: () => readonly string[],
  ) {
    this.#context = context;
    this.#pressures = pressures;
    this.#problems = problems;
  }

  start(): void {
    this.#context.event(this.#reference(), 'Normal', 'Starting', 'Starting kubelet.');
    void this.#register();
  }

  /** Somebody wrote the Node: the controller's Unknown is answered at the next look. */
  nodeChanged(): void {
    const node = this.#context.objects.node();
    // Until it is initialised the one look that waits is the one that makes it so: it must not be put off.
    if (!this.#initialised || !this.#registered || node === undefined || this.#stopped) return;
    if (this.#unschedulable !== (node.spec?.unschedulable === true))
      this.#in(this.#context.random.int(lookMs));
    else if (this.#readiness().ready !== (readyOf(node)?.status === 'True')) this.reportNow();
  }

  reportNow(): void {
    if (this.#registered && this.#initialised) void this.#report();
  }

  /** An Event about the Node. */
  warn(reason: string, message: string): void {
    this.#context.event(this.#reference(), 'Warning', reason, message);
  }

  /** Something about the runtime changed: told at the next look. */
  reportSoon(): void {
    if (this.#registered && this.#initialised && !this.#stopped) this.#in(this.#context.random.int(lookMs));
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #in(ms: number): void {
    this.#cancel();
    this.#cancel = this.#context.clock.after(ms, () => void this.#report());
  }

  /** Events about the Node carry its name as UID. */
  #reference(): ObjectReference {
    const { name } = this.#context.settings;
    return { kind: 'Node', name, uid: name, apiVersion: 'v1' };
  }

  #readiness(): Readiness {
    if (!this.#initialised) return { ready: false, message: 'CSINode is not yet initialized' };
    const node = this.#context.objects.node();
    const unaddressed = node !== undefined && (node.spec?.podCIDR ?? '') === '';
    const problems = new Set([...this.#problems(), ...(unaddressed ? [networkPluginText] : [])]);
    if (problems.size === 0) return { ready: true };
    const all = [...problems].join(', ');
    return { ready: false, message: problems.size === 1 ? all : `[${all}]` };
  }

  async #register(): Promise<void> {
    const { client, settings, clock, random, trouble } = this.#context;
    try {
      const { status, ...rest } = this.#fresh();
      const event = (reason: string, message: string) =>
        this.#context.event(this.#reference(), 'Normal', reason, message);
      let node = await client.find<NodeObject>(nodes, '', settings.name);
      const conditions = status?.conditions ?? [];
      const old = node?.status?.conditions ?? [];
      this.#tell(conditions.filter(({ type }) => type !== 'Ready'));
      const before = node?.status?.nodeInfo?.bootID ?? '';
      if (before !== '' && before !== settings.bootId)
        this.warn('Rebooted', `Node ${settings.name} has been rebooted, boot id: ${settings.bootId}`);
      event('NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
      if (node === undefined) {
        node = await client.create<NodeObject>(nodes, '', { ...rest, status } as NodeObject);
        this.#tell(conditions.filter(({ type }) => type !== 'Ready'));
      } else if (readyOf(node)?.status === 'True') this.#initialised = true;
      this.#told = old.length > 0 ? old : conditions;
      this.#unschedulable = node.spec?.unschedulable === true;
      this.#registered = true;
      if (this.#stopped) return;
      if (this.#initialised) await this.#report();
      else
        this.#cancel = clock.after(firstReadyMs, () => {
          this.#initialised = true;
          void this.#report();
        });
    } catch (error) {
      if (this.#stopped) return;
      if (!isTooMany(error)) trouble(`registration of ${settings.name}`, error);
      this.#cancel = clock.after(jitter(random, retryMs, 1), () => void this.#register());
    }
  }

  #tell(conditions: readonly NodeCondition[]): void {
    const { name } = this.#context.settings;
    for (const condition of conditions) {
      const reason = conditionReason(condition);
      this.#context.event(this.#reference(), 'Normal', reason, `Node ${name} status is now: ${reason}`);
    }
  }

  #fresh(): Node {
    const { settings } = this.#context;
    const { taints } = settings;
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: settings.name,
        labels: { ...settings.labels },
        annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
      },
      spec: taints.length === 0 ? {} : { taints: [...taints] },
      status: this.#status([]),
    };
  }

  #status(before: readonly NodeCondition[]): NonNullable<Node['status']> {
    const { settings, runtime, clock } = this.#context;
    const images = [...runtime.images()].sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, imagesMost);
    return {
      addresses: [
        { type: 'InternalIP', address: settings.ip },
        { type: 'Hostname', address: settings.name },
      ],
      capacity: { ...settings.capacity },
      allocatable: { ...settings.allocatable },
      conditions: nodeConditions(before, this.#pressures(), this.#readiness(), clock.now()),
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      ...(images.length === 0
        ? {}
        : { images: images.map(({ names, sizeBytes }) => ({ names: [...names], sizeBytes })) }),
      nodeInfo: {
        architecture: 'amd64',
        bootID: settings.bootId,
        containerRuntimeVersion: runtime.version,
        kernelVersion: '6.12.47',
        kubeProxyVersion: settings.version,
        kubeletVersion: settings.version,
        machineID: settings.machineId,
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        systemUUID: settings.machineId,
      },
    };
  }

  async #report(): Promise<void> {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    const { client, settings, random, objects, trouble } = this.#context;
    let nextMs = jitter(random, reportMs, 0.04);
    try {
      do {
        this.#again = false;
        const node = objects.node();
        const status = this.#status(node?.status?.conditions ?? this.#told);
        const conditions = status.conditions ?? [];
        this.#tell(
          conditions.filter(
            ({ type, status: is }) => this.#told.find((one) => one.type === type)?.status !== is,
          ),
        );
        this.#told = conditions;
        this.#tellSchedulable(node);
        const images = equalJson(node?.status?.images, status.images)
          ? {}
          : { images: status.images ?? null };
        const changed = {
          conditions,
          ...images,
          ...(equalJson(node?.status?.allocatable, status.allocatable)
            ? {}
            : { allocatable: status.allocatable }),
          ...(equalJson(node?.status?.nodeInfo, status.nodeInfo) ? {} : { nodeInfo: status.nodeInfo }),
        };
        await client.patch(
          nodes,
          '',
          settings.name,
          'strategic',
          { status: changed },
          { subresource: 'status' },
        );
      } while (this.#again && !this.#stopped);
    } catch (error) {
      const gone = error instanceof StatusError && error.status.code === 404;
      nextMs = gone ? reportMs : lookMs;
      if (!this.#stopped && !isTooMany(error)) trouble(`status of node ${settings.name}`, error);
    } finally {
      this.#busy = false;
      if (!this.#stopped) this.#in(this.#problems().length > 0 ? lookMs : nextMs);
    }
  }

  #tellSchedulable(node: Node | undefined): void {
    if (node === undefined) return;
    const unschedulable = node.spec?.unschedulable === true;
    if (this.#unschedulable === unschedulable) return;
    this.#unschedulable = unschedulable;
    const reason = unschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable';
    const { name } = this.#context.settings;
    this.#context.event(this.#reference(), 'Normal', reason, `Node ${name} status is now: ${reason}`);
  }
}

const readyOf = (node: Node): NodeCondition | undefined =>
  node.status?.conditions?.find(({ type }) => type === 'Ready');
