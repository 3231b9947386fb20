import type { OwnerReference } from '../../kube/api/meta-v1.ts';
import { type KubeObject, parseApiVersion } from '../../kube/object.ts';
import {
  type Controller,
  type ControllerContext,
  ignoring,
  isConflict,
  isNotFound,
  startLoop,
} from './controller.ts';
import { discoverResources, type KnownResource } from './discovery.ts';
import { GarbageGraph, type GarbageNode, nodeOf } from './garbage-graph.ts';
import { customResourceDefinitions } from './refs.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';
/** How often it asks what else is served. */
const lookAroundMs = 30_000;
/** Never collected, as upstream's default: they come and go by themselves. */
const ignored = new Set(['events']);

/** Deletes what lost its owners. Mirrors pkg/controller/garbagecollector. */
export const garbageCollector: Controller = {
  name: 'garbage-collector-controller',
  account: 'generic-garbage-collector',
  start(context) {
    const collector = new Collector(context);
    void collector.begin();
    return { stop: () => collector.stop() };
  },
};

class Collector {
  readonly #context: ControllerContext;
  readonly #graph = new GarbageGraph();
  readonly #resources = new Map<string, KnownResource>();
  readonly #followed = new Set<string>();
  readonly #loop;
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#loop = startLoop(context, 'garbage-collector-controller', (uid) => this.#reconcile(uid), {
      workers: 20,
    });
  }

  async begin(): Promise<void> {
    await this.#lookAround();
    if (this.#stopped) return;
    this.#cancel = this.#context.clock.every(lookAroundMs, () => void this.#lookAround());
    // A new kind may have objects with owners a moment after it is served.
    this.#context.informer(customResourceDefinitions).onChange(() => void this.#lookAround());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#loop.stop();
  }

  async #lookAround(): Promise<void> {
    try {
      for (const resource of await discoverResources(this.#context.client)) {
        this.#resources.set(`${resource.group}/${resource.kind}`, resource);
        const key = `${resource.group}/${resource.plural}`;
        if (this.#followed.has(key) || ignored.has(resource.plural) || this.#stopped) continue;
        if (!['delete', 'list', 'watch'].every((verb) => resource.verbs.includes(verb))) continue;
        this.#followed.add(key);
        this.#context.informer(resource).onChange((after, before) => this.#changed(resource, after, before));
      }
    } catch (error) {
      this.#context.trouble('garbage-collector-controller', error);
    }
  }

  #changed(resource: KnownResource, after: KubeObject | undefined, before: KubeObject | undefined): void {
    const replaced =
      after !== undefined && before !== undefined && after.metadata.uid !== before.metadata.uid;
    if (after === undefined || replaced) {
      const uid = before?.metadata.uid ?? '';
      const gone = this.#graph.get(uid);
      this.#graph.remove(uid);
      for (const dependent of this.#graph.dependentsOf(uid)) this.#loop.queue.add(dependent.uid);
      // An owner that waits for its dependents may be free to go now.
      for (const owner of gone?.owners ?? [])
        if (this.#graph.get(owner.uid)?.deleting) this.#loop.queue.add(owner.uid);
    }
    if (after === undefined) return;
    const node = nodeOf(resource, after);
    const old = this.#graph.get(node.uid);
    this.#graph.put(node);
    if (node.owners.length > 0 || node.deleting) this.#loop.queue.add(node.uid);
    if (old !== undefined) {
      const left = old.owners.filter(({ uid }) => !node.owners.some((owner) => owner.uid === uid));
      const unblocked = old.owners.filter(
        ({ uid, blockOwnerDeletion }) =>
          blockOwnerDeletion === true &&
          !node.owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
      );
      for (const { uid } of [...left, ...unblocked])
        if (this.#graph.get(uid)?.deleting) this.#loop.queue.add(uid);
    }
    if (node.deleting && !old?.deleting) {
      for (const dependent of this.#graph.dependentsOf(node.uid)) this.#loop.queue.add(dependent.uid);
    }
  }

  async #reconcile(uid: string): Promise<undefined> {
    const node = this.#graph.get(uid);
    if (node === undefined) return undefined;
    if (node.deleting && node.finalizers.includes(orphan)) {
      await this.#orphanDependents(node);
      return undefined;
    }
    if (node.deleting && node.finalizers.includes(foreground)) {
      await this.#deleteDependents(node);
      return undefined;
    }
    if (node.deleting || node.owners.length === 0) return undefined;
    await this.#attemptToDelete(node);
    return undefined;
  }

  async #attemptToDelete(node: GarbageNode): Promise<void> {
    const solid: OwnerReference[] = [];
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const owner of node.owners) {
      const state = await this.#ownerState(owner, node.namespace);
      if (state === 'unknown')
        solid.push(owner); // nobody can tell: it stays
      else (state === 'absent' ? dangling : state === 'waiting' ? waiting : solid).push(owner);
    }
    if (dangling.length === 0 && waiting.length === 0) return;
    if (solid.length > 0) {
      await this.#dropOwners(node, new Set([...dangling, ...waiting].map(({ uid }) => uid)));
      return;
    }
    const hasDependents = this.#graph.dependentsOf(node.uid).length > 0;
    const policy =
      waiting.length > 0 && hasDependents
        ? 'Foreground'
        : node.finalizers.includes(orphan)
          ? 'Orphan'
          : node.finalizers.includes(foreground)
            ? 'Foreground'
            : 'Background';
    await this.#delete(node, policy);
  }

  /** `waiting`: it is deleted in the foreground and this one holds it. */
  async #ownerState(
    owner: OwnerReference,
    namespace: string,
  ): Promise<'solid' | 'absent' | 'waiting' | 'unknown'> {
    const known = this.#graph.get(owner.uid);
    if (known !== undefined) {
      const inReach = known.namespace === '' || known.namespace === namespace;
      if (!inReach) return 'absent';
      return known.deleting && known.finalizers.includes(foreground) ? 'waiting' : 'solid';
    }
    const resource = this.#resourceOf(owner);
    if (resource === undefined) return 'unknown';
    if (resource.namespaced && namespace === '') return 'unknown';
    const live = await this.#context.client.find(resource, resource.namespaced ? namespace : '', owner.name);
    return live?.metadata.uid === owner.uid ? 'solid' : 'absent';
  }

  #resourceOf({ apiVersion, kind }: OwnerReference): KnownResource | undefined {
    return this.#resources.get(`${parseApiVersion(apiVersion)?.group ?? ''}/${kind}`);
  }

  async #delete(node: GarbageNode, propagationPolicy: 'Background' | 'Foreground' | 'Orphan'): Promise<void> {
    const call = this.#context.client.delete(node.resource, node.namespace, node.name, {
      propagationPolicy,
      preconditions: { uid: node.uid },
    });
    // A conflict is another object of the same name: that one is looked at for itself.
    await ignoring((error) => isNotFound(error) || isConflict(error), call);
  }

  async #orphanDependents(node: GarbageNode): Promise<void> {
    for (const dependent of this.#graph.dependentsOf(node.uid))
      await this.#dropOwners(dependent, new Set([node.uid]));
    await this.#dropFinalizer(node, orphan);
  }

  async #deleteDependents(node: GarbageNode): Promise<void> {
    const blocking = this.#graph
      .dependentsOf(node.uid)
      .filter(({ owners }) =>
        owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion === true),
      );
    if (blocking.length === 0) {
      await this.#dropFinalizer(node, foreground);
      return;
    }
    for (const dependent of blocking) if (!dependent.deleting) this.#loop.queue.add(dependent.uid);
  }

  async #dropOwners(node: GarbageNode, uids: ReadonlySet<string>): Promise<void> {
    await this.#rewrite(node, (draft) => {
      const left = (draft.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.has(uid));
      return { ...draft, metadata: { ...draft.metadata, ownerReferences: left } };
    });
  }

  async #dropFinalizer(node: GarbageNode, finalizer: string): Promise<void> {
    await this.#rewrite(node, (draft) => {
      const left = (draft.metadata.finalizers ?? []).filter((one) => one !== finalizer);
      return { ...draft, metadata: { ...draft.metadata, finalizers: left } };
    });
  }

  async #rewrite(node: GarbageNode, change: (object: KubeObject) => KubeObject): Promise<void> {
    const { client } = this.#context;
    const live = await client.find(node.resource, node.namespace, node.name);
    if (live === undefined || live.metadata.uid !== node.uid) return;
    await ignoring(isNotFound, client.update(node.resource, change(live)));
  }
}
