import type { Node, Pod } from '../../../kube/api/core-v1.ts';
import { NodeCounter } from '../framework/node-info.ts';
import { createPodInfo, type PodInfo } from '../framework/pod-info.ts';
import { ClusterSnapshot } from './cluster-snapshot.ts';
import { ImageStates } from './image-states.ts';
import { ZoneOrder } from './zone-order.ts';

interface PodState {
  info: PodInfo;
  node: string;
  /** Placed by us; the API has not told so yet. */
  assumed: boolean;
}

/**
 * Nodes and the Pods on them: as the API tells, and those that were just placed. Mirrors pkg/scheduler/backend/cache; as
 * there, an assumed Pod does not expire: it is confirmed, forgotten when its binding fails, or deleted.
 */
export class SchedulerCache {
  readonly #nodes = new Map<string, NodeCounter>();
  readonly #pods = new Map<string, PodState>();
  readonly #order = new ZoneOrder();
  readonly #images = new ImageStates();
  readonly #snapshot = new ClusterSnapshot(this.#images);

  /** What an attempt works on. The same object each time, brought up to date: only what changed is taken again. */
  snapshot(): ClusterSnapshot {
    this.#snapshot.update((name) => this.#nodes.get(name), this.#order);
    return this.#snapshot;
  }

  isAssumed(uid: string): boolean {
    return this.#pods.get(uid)?.assumed === true;
  }

  /** Where the Pod is, or is assumed to be. */
  nodeOf(uid: string): string | undefined {
    return this.#pods.get(uid)?.node;
  }

  assume(info: PodInfo, node: string): void {
    if (this.#pods.has(info.uid)) throw new Error(`pod ${info.uid} is in the cache, so can't be assumed`);
    this.#place({ info, node, assumed: true });
  }

  /** Undoes `assume`; a Pod that the API has told of meanwhile stays. */
  forget(uid: string): boolean {
    const state = this.#pods.get(uid);
    if (state?.assumed !== true) return false;
    this.#remove(state);
    return true;
  }

  /** As the API tells it: new, changed, or confirmed; wherever we thought it was, it is where it says. */
  putPod(pod: Pod): void {
    const before = this.#pods.get(pod.metadata?.uid ?? '');
    const info = createPodInfo(pod, before?.info);
    const node = pod.spec?.nodeName ?? '';
    if (before !== undefined) this.#remove(before);
    this.#place({ info, node, assumed: false });
  }

  removePod(uid: string): void {
    const state = this.#pods.get(uid);
    if (state !== undefined) this.#remove(state);
  }

  putNode(node: Node): void {
    const name = node.metadata?.name ?? '';
    const counter = this.#edit(name);
    this.#images.move(name, counter.exists ? counter.node : undefined, node);
    counter.setNode(node);
    if (this.#order.put(node)) this.#snapshot.reorder();
  }

  removeNode(name: string): void {
    if (this.#order.remove(name)) this.#snapshot.reorder();
    const known = this.#nodes.get(name);
    if (known === undefined) return;
    this.#images.move(name, known.exists ? known.node : undefined, undefined);
    const counter = this.#edit(name);
    counter.setNode(undefined);
    if (counter.pods.length === 0) this.#nodes.delete(name);
  }

  #place(state: PodState): void {
    this.#pods.set(state.info.uid, state);
    this.#edit(state.node).addPod(state.info);
    this.#snapshot.countClaims(state.info, 1);
  }

  #remove(state: PodState): void {
    this.#pods.delete(state.info.uid);
    const counter = this.#edit(state.node);
    if (counter.removePod(state.info)) this.#snapshot.countClaims(state.info, -1);
    if (!counter.exists && counter.pods.length === 0) this.#nodes.delete(state.node);
  }

  /** The counter to change: a copy when readers hold it. */
  #edit(name: string): NodeCounter {
    const known = this.#nodes.get(name);
    if (known !== undefined && !known.sealed) return known;
    const counter = known?.clone() ?? new NodeCounter(name);
    this.#nodes.set(name, counter);
    this.#snapshot.touch(name);
    return counter;
  }
}
