import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createEventRecorder } from '../../kube/event-recorder.ts';
import { Attachment } from './attachment.ts';
import type {
  HttpRequest,
  HttpResponse,
  Network,
  NetworkInterface,
  NetworkPod,
  Resolver,
} from './contract.ts';
import { NameService } from './dns/name-service.ts';
import { Fabric, type NodeState } from './fabric/fabric.ts';
import type { Namespace } from './fabric/namespace.ts';
import { createNetworkInformers } from './informers.ts';
import { PolicyEnforcer } from './policy/enforcer.ts';
import { Entry } from './real/entry.ts';
import { NodePorts, type RealPort } from './real/real-ports.ts';
import { Router } from './router.ts';
import { printRules } from './rules/print.ts';
import { ServiceTable } from './rules/service-table.ts';
import { Traffic } from './traffic.ts';

export interface ClusterNetworkOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Node ports, load balancers and Ingress listen on 127.0.0.1 of this machine. */
  readonly realPorts: boolean;
  /** Something that should not happen and is tried again. */
  readonly trouble: (what: string, error: unknown) => void;
}

/** The network of a cluster: one for all nodes. It follows the API; what it was last told holds while the API is away. */
export interface ClusterNetwork extends Network {
  /** Resolves when everything has been read once. */
  readonly synced: Promise<void>;
  /** A machine that is no node, for whatever serves there: the API servers. Same object for the same address. */
  machine(ip: string): NetworkInterface;
  /** One exchange from the control plane to an address of the cluster. Rejects with `NetworkError` or the signal's reason. */
  http(ip: string, port: number, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  /** A fault: switched off, or cut off from all other machines (then its rules stay as they are). */
  setNode(node: string, state: NodeState): void;
  /** Stops or starts what programs a node's rules: stopped, they stay as they are. */
  setProxy(node: string, running: boolean): void;
  /** What listens on this machine's 127.0.0.1, or should. */
  ports(): readonly RealPort[];
  /** The rules that kube-proxy has on that node now, as iptables-save prints them. */
  rulesOf(node: string): string;
  close(): Promise<void>;
}

/** Where the control plane speaks from. */
const controlPlaneIp = '192.168.0.1';
const noResolver: Resolver = { nameservers: [], searches: [], ndots: 1 };

export function createClusterNetwork(options: ClusterNetworkOptions): ClusterNetwork {
  const { clock, random } = options;
  const informers = createNetworkInformers(options);
  const fabric = new Fabric(informers.nodes, clock);
  const table = new ServiceTable(informers.services, informers.slices);
  const router = new Router(fabric, table, new PolicyEnforcer(informers), clock, random);
  const traffic = new Traffic(fabric, router, clock);
  const names = new NameService(informers, router, fabric, clock, random);
  const machines = new Map<Namespace, Attachment>();
  const stoppedProxies = new Set<string>();
  const entry = new Entry({ nodes: informers.nodes, fabric, router, traffic, random });
  const events = createEventRecorder({
    client: options.client,
    clock,
    component: 'curso-network',
    onTrouble: (error) => options.trouble('network events', error),
  });
  const nodePorts = options.realPorts
    ? new NodePorts({ table, router, services: informers.services, entry, clock, events })
    : undefined;
  informers.start();

  const machineOf = (namespace: Namespace): Attachment => {
    let known = machines.get(namespace);
    if (known === undefined) {
      known = new Attachment(namespace, noResolver, traffic, names, () => undefined);
      machines.set(namespace, known);
    }
    return known;
  };
  const followRules = (node: string) =>
    router.proxyOf(node).setFollowing(!stoppedProxies.has(node) && fabric.state(node) === 'up');
  return {
    synced: informers.synced,
    attach(pod: NetworkPod) {
      if (pod.hostNetwork === true)
        return new Attachment(fabric.host(pod.node), pod.resolver, traffic, names, () => undefined);
      const namespace = fabric.attachPod(pod);
      return new Attachment(namespace, pod.resolver, traffic, names, () => fabric.detachPod(namespace));
    },
    host(node, ip) {
      if (ip !== undefined) fabric.tellIp(node, ip);
      return machineOf(fabric.host(node));
    },
    machine: (ip) => machineOf(fabric.machine(ip)),
    http: (ip, port, request, signal) =>
      machineOf(fabric.machine(controlPlaneIp)).http(ip, port, request, signal),
    setNode(node, state) {
      fabric.setState(node, state);
      followRules(node);
    },
    setProxy(node, running) {
      if (running) stoppedProxies.delete(node);
      else stoppedProxies.add(node);
      followRules(node);
    },
    rulesOf: (node) => printRules(router.proxyOf(node).rules, { name: node, zone: fabric.zoneOf(node) }),
    ports: () => nodePorts?.list() ?? [],
    async close() {
      informers.stop();
      await nodePorts?.close();
      fabric.close();
    },
  };
}
