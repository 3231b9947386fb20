import type { Nominated } from '../framework/framework.ts';
import type { PodInfo } from '../framework/pod-info.ts';

/** Which Pods wait for their victims on a node to be gone: lower ones must not take the place. Mirrors the queue's nominator. */
export class Nominator implements Nominated {
  readonly #byNode = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();

  nominatedTo(node: string): readonly PodInfo[] {
    const pods = this.#byNode.get(node);
    return pods === undefined ? [] : [...pods.values()];
  }

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  /** `node` undefined: as its status says; '': nowhere. */
  put(info: PodInfo, node: string | undefined): void {
    this.remove(info.uid);
    const name = node ?? info.pod.status?.nominatedNodeName ?? '';
    if (name === '') return;
    this.#nodeOf.set(info.uid, name);
    const pods = this.#byNode.get(name) ?? new Map<string, PodInfo>();
    pods.set(info.uid, info);
    this.#byNode.set(name, pods);
  }

  /** The Pod changed. A nomination that only we know of yet is kept. */
  update(before: PodInfo, after: PodInfo): void {
    const ours = this.#nodeOf.get(before.uid);
    const told = (info: PodInfo) => info.pod.status?.nominatedNodeName ?? '';
    this.put(after, told(before) === '' && told(after) === '' ? ours : undefined);
  }

  remove(uid: string): void {
    const node = this.#nodeOf.get(uid);
    if (node === undefined) return;
    this.#nodeOf.delete(uid);
    const pods = this.#byNode.get(node);
    pods?.delete(uid);
    if (pods?.size === 0) this.#byNode.delete(node);
  }
}
