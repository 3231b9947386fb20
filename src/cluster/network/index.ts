import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubeClient } from '../../kube/client.ts';
import { keyOf } from '../../kube/informer.ts';
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
import { ProbeRefused, type ProbeReport, parseProbeUrl, probe } from './probe.ts';
import { openOutside } from './real/outside.ts';
import type { RealPort } from './real/real-ports.ts';
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
  /**
   * Whether every Service of type LoadBalancer gets an address, on 127.0.0.1. Otherwise they stay `<pending>`, but for those of
   * `loadBalancerClass: curso-k8s/loopback`.
   */
  readonly loadBalancers?: boolean;
  /** Where on 127.0.0.1 Ingresses of class `curso` are served (0, or when it is taken: any). Undefined: they are not. */
  readonly ingressPort?: number;
  /** Whether the address of the cluster's DNS answers by itself while there is no Service `kube-dns`. Default true. */
  readonly builtInDns?: boolean;
  /** Something that should not happen and is tried again. */
  readonly trouble: (what: string, error: unknown) => void;
}

/**
 * The network of a cluster: one for all nodes. It follows the API; what it was last told holds while the API is away.
 *
 *   fabric/   addresses, ports, connections, ways that can be cut      rules/   what kube-proxy does on each node
 *   dns/      CoreDNS and the stub resolver                            policy/  NetworkPolicies
 *   router.ts where a packet ends up, step by step                     traffic.ts opens connections along that way
 *   http/     messages ↔ bytes                                         real/, ingress/  what listens on this machine's loopback
 */
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
  /** One GET from inside a Pod that runs. Rejects with `ProbeRefused`, or with the signal's reason. `timeoutMs`: 5 s by default. */
  probe(
    pod: { readonly namespace: string; readonly name: string },
    url: string,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<ProbeReport>;
  /** What listens on this machine's 127.0.0.1, or should. */
  ports(): readonly RealPort[];
  /** The rules that kube-proxy has on that node now, as iptables-save prints them. */
  rulesOf(node: string): string;
  close(): Promise<void>;
}

/** Where the control plane speaks from. */
const controlPlaneIp = '192.168.0.1';
const probeMs = 5_000;
const noResolver: Resolver = { nameservers: [], searches: [], ndots: 1 };

export function createClusterNetwork(options: ClusterNetworkOptions): ClusterNetwork {
  const { clock, random } = options;
  const informers = createNetworkInformers({ ...options, ingress: serveIngress(options) });
  const fabric = new Fabric(informers.nodes, clock);
  const table = new ServiceTable(informers.services, informers.slices);
  const router = new Router(fabric, table, new PolicyEnforcer(informers), clock, random);
  const traffic = new Traffic(fabric, router, clock);
  const names = new NameService({ ...options, zone: informers, router, fabric });
  const machines = new Map<Namespace, Attachment>();
  const attached = new Map<string, Attachment>();
  const stoppedProxies = new Set<string>();
  const outside = options.realPorts
    ? openOutside({ ...options, informers, fabric, table, router, traffic })
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
      const key = keyOf(pod.namespace, pod.name);
      const namespace = pod.hostNetwork === true ? fabric.host(pod.node) : fabric.attachPod(pod);
      const attachment = new Attachment(namespace, pod.resolver, traffic, names, () => {
        fabric.detachPod(namespace);
        if (attached.get(key) === attachment) attached.delete(key);
      });
      attached.set(key, attachment);
      return attachment;
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
    async probe({ namespace, name }, url, { timeoutMs = probeMs, ...given } = {}) {
      const target = parseProbeUrl(url);
      const from = attached.get(keyOf(namespace, name));
      if (from === undefined) throw new ProbeRefused('no such Pod', `${namespace}/${name}`);
      return probe({ router, traffic, clock }, from, target, { timeoutMs, ...given });
    },
    ports: () => outside?.ports() ?? [],
    async close() {
      informers.stop();
      await outside?.close();
      fabric.close();
    },
  };
}

const serveIngress = ({ realPorts, ingressPort }: ClusterNetworkOptions): boolean =>
  realPorts && ingressPort !== undefined;
