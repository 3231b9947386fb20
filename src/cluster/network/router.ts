import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { cidrContains, parseCIDR, parseIP } from '../../kube/ip.ts';
import { serviceRange } from './contract.ts';
import type { Fabric } from './fabric/fabric.ts';
import type { Namespace } from './fabric/namespace.ts';
import type { Listener, Protocol, Resettable } from './fabric/port-table.ts';
import type { PolicyEnforcer } from './policy/enforcer.ts';
import { healthCheck } from './rules/health-check.ts';
import { NodeProxy } from './rules/node-proxy.ts';
import { type Endpoint, endpointName } from './rules/service-ports.ts';
import type { AddressRule, ServiceTable } from './rules/service-table.ts';

/** What happened to a packet on its way, for whoever wants to see it. */
export type RouteStep =
  | {
      readonly kind: 'rule';
      readonly node: string;
      /** `namespace/name:port` */
      readonly service: string;
      readonly via: AddressRule['via'];
      readonly outcome: 'endpoint' | 'reject' | 'drop';
      /** Where it could have gone. */
      readonly endpoints: readonly string[];
      readonly chosen: string | undefined;
      readonly why: string | undefined;
    }
  | {
      readonly kind: 'policy';
      readonly direction: 'ingress' | 'egress';
      readonly policies: readonly string[];
      readonly allowed: boolean;
    }
  | { readonly kind: 'host port'; readonly node: string; readonly port: number; readonly to: string }
  | { readonly kind: 'cut'; readonly from: string; readonly to: string }
  | {
      readonly kind: 'nobody';
      readonly address: string;
      readonly why: 'no such address' | 'outside' | 'no rule';
    }
  | { readonly kind: 'port'; readonly address: string; readonly open: boolean };

export interface Arrival {
  readonly kind: 'arrived';
  readonly listener: Listener;
  readonly to: Namespace;
  readonly address: string;
  /** Who the listener thinks is calling. */
  readonly peerIp: string;
}

export type Route = { readonly steps: readonly RouteStep[]; readonly address: string } & (
  | Arrival
  | { readonly kind: 'refused' | 'dropped' | 'unreachable' | 'outside' }
);

type Sent = Omit<Arrival, 'address'> | { readonly kind: Exclude<Route['kind'], 'arrived'> };

/** Who sends: undefined namespace is a client outside the cluster. */
export interface Source {
  readonly namespace: Namespace | undefined;
  readonly ip: string;
}

interface Packet {
  readonly source: Source;
  /** The node it is on; undefined: a machine that is none. */
  readonly at: string | undefined;
  readonly protocol: Protocol;
  readonly ip: string;
  readonly port: number;
  /** As the other side sees it. */
  readonly seenIp: string;
  /** kube-proxy has changed its destination: it is not looked up again. */
  readonly translated: boolean;
}

/** Where a connection ends up: rules of the node, ways between nodes, policies, ports. Decides anew each time it is asked. */
export class Router {
  readonly #fabric: Fabric;
  readonly #policies: PolicyEnforcer;
  readonly #proxies = new Map<string, NodeProxy>();
  readonly #newProxy: () => NodeProxy;

  constructor(fabric: Fabric, table: ServiceTable, policies: PolicyEnforcer, clock: Clock, random: Random) {
    this.#fabric = fabric;
    this.#policies = policies;
    this.#newProxy = () => new NodeProxy(table, clock, random);
  }

  /** '' is a machine that is no node, which has the rules too. */
  proxyOf(node: string): NodeProxy {
    let proxy = this.#proxies.get(node);
    if (proxy === undefined) {
      proxy = this.#newProxy();
      this.#proxies.set(node, proxy);
    }
    return proxy;
  }

  /** From inside the cluster. */
  route(source: Source, protocol: Protocol, ip: string, port: number): Route {
    const steps: RouteStep[] = [];
    const at = source.namespace?.node;
    const packet = { source, at, protocol, ip, port, seenIp: source.ip, translated: false };
    return { steps, address: `${ip}:${port}`, ...this.#send(packet, steps) };
  }

  /**
   * An ICMP echo: machines and Pods answer it, cluster addresses do not (they are only rules for ports). Policies that let
   * anything but certain ports through let it through.
   */
  echo(source: Source, ip: string): 'arrived' | 'dropped' | 'unreachable' | 'outside' {
    const from = source.namespace;
    if (from !== undefined && (ip === from.ip || ip.startsWith('127.'))) return 'arrived';
    const to = this.#fabric.podAt(ip) ?? this.#fabric.machineAt(ip);
    if (to === undefined) {
      const packet = {
        source,
        at: from?.node,
        protocol: 'TCP' as const,
        ip,
        port: 0,
        seenIp: '',
        translated: true,
      };
      const { kind } = this.#nobody(packet, []);
      return kind === 'refused' ? 'dropped' : kind;
    }
    if (!this.#fabric.isOpen(from?.node, to.node)) return 'dropped';
    const icmp = { port: 0, protocol: 'ICMP' as const };
    return this.#policies.check(from, source.ip, to, ip, icmp).allowed ? 'arrived' : 'dropped';
  }

  /** A connection from outside the cluster that has come to `node` and meets one of its rules. */
  enter(node: string, clientIp: string, rule: AddressRule): Route {
    const steps: RouteStep[] = [];
    const source = { namespace: undefined, ip: clientIp };
    const ip = this.#fabric.nodeIp(node);
    const port = rule.via === 'node port' ? rule.port.nodePort : rule.port.port;
    const packet = {
      source,
      at: node,
      protocol: rule.port.protocol,
      ip,
      port,
      seenIp: clientIp,
      translated: false,
    };
    return { steps, address: `${ip}:${port}`, ...this.#translate(rule, packet, steps) };
  }

  /** Whether an address is one of the cluster's: a Service's, a Pod's or one that a Pod could have. */
  knows(source: Source, ip: string): boolean {
    return (
      isInServiceRange(ip) ||
      ip.startsWith('127.') ||
      this.#fabric.podAt(ip) !== undefined ||
      this.#fabric.nodeOfRange(ip) !== undefined ||
      source.namespace?.ip === ip
    );
  }

  #send(packet: Packet, steps: RouteStep[]): Sent {
    const from = packet.source.namespace;
    const loopback = packet.ip.startsWith('127.');
    if (from !== undefined && (loopback || packet.ip === from.ip)) return this.#inside(from, packet, steps);
    if (loopback) return this.#nobody(packet, steps);
    if (!packet.translated) {
      const rule = this.proxyOf(packet.at ?? '').rules.atAddress(packet.protocol, packet.ip, packet.port);
      if (rule !== undefined) return this.#translate(rule, packet, steps);
    }
    const pod = this.#fabric.podAt(packet.ip);
    if (pod !== undefined) return this.#deliver(pod, packet, steps);
    const machine = this.#fabric.machineAt(packet.ip);
    return machine === undefined ? this.#nobody(packet, steps) : this.#atMachine(machine, packet, steps);
  }

  /** Through `lo`, or to the own address. */
  #inside(from: Namespace, packet: Packet, steps: RouteStep[]): Sent {
    if (from.pod === undefined && from.node !== undefined && !packet.translated) {
      const forwarded = this.#forwarded(packet, steps);
      if (forwarded !== undefined) return forwarded;
    }
    const listener = from.ports.find(packet.protocol, packet.port, true);
    return this.#knock(
      listener,
      from,
      { ...packet, seenIp: packet.translated ? packet.seenIp : packet.ip },
      steps,
    );
  }

  #atMachine(machine: Namespace, packet: Packet, steps: RouteStep[]): Sent {
    if (!this.#isOpen(packet.at, machine.node, steps)) return dropped;
    // Pods leave their network with their node's address, also through a Service.
    const leaves =
      packet.source.namespace?.pod !== undefined &&
      packet.at !== machine.node &&
      packet.seenIp === packet.source.ip;
    const arrived = {
      ...packet,
      at: machine.node,
      seenIp: leaves ? this.#fabric.nodeIp(packet.at ?? '') : packet.seenIp,
    };
    if (machine.node !== undefined && !packet.translated) {
      const forwarded = this.#forwarded(arrived, steps);
      if (forwarded !== undefined) return forwarded;
    }
    return this.#deliver(machine, arrived, steps);
  }

  /** Node ports and host ports of the node that a packet has come to. */
  #forwarded(packet: Packet, steps: RouteStep[]): Sent | undefined {
    const { at: node = '', protocol, port } = packet;
    const rule = this.proxyOf(node).rules.atNodePort(protocol, port);
    if (rule !== undefined) return this.#translate(rule, packet, steps);
    const checked = protocol === 'TCP' ? this.proxyOf(node).rules.atHealthPort(port) : undefined;
    if (checked !== undefined) {
      const server = healthCheck(checked, node);
      const listener = {
        port,
        protocol,
        loopback: false,
        server,
        owner: this,
        accepted: new Set<Resettable>(),
      };
      return this.#knock(listener, this.#fabric.host(node), packet, steps);
    }
    const hostPort = this.#fabric.hostPort(node, protocol, port);
    if (hostPort === undefined) return undefined;
    steps.push({ kind: 'host port', node, port, to: endpointName(hostPort) });
    return this.#send({ ...packet, ...hostPort, translated: true }, steps);
  }

  #translate(rule: AddressRule, packet: Packet, steps: RouteStep[]): Sent {
    const { source, at = '' } = packet;
    const node = { name: at, zone: this.#fabric.zoneOf(at) };
    // From another node's own processes a packet looks like any other from outside.
    const from = source.namespace;
    const inside = from !== undefined && (from.pod !== undefined || from.node === packet.at);
    const { outcome, chosen } = this.proxyOf(at).decide(rule, node, inside ? 'inside' : 'outside', source.ip);
    steps.push({
      kind: 'rule',
      node: at,
      service: rule.port.name,
      via: rule.via,
      outcome: outcome.kind === 'endpoints' ? 'endpoint' : outcome.kind,
      endpoints: outcome.kind === 'endpoints' ? outcome.endpoints.map(endpointName) : [],
      chosen: chosen && endpointName(chosen),
      why: outcome.kind === 'endpoints' ? undefined : outcome.why,
    });
    if (chosen === undefined) return { kind: outcome.kind === 'drop' ? 'dropped' : 'refused' };
    const seenIp = this.#seenAfter(rule, chosen, packet, inside);
    return this.#send({ ...packet, ip: chosen.ip, port: chosen.port, seenIp, translated: true }, steps);
  }

  /** MASQUERADE: when the answer would not come back the same way. */
  #seenAfter({ port, via }: AddressRule, chosen: Endpoint, packet: Packet, inside: boolean): string {
    const { source, at, seenIp } = packet;
    const nodeIp = at === undefined ? seenIp : this.#fabric.nodeIp(at);
    const hairpin = chosen.ip === source.ip;
    if (via === 'cluster IP') return hairpin ? nodeIp : seenIp;
    if (!port.externalLocal || hairpin) return nodeIp;
    return inside && source.namespace?.pod === undefined ? nodeIp : seenIp;
  }

  #deliver(to: Namespace, packet: Packet, steps: RouteStep[]): Sent {
    if (!this.#isOpen(packet.at, to.node, steps)) return dropped;
    const { namespace: from, ip } = packet.source;
    const verdict = this.#policies.check(from, ip, to, packet.ip, packet);
    if (verdict.direction !== undefined)
      steps.push({
        kind: 'policy',
        direction: verdict.direction,
        policies: verdict.policies,
        allowed: verdict.allowed,
      });
    if (!verdict.allowed) return dropped;
    return this.#knock(to.ports.find(packet.protocol, packet.port, from === to), to, packet, steps);
  }

  #knock(listener: Listener | undefined, to: Namespace, packet: Packet, steps: RouteStep[]): Sent {
    steps.push({ kind: 'port', address: endpointName(packet), open: listener !== undefined });
    if (listener === undefined) return { kind: 'refused' };
    return { kind: 'arrived', listener, to, peerIp: packet.seenIp };
  }

  #isOpen(from: string | undefined, to: string | undefined, steps: RouteStep[]): boolean {
    if (this.#fabric.isOpen(from, to)) return true;
    steps.push({ kind: 'cut', from: from ?? '', to: to ?? '' });
    return false;
  }

  #nobody({ ip, port, at }: Packet, steps: RouteStep[]): Sent {
    const address = `${ip}:${port}`;
    const node = this.#fabric.nodeOfRange(ip);
    if (node !== undefined) {
      if (!this.#isOpen(at, node, steps)) return dropped;
      steps.push({ kind: 'nobody', address, why: 'no such address' });
      return { kind: 'unreachable' };
    }
    const inServiceRange = isInServiceRange(ip);
    // iptables leaves what no rule takes to the routing table: it is never answered.
    steps.push({ kind: 'nobody', address, why: inServiceRange ? 'no rule' : 'outside' });
    return inServiceRange ? dropped : { kind: 'outside' };
  }
}

const dropped = { kind: 'dropped' as const };

function isInServiceRange(ip: string): boolean {
  const [range, address] = [parseCIDR(serviceRange), parseIP(ip)];
  return range !== undefined && address !== undefined && cidrContains(range, address);
}
