import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Pod } from '../kube/api/core-v1.ts';
import { createClient } from '../kube/create-client.ts';
import { failure } from '../kube/status.ts';
import type { Transport } from '../kube/transport.ts';
import type { KubeletApi, NodeAccess, ProxyRequest, ProxyResponse } from './apiserver/node-access.ts';
import {
  type ClusterSettings,
  FaultRefused,
  type NodeAction,
  type NodeStatus,
  type PortStatus,
  type ProbeReport,
} from './control/contract.ts';
import type { Disks } from './disks.ts';
import { createNodePool, type NodePool } from './kubelet/index.ts';
import { createSimulatedRuntime, loadCatalogue, RealMemory } from './kubelet/runtimes/simulated/index.ts';
import { clusterDnsIp, clusterDomain, NetworkError, type NetworkInterface } from './network/contract.ts';
import { type ClusterNetwork, createClusterNetwork } from './network/index.ts';
import { nodeSpecs, usualSize } from './node-specs.ts';
import { didYouMean } from './options.ts';
import { probeRefusal, probeReport } from './probe-text.ts';
import { kubernetesVersion } from './version.ts';

export interface MachinesOptions {
  /** To whichever API server answers. */
  readonly transport: Transport;
  /** How many nodes. */
  readonly nodes: number;
  /** Folders of image catalogues; a later one wins. Missing ones are empty. */
  readonly images: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly delays?: 'none';
  /** How CoreDNS is installed. Undefined: it is not, and its address answers by itself. */
  readonly dns?: ClusterSettings['dns'];
  /** What is kept of their files. */
  readonly disks: Disks;
  trouble(what: string, error: unknown): void;
  /** Something the learner should know, in Spanish. */
  notice(text: string): void;
}

/** The nodes, with their network: what the control plane is for. */
export interface Machines extends NodeAccess {
  /** Rejects with `FaultRefused`. */
  fault(node: string, action: NodeAction): Promise<void>;
  power(node: string): NodeStatus['power'];
  /** Manifests of a node's static Pods, by file. */
  setManifests(node: string, manifests: ReadonlyMap<string, Pod>): void;
  /** A machine of their network that is no node. */
  machine(ip: string): NetworkInterface;
  ports(): readonly PortStatus[];
  /** Throws `FaultRefused` when there is no such node. */
  rules(node: string): string;
  /** Rejects with `FaultRefused`. */
  probe(pod: { readonly namespace: string; readonly name: string }, url: string): Promise<ProbeReport>;
  stop(): Promise<void>;
}

/** What the machines resolve names outside of the cluster with: nobody, nothing leaves this computer. */
const hostDns = { nameservers: [], searches: [] };

/** A kubelet that is to make nobody wait looks this often at its containers. */
const promptMs = 20;

export async function startMachines(options: MachinesOptions): Promise<Machines> {
  const { transport, clock, random, trouble, notice } = options;
  const identity = { name: 'system:machines', groups: ['system:masters'], via: 'InProcess' };
  const client = createClient(transport, { identity, userAgent: 'kube-proxy/v1.32 (curso-k8s)' });
  const network = createClusterNetwork({
    client,
    clock,
    random,
    realPorts: true,
    ingressPort: 0,
    trouble,
    builtInDns: options.dns === undefined,
  });
  const catalogue = await loadCatalogue(options.images, notice);
  const specs = nodeSpecs(options.nodes);
  const real = new RealMemory();
  const pool = createNodePool({
    transport,
    clock,
    random,
    network,
    createRuntime: (name) => {
      const { cpuMilli, memoryBytes } = specs.find((spec) => spec.name === name) ?? usualSize;
      const node = {
        name,
        cpus: cpuMilli / 1000,
        memoryBytes,
        ...(options.delays === undefined ? {} : { delays: options.delays }),
      };
      return createSimulatedRuntime({
        clock,
        random,
        catalogue,
        network,
        node,
        disks: options.disks.machine(name),
        real,
        unknownImage: (image, hint) => notice(`imagen ${image}: ${hint}`),
      });
    },
    trouble,
    clusterDns: clusterDnsIp,
    clusterDomain,
    hostDns,
    version: kubernetesVersion.gitVersion,
    ...(options.delays === undefined ? {} : { relistMs: promptMs }),
  });
  for (const spec of specs) pool.add(spec);
  return new Nodes(pool, network, new Map(specs.map(({ name, ip }) => [name, ip])));
}

class Nodes implements Machines {
  readonly #pool: NodePool;
  readonly #network: ClusterNetwork;
  readonly #addresses: ReadonlyMap<string, string>;

  constructor(pool: NodePool, network: ClusterNetwork, addresses: ReadonlyMap<string, string>) {
    this.#pool = pool;
    this.#network = network;
    this.#addresses = addresses;
  }

  kubelet(node: string): KubeletApi {
    const kubelet = this.#pool.get(node);
    if (kubelet === undefined) throw unreachable(`lookup ${node}`, 'no such host');
    if (kubelet.state === 'on') return kubelet;
    const address = `${this.#addresses.get(node) ?? node}:10250`;
    throw kubelet.state === 'stopped'
      ? unreachable(address, 'connect: connection refused')
      : unreachable(address, kubelet.state === 'off' ? 'connect: no route to host' : 'i/o timeout');
  }

  async http(ip: string, port: number, request: ProxyRequest, signal: AbortSignal): Promise<ProxyResponse> {
    try {
      return await this.#network.http(ip, port, request, signal);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw failure(503, 'ServiceUnavailable', `dial tcp ${ip}:${port}: ${dialText(error)}`);
    }
  }

  nodes(): readonly string[] {
    return this.#pool.list().flatMap(({ name, state }) => (state === 'on' ? [name] : []));
  }

  async fault(node: string, action: NodeAction): Promise<void> {
    const kubelet = this.#kubelet(node);
    const { state, name } = kubelet;
    switch (action) {
      case 'apagar':
        if (state === 'off') throw new FaultRefused(`${name} ya está apagado.`);
        kubelet.powerOff();
        this.#network.setNode(name, 'off');
        break;
      case 'encender':
        if (state !== 'off') throw new FaultRefused(`${name} ya está encendido.`);
        this.#network.setNode(name, 'up');
        kubelet.powerOn();
        break;
      case 'aislar':
        if (state !== 'on')
          throw new FaultRefused(`${name} ya está ${state === 'off' ? 'apagado' : 'aislado'}.`);
        kubelet.isolate();
        this.#network.setNode(name, 'isolated');
        break;
      case 'reconectar':
        if (state !== 'isolated') throw new FaultRefused(`${name} no está aislado.`);
        this.#network.setNode(name, 'up');
        kubelet.reconnect();
        break;
    }
  }

  power(node: string): NodeStatus['power'] {
    const state = this.#pool.get(node)?.state;
    if (state === undefined) return 'unknown';
    return state === 'stopped' ? 'on' : state;
  }

  setManifests(node: string, manifests: ReadonlyMap<string, Pod>): void {
    this.#pool.get(node)?.setManifests(manifests);
  }

  machine(ip: string): NetworkInterface {
    return this.#network.machine(ip);
  }

  ports(): readonly PortStatus[] {
    return this.#network.ports().map(({ kind, service, state, trouble }) => ({
      what: kind === 'ingress' ? 'ingress' : `servicio ${service}`,
      port: state.state === 'open' ? state.port : undefined,
      trouble: trouble ?? '',
    }));
  }

  rules(node: string): string {
    return this.#network.rulesOf(this.#kubelet(node).name);
  }

  async probe(pod: { readonly namespace: string; readonly name: string }, url: string): Promise<ProbeReport> {
    try {
      return probeReport(await this.#network.probe(pod, url));
    } catch (error) {
      throw probeRefusal(error, pod);
    }
  }

  async stop(): Promise<void> {
    await this.#pool.stop();
    await this.#network.close();
  }

  #kubelet(node: string) {
    const kubelet = this.#pool.get(node);
    if (kubelet !== undefined) return kubelet;
    const names = this.#pool.list().map(({ name }) => name);
    const there = names.length === 0 ? 'Este clúster no tiene nodos.' : `Hay: ${shown(names)}.`;
    throw new FaultRefused(`No hay ningún nodo «${node}». ${didYouMean([node], names)}${there}`);
  }
}

const unreachable = (address: string, why: string) =>
  failure(500, 'InternalError', `dial tcp ${address}: ${why}`);

const dialTexts: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connect: connection refused',
  ETIMEDOUT: 'i/o timeout',
  EHOSTUNREACH: 'connect: no route to host',
  ECONNRESET: 'read: connection reset by peer',
};
const dialText = ({ code, message }: NetworkError) => dialTexts[code] ?? message;

const mostShown = 12;
const shown = (names: readonly string[]) =>
  names.length <= mostShown ? names.join(', ') : `${names.slice(0, mostShown).join(', ')}… (${names.length})`;
