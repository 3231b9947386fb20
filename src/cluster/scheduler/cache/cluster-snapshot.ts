import type { NodeCounter, NodeInfo } from '../framework/node-info.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import type { ImageState, Snapshot } from '../framework/snapshot.ts';
import type { ImageStates } from './image-states.ts';
import type { ZoneOrder } from './zone-order.ts';

/** The snapshot that is kept from one attempt to the next, and follows the cache node by node. */
export class ClusterSnapshot implements Snapshot {
  nodes: NodeInfo[] = [];
  readonly #images: ImageStates;
  readonly #positions = new Map<string, number>();
  readonly #touched = new Set<string>();
  readonly #claims = new Map<string, number>();
  #ordered = false;
  #withAffinity: readonly NodeInfo[] | undefined;
  #withRequiredAntiAffinity: readonly NodeInfo[] | undefined;

  constructor(images: ImageStates) {
    this.#images = images;
  }

  get withAffinity(): readonly NodeInfo[] {
    this.#withAffinity ??= this.nodes.filter(({ podsWithAffinity }) => podsWithAffinity.length > 0);
    return this.#withAffinity;
  }

  get withRequiredAntiAffinity(): readonly NodeInfo[] {
    this.#withRequiredAntiAffinity ??= this.nodes.filter(
      ({ podsWithRequiredAntiAffinity }) => podsWithRequiredAntiAffinity.length > 0,
    );
    return this.#withRequiredAntiAffinity;
  }

  get(name: string): NodeInfo | undefined {
    const position = this.#positions.get(name);
    return position === undefined ? undefined : this.nodes[position];
  }

  usesClaim(key: string): boolean {
    return this.#claims.has(key);
  }

  image(name: string): ImageState | undefined {
    return this.#images.get(name);
  }

  /** The node is not what the last snapshot saw. */
  touch(name: string): void {
    this.#touched.add(name);
  }

  /** Nodes came, went or moved to another zone. */
  reorder(): void {
    this.#ordered = false;
  }

  countClaims({ namespace, needs }: PodInfo, sign: 1 | -1): void {
    for (const claim of needs.claims) {
      const key = `${namespace}/${claim}`;
      const count = (this.#claims.get(key) ?? 0) + sign;
      if (count > 0) this.#claims.set(key, count);
      else this.#claims.delete(key);
    }
  }

  update(counterOf: (name: string) => NodeCounter | undefined, order: ZoneOrder): void {
    if (this.#ordered && this.#touched.size === 0) return;
    this.#withAffinity = undefined;
    this.#withRequiredAntiAffinity = undefined;
    if (!this.#ordered) {
      this.#ordered = true;
      this.#positions.clear();
      this.nodes = order.list().flatMap((name) => {
        const counter = counterOf(name);
        if (counter === undefined) return [];
        counter.sealed = true;
        return counter;
      });
      for (const [position, { name }] of this.nodes.entries()) this.#positions.set(name, position);
    } else
      for (const name of this.#touched) {
        const position = this.#positions.get(name);
        const counter = counterOf(name);
        if (position === undefined || counter === undefined) continue;
        counter.sealed = true;
        this.nodes[position] = counter;
      }
    this.#touched.clear();
  }
}
