import type { OwnerReference } from '../../kube/api/meta-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { KnownResource } from './discovery.ts';

/** What the garbage collector knows of an object: who owns it, and whether it is on its way out. */
export interface GarbageNode {
  readonly uid: string;
  readonly resource: KnownResource;
  readonly namespace: string;
  readonly name: string;
  readonly owners: readonly OwnerReference[];
  readonly deleting: boolean;
  readonly finalizers: readonly string[];
}

export function nodeOf(resource: KnownResource, { metadata }: KubeObject): GarbageNode {
  return {
    uid: metadata.uid ?? '',
    resource,
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    owners: metadata.ownerReferences ?? [],
    deleting: metadata.deletionTimestamp !== undefined,
    finalizers: metadata.finalizers ?? [],
  };
}

/** Who depends on whom, by UID. */
export class GarbageGraph {
  readonly #nodes = new Map<string, GarbageNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GarbageNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): readonly GarbageNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((one) => this.#nodes.get(one) ?? []);
  }

  put(node: GarbageNode): void {
    this.#forgetOwners(node.uid);
    this.#nodes.set(node.uid, node);
    for (const { uid } of node.owners) {
      const dependents = this.#dependents.get(uid) ?? new Set();
      dependents.add(node.uid);
      this.#dependents.set(uid, dependents);
    }
  }

  remove(uid: string): void {
    this.#forgetOwners(uid);
    this.#nodes.delete(uid);
  }

  #forgetOwners(uid: string): void {
    for (const owner of this.#nodes.get(uid)?.owners ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
