import type { Node } from '../../../kube/api/core-v1.ts';
import type { Labels } from '../../../kube/selectors/requirement.ts';
import { copyPorts, freePorts, takePorts, type UsedPorts } from './host-ports.ts';
import type { PodInfo } from './pod-info.ts';
import { amountOf, type Resources, resourcesOf } from './resources.ts';

/** A node and the Pods on it, added up. What plugins see: they never change it. Mirrors NodeInfo of pkg/scheduler/framework. */
export interface NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly allocatable: Resources;
  /** How many Pods it takes. */
  readonly podRoom: number;
  readonly pods: readonly PodInfo[];
  readonly podsWithAffinity: readonly PodInfo[];
  readonly podsWithRequiredAntiAffinity: readonly PodInfo[];
  readonly requested: Resources;
  /** With each container that asks for nothing counted as a little. */
  readonly assumed: { readonly cpu: number; readonly memory: number };
  readonly usedPorts: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** `namespace/name` of the claims that its Pods use, and by how many. */
  readonly claims: ReadonlyMap<string, number>;
  /** For trials: a copy that may be changed. */
  clone(): NodeCounter;
}

interface MutableResources {
  cpu: number;
  memory: number;
  storage: number;
  scalars: Map<string, number> | undefined;
}

const noNode: Node = { spec: {}, status: {} };

/** The one who counts. `seal` gives it to readers; whoever changes it later works on a copy. */
export class NodeCounter implements NodeInfo {
  node: Node = noNode;
  name: string;
  labels: { readonly [key: string]: string } = {};
  allocatable: Resources = resourcesOf(undefined);
  podRoom = 0;
  /** False: only Pods that name it are known. */
  exists = false;
  sealed = false;
  pods: PodInfo[] = [];
  podsWithAffinity: PodInfo[] = [];
  podsWithRequiredAntiAffinity: PodInfo[] = [];
  requested: MutableResources = { cpu: 0, memory: 0, storage: 0, scalars: undefined };
  assumed = { cpu: 0, memory: 0 };
  usedPorts: UsedPorts = new Map();
  claims = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  clone(): NodeCounter {
    const copy = new NodeCounter(this.name);
    copy.node = this.node;
    copy.labels = this.labels;
    copy.allocatable = this.allocatable;
    copy.podRoom = this.podRoom;
    copy.exists = this.exists;
    copy.pods = [...this.pods];
    copy.podsWithAffinity = [...this.podsWithAffinity];
    copy.podsWithRequiredAntiAffinity = [...this.podsWithRequiredAntiAffinity];
    const { cpu, memory, storage, scalars } = this.requested;
    copy.requested = { cpu, memory, storage, scalars: scalars === undefined ? undefined : new Map(scalars) };
    copy.assumed = { ...this.assumed };
    copy.usedPorts = copyPorts(this.usedPorts);
    copy.claims = new Map(this.claims);
    return copy;
  }

  /** undefined: the node is gone, its Pods may still be there. */
  setNode(node: Node | undefined): void {
    this.exists = node !== undefined;
    this.node = node ?? noNode;
    this.labels = (node?.metadata?.labels as Labels) ?? {};
    const allocatable = node?.status?.allocatable;
    this.allocatable = resourcesOf(allocatable);
    this.podRoom = amountOf('pods', allocatable?.['pods'] ?? '0');
  }

  addPod(info: PodInfo): void {
    this.pods.push(info);
    if (info.needs.hasPodAffinity) this.podsWithAffinity.push(info);
    if (info.needs.requiredAntiAffinity.length > 0) this.podsWithRequiredAntiAffinity.push(info);
    this.#count(info, 1);
    takePorts(this.usedPorts, info.needs.ports);
  }

  /** By UID. False: it was not here. */
  removePod(info: PodInfo): boolean {
    if (!remove(this.pods, info.uid)) return false;
    if (info.needs.hasPodAffinity) remove(this.podsWithAffinity, info.uid);
    if (info.needs.requiredAntiAffinity.length > 0) remove(this.podsWithRequiredAntiAffinity, info.uid);
    this.#count(info, -1);
    freePorts(this.usedPorts, info.needs.ports);
    return true;
  }

  #count({ namespace, needs }: PodInfo, sign: 1 | -1): void {
    const { requests, assumed, claims } = needs;
    this.requested.cpu += sign * requests.cpu;
    this.requested.memory += sign * requests.memory;
    this.requested.storage += sign * requests.storage;
    this.assumed.cpu += sign * assumed.cpu;
    this.assumed.memory += sign * assumed.memory;
    if (requests.scalars !== undefined) {
      this.requested.scalars ??= new Map();
      for (const [name, amount] of requests.scalars)
        this.requested.scalars.set(name, (this.requested.scalars.get(name) ?? 0) + sign * amount);
    }
    for (const claim of claims) {
      const key = `${namespace}/${claim}`;
      const count = (this.claims.get(key) ?? 0) + sign;
      if (count > 0) this.claims.set(key, count);
      else this.claims.delete(key);
    }
  }
}

/** The last one takes its place: nobody counts on an order. */
function remove(pods: PodInfo[], uid: string): boolean {
  const at = pods.findIndex((info) => info.uid === uid);
  if (at < 0) return false;
  const last = pods.pop();
  if (last !== undefined && at < pods.length) pods[at] = last;
  return true;
}
