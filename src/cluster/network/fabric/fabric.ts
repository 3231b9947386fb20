import type { Clock } from '../../../base/clock.ts';
import type { Node } from '../../../kube/api/core-v1.ts';
import type { Informer } from '../../../kube/informer.ts';
import { cidrContains, parseCIDR, parseIP } from '../../../kube/ip.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { NetworkError, type NetworkPod } from '../contract.ts';
import { AddressRange } from './addresses.ts';
import { type Live, Namespace } from './namespace.ts';
import type { Protocol } from './port-table.ts';

export type StoredNode = Node & KubeObject;
export type NodeState = 'up' | 'off' | 'isolated';

/** The index of nodes by their addresses. */
export const byNodeIp = 'ip';
export const addressesOfNode = ({ status }: StoredNode): readonly string[] =>
  (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);

/** What Linux waits for an answer on an open connection before it gives up (tcp_retries2). */
const giveUpMs = 924_600;

/** Who is where, and which ways are open. */
export class Fabric {
  readonly #nodes: Informer<StoredNode>;
  readonly #clock: Clock;
  readonly #ranges = new Map<string, AddressRange>();
  readonly #pods = new Map<string, Namespace>();
  readonly #hosts = new Map<string, Namespace>();
  /** Addresses that nodes were said to have, for as long as their objects do not say any. */
  readonly #toldIps = new Map<string, string>();
  readonly #nodeOfToldIp = new Map<string, string>();
  readonly #machines = new Map<string, Namespace>();
  readonly #hostPorts = new Map<string, { readonly ip: string; readonly port: number }>();
  readonly #states = new Map<string, NodeState>();
  readonly #lives = new Set<Live>();

  constructor(nodes: Informer<StoredNode>, clock: Clock) {
    this.#nodes = nodes;
    this.#clock = clock;
  }

  host(node: string): Namespace {
    let host = this.#hosts.get(node);
    if (host === undefined) {
      host = new Namespace(() => this.nodeIp(node), node, undefined);
      this.#hosts.set(node, host);
    }
    return host;
  }

  /** '' while nobody knows it. */
  nodeIp(node: string): string {
    const stored = this.#nodes.get('', node);
    return (stored && addressesOfNode(stored)[0]) ?? this.#toldIps.get(node) ?? '';
  }

  tellIp(node: string, ip: string): void {
    this.#nodeOfToldIp.delete(this.#toldIps.get(node) ?? '');
    this.#toldIps.set(node, ip);
    this.#nodeOfToldIp.set(ip, node);
  }

  zoneOf(node: string): string {
    return this.#nodes.get('', node)?.metadata.labels?.['topology.kubernetes.io/zone'] ?? '';
  }

  podCidrOf(node: string): string | undefined {
    return this.#nodes.get('', node)?.spec?.podCIDR;
  }

  /** A machine that is no node: a master, or the learner's own. */
  machine(ip: string): Namespace {
    let machine = this.#machines.get(ip);
    if (machine === undefined) {
      machine = new Namespace(ip, undefined, undefined);
      this.#machines.set(ip, machine);
    }
    return machine;
  }

  attachPod(pod: NetworkPod): Namespace {
    const cidr = this.podCidrOf(pod.node);
    if (cidr === undefined || cidr === '')
      throw new NetworkError(
        'NetworkNotReady',
        pod.node,
        'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
      );
    let range = this.#ranges.get(cidr);
    if (range === undefined) {
      range = new AddressRange(cidr);
      this.#ranges.set(cidr, range);
    }
    const ports = (pod.hostPorts ?? []).map((one) => hostPortKey(pod.node, one.protocol, one.hostPort));
    const taken = ports.find((key) => this.#hostPorts.has(key));
    if (taken !== undefined) throw new NetworkError('EADDRINUSE', taken, `host port ${taken} is taken`);
    const ip = range.take();
    const namespace = new Namespace(ip, pod.node, pod);
    this.#pods.set(ip, namespace);
    for (const one of pod.hostPorts ?? [])
      this.#hostPorts.set(hostPortKey(pod.node, one.protocol, one.hostPort), { ip, port: one.containerPort });
    return namespace;
  }

  detachPod(namespace: Namespace): void {
    const { ip, pod } = namespace;
    if (pod === undefined || this.#pods.get(ip) !== namespace) return;
    this.#pods.delete(ip);
    for (const one of pod.hostPorts ?? [])
      this.#hostPorts.delete(hostPortKey(pod.node, one.protocol, one.hostPort));
    for (const range of this.#ranges.values()) range.give(ip);
  }

  podAt(ip: string): Namespace | undefined {
    return this.#pods.get(ip);
  }

  /** A node's or another machine's own. */
  machineAt(ip: string): Namespace | undefined {
    const named = this.#nodes.byIndex(byNodeIp, ip)[0]?.metadata.name;
    if (named !== undefined) return this.host(named);
    const told = this.#nodeOfToldIp.get(ip);
    return told !== undefined && this.nodeIp(told) === ip ? this.host(told) : this.#machines.get(ip);
  }

  hostPort(node: string, protocol: Protocol, port: number): { ip: string; port: number } | undefined {
    return this.#hostPorts.get(hostPortKey(node, protocol, port));
  }

  /** The node whose range an address is of. */
  nodeOfRange(ip: string): string | undefined {
    const address = parseIP(ip);
    if (address === undefined) return undefined;
    for (const { metadata, spec } of this.#nodes.list()) {
      const cidr = parseCIDR(spec?.podCIDR ?? '');
      if (cidr !== undefined && cidrContains(cidr, address)) return metadata.name;
    }
    return undefined;
  }

  state(node: string): NodeState {
    return this.#states.get(node) ?? 'up';
  }

  /** Whether packets get from one to the other; undefined is a machine that is always on. */
  isOpen(from: string | undefined, to: string | undefined): boolean {
    const [a, b] = [from, to].map((node) => (node === undefined ? 'up' : this.state(node)));
    return from === to ? a !== 'off' : a === 'up' && b === 'up';
  }

  setState(node: string, state: NodeState): void {
    if (state === 'up') this.#states.delete(node);
    else this.#states.set(node, state);
    const cut: Live[] = [];
    for (const live of this.#lives) {
      if (live.fromNode !== node && live.toNode !== node) continue;
      const open = this.isOpen(live.fromNode, live.toNode);
      live.setOpen(open);
      if (!open) cut.push(live);
    }
    if (cut.length === 0) return;
    this.#clock.after(giveUpMs, () => {
      for (const live of cut)
        if (this.#lives.has(live) && !this.isOpen(live.fromNode, live.toNode)) live.reset('ETIMEDOUT');
    });
  }

  /** Follows something under way until the result is called. */
  follow(live: Live): () => void {
    this.#lives.add(live);
    return () => this.#lives.delete(live);
  }

  close(): void {
    for (const live of [...this.#lives]) live.reset('ECONNRESET');
  }
}

const hostPortKey = (node: string, protocol: Protocol, port: number): string => `${node} ${protocol}/${port}`;
