import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { createClient } from '../kube/create-client.ts';
import type { Transport } from '../kube/transport.ts';
import type { KubeletApi, NodeAccess, ProxyRequest, ProxyResponse } from './apiserver/node-access.ts';
import { noNodes } from './apiserver/node-access.ts';
import { FaultRefused, type NodeAction, type NodeStatus, type ProbeReport } from './control/contract.ts';
import { type ClusterNetwork, createClusterNetwork } from './network/index.ts';

export interface MachinesOptions {
  /** To whichever API server answers. */
  readonly transport: Transport;
  /** How many nodes. */
  readonly nodes: number;
  readonly clock: Clock;
  readonly random: Random;
  trouble(what: string, error: unknown): void;
}

/** The nodes, with their network: what the control plane is for. */
export interface Machines extends NodeAccess {
  /** Rejects with `FaultRefused`. */
  fault(node: string, action: NodeAction): Promise<void>;
  power(node: string): NodeStatus['power'];
  /** Throws `FaultRefused` when there is no such node. */
  rules(node: string): string;
  probe(pod: { readonly namespace: string; readonly name: string }, url: string): Promise<ProbeReport>;
  stop(): Promise<void>;
}

export function startMachines(options: MachinesOptions): Machines {
  const { clock, random, trouble } = options;
  const identity = { name: 'system:machines', groups: ['system:masters'], via: 'InProcess' };
  const client = createClient(options.transport, { identity, userAgent: 'kube-proxy/v1.32 (curso-k8s)' });
  const network =
    options.nodes === 0
      ? undefined
      : createClusterNetwork({ client, clock, random, realPorts: true, trouble });
  return new Nodes(network);
}

class Nodes implements Machines {
  readonly #network: ClusterNetwork | undefined;

  constructor(network: ClusterNetwork | undefined) {
    this.#network = network;
  }

  kubelet(node: string): KubeletApi {
    return noNodes.kubelet(node);
  }

  async http(ip: string, port: number, request: ProxyRequest, signal: AbortSignal): Promise<ProxyResponse> {
    return noNodes.http(ip, port, request, signal);
  }

  nodes(): readonly string[] {
    return [];
  }

  async fault(node: string, _action: NodeAction): Promise<void> {
    throw new FaultRefused(`No hay ningún nodo «${node}».`);
  }

  power(_node: string): NodeStatus['power'] {
    return 'unknown';
  }

  rules(node: string): string {
    throw new FaultRefused(`No hay ningún nodo «${node}».`);
  }

  probe(): Promise<ProbeReport> {
    return Promise.reject(new FaultRefused('No hay Pods.'));
  }

  async stop(): Promise<void> {
    await this.#network?.close();
  }
}
