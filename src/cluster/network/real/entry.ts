import type { Socket } from 'node:net';
import type { Random } from '../../../base/random.ts';
import type { Informer } from '../../../kube/informer.ts';
import { NetworkError } from '../contract.ts';
import type { Fabric, StoredNode } from '../fabric/fabric.ts';
import type { Resettable } from '../fabric/port-table.ts';
import type { Router } from '../router.ts';
import { reachOf } from '../rules/reach.ts';
import type { AddressRule } from '../rules/service-table.ts';
import type { Caller, Traffic } from '../traffic.ts';
import { splice } from './splice.ts';

/** Who connects from the learner's machine, as Pods see it: the gateway of the nodes' network. */
export const outsideIp = '192.168.0.1';

/** Brings connections from outside the cluster to a node, and through its rules to an endpoint. */
export class Entry implements Caller {
  readonly namespace = undefined;
  readonly ip = outsideIp;
  readonly closed = false;
  readonly lives = new Set<Resettable>();
  readonly #nodes: Informer<StoredNode>;
  readonly #fabric: Fabric;
  readonly #router: Router;
  readonly #traffic: Traffic;
  readonly #random: Random;

  constructor(parts: {
    readonly nodes: Informer<StoredNode>;
    readonly fabric: Fabric;
    readonly router: Router;
    readonly traffic: Traffic;
    readonly random: Random;
  }) {
    this.#nodes = parts.nodes;
    this.#fabric = parts.fabric;
    this.#router = parts.router;
    this.#traffic = parts.traffic;
    this.#random = parts.random;
  }

  /** `ruleAt`: what a node has for this port; undefined: it has not heard of it. */
  async accept(socket: Socket, ruleAt: (node: string) => AddressRule | undefined): Promise<void> {
    const gone = new AbortController();
    socket.once('close', () => gone.abort(new NetworkError('ECONNRESET', outsideIp)));
    try {
      const entry = this.#choose(ruleAt);
      if (entry === undefined) {
        socket.resetAndDestroy();
        return;
      }
      const arrival = await this.#traffic.arrive(
        this,
        this.#router.enter(entry.node, outsideIp, entry.rule),
        gone.signal,
      );
      if (!socket.destroyed) splice(socket, this.#traffic.openBytes(this, arrival));
    } catch {
      // Refused, or given up: what a client sees of it is that the connection ends.
      socket.resetAndDestroy();
    }
  }

  /** As a balancer in front of the nodes does: with policy Local only nodes that have an endpoint themselves. */
  #choose(
    ruleAt: (node: string) => AddressRule | undefined,
  ): { readonly node: string; readonly rule: AddressRule } | undefined {
    const up = this.#nodes
      .list()
      .map(({ metadata }) => metadata.name ?? '')
      .filter((node) => this.#fabric.state(node) === 'up');
    // Thousands of nodes have the same rules: one is asked, and the next only when it has none.
    const first = this.#random.int(Math.max(1, up.length));
    const turn = [...up.slice(first), ...up.slice(0, first)];
    const found = firstOf(turn, ruleAt);
    if (found?.rule.port.externalLocal !== true) return found;
    const near = new Set(found.rule.port.endpoints.map(({ node }) => node));
    const local = firstOf(
      turn.filter((node) => near.has(node)),
      (node) => {
        const rule = ruleAt(node);
        return rule && reachOf(rule.port, { name: node, zone: '' }).local.length > 0 ? rule : undefined;
      },
    );
    return local ?? found;
  }
}

function firstOf(
  nodes: readonly string[],
  ruleAt: (node: string) => AddressRule | undefined,
): { readonly node: string; readonly rule: AddressRule } | undefined {
  for (const node of nodes) {
    const rule = ruleAt(node);
    if (rule !== undefined) return { node, rule };
  }
  return undefined;
}
