import type { Node } from '../../../kube/api/core-v1.ts';
import type { ImageState } from '../framework/snapshot.ts';

/** Which nodes have which images, by each of their names. */
export class ImageStates {
  readonly #states = new Map<string, { readonly sizeBytes: number; readonly nodes: Set<string> }>();

  get(name: string): ImageState | undefined {
    return this.#states.get(name);
  }

  /** The node's images were those of `before` and are those of `after`. */
  move(node: string, before: Node | undefined, after: Node | undefined): void {
    const old = before?.status?.images;
    const now = after?.status?.images;
    if (old === now) return;
    for (const { names } of old ?? [])
      for (const name of names ?? []) {
        const state = this.#states.get(name);
        state?.nodes.delete(node);
        if (state?.nodes.size === 0) this.#states.delete(name);
      }
    for (const { names, sizeBytes = 0 } of now ?? [])
      for (const name of names ?? []) {
        const state = this.#states.get(name);
        if (state === undefined) this.#states.set(name, { sizeBytes, nodes: new Set([node]) });
        else state.nodes.add(node);
      }
  }
}
