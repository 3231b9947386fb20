import { type Informer, keyOf } from '../../../kube/informer.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import type { LabelSelector } from '../../../kube/selectors/labels.ts';
import type { Expectations } from './expectations.ts';
import { controllerOf, resolveController } from './owner.ts';
import { isPodReady, isTerminating, type Pod } from './pod-state.ts';

export interface WatchPodsOptions<T extends KubeObject> {
  readonly pods: Informer<Pod>;
  readonly owners: Informer<T>;
  /** Of the owners. */
  readonly kind: string;
  /** Told what is seen; undefined for controllers that need none. */
  readonly expectations: Expectations | undefined;
  /** May throw: then it selects nothing. */
  selectorOf(owner: T): LabelSelector;
  /** `becameReady`: the Pod that just did. */
  wake(owner: T, becameReady?: Pod): void;
}

/**
 * Wakes the owner of every Pod that changes, the one it had before, and all who might adopt an orphan. Mirrors addPod,
 * updatePod and deletePod of pkg/controller/replicaset.
 */
export function watchPods<T extends KubeObject>(options: WatchPodsOptions<T>): void {
  const { pods, owners, kind, expectations, wake } = options;
  const ownerOf = (pod: Pod) =>
    resolveController(owners, kind, pod.metadata.namespace ?? '', controllerOf(pod));
  const keyFor = (owner: T) => keyOf(owner.metadata.namespace ?? '', owner.metadata.name ?? '');
  const wakeAdopters = (pod: Pod) => {
    for (const owner of adoptersOf(options, pod)) wake(owner);
  };
  const added = (pod: Pod) => {
    if (isTerminating(pod)) {
      gone(pod);
      return;
    }
    if (controllerOf(pod) === undefined) {
      wakeAdopters(pod);
      return;
    }
    const owner = ownerOf(pod);
    if (owner === undefined) return;
    expectations?.creationObserved(keyFor(owner));
    wake(owner);
  };
  const gone = (pod: Pod) => {
    const owner = ownerOf(pod);
    if (owner === undefined) return;
    expectations?.deletionObserved(keyFor(owner), pod.metadata.name ?? '');
    wake(owner);
  };
  const changed = (after: Pod, before: Pod) => {
    const relabelled = !equalJson(after.metadata.labels ?? {}, before.metadata.labels ?? {});
    if (isTerminating(after)) {
      gone(after);
      if (relabelled) gone(before);
      return;
    }
    const handedOn = controllerOf(after)?.uid !== controllerOf(before)?.uid;
    if (handedOn) {
      const owner = ownerOf(before);
      if (owner !== undefined) wake(owner);
    }
    if (controllerOf(after) === undefined) {
      if (relabelled || handedOn) wakeAdopters(after);
      return;
    }
    const owner = ownerOf(after);
    if (owner !== undefined) wake(owner, !isPodReady(before) && isPodReady(after) ? after : undefined);
  };
  pods.onChange((after, before) => {
    if (after === undefined) {
      if (before !== undefined) gone(before);
    } else if (before === undefined) added(after);
    else if (before.metadata.uid !== after.metadata.uid) {
      gone(before);
      added(after);
    } else changed(after, before);
  });
}

/** Who would take an orphan with these labels. */
function adoptersOf<T extends KubeObject>(
  { owners, selectorOf }: WatchPodsOptions<T>,
  pod: Pod,
): readonly T[] {
  return owners.list(pod.metadata.namespace ?? '').filter((owner) => {
    try {
      const selector = selectorOf(owner);
      return !selector.empty && selector.matches(pod.metadata.labels ?? {});
    } catch {
      return false;
    }
  });
}
