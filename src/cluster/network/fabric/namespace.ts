import type { NetworkPod } from '../contract.ts';
import { PortTable, type Resettable } from './port-table.ts';

/** A network namespace: a Pod's, a node's own, or that of a machine beside the nodes (a master). */
export class Namespace {
  /** Undefined: no node of the cluster. */
  readonly node: string | undefined;
  /** Undefined: a machine's own. */
  readonly pod: NetworkPod | undefined;
  readonly ports = new PortTable();
  readonly #ip: string | (() => string);

  /** A node's address may become known later. */
  constructor(ip: string | (() => string), node: string | undefined, pod: NetworkPod | undefined) {
    this.#ip = ip;
    this.node = node;
    this.pod = pod;
  }

  get ip(): string {
    return typeof this.#ip === 'string' ? this.#ip : this.#ip();
  }
}

/** Something under way between two namespaces, which a fault may stop or end. */
export interface Live extends Resettable {
  /** Undefined: a node that cannot be cut off. */
  readonly fromNode: string | undefined;
  readonly toNode: string | undefined;
  setOpen(open: boolean): void;
}
