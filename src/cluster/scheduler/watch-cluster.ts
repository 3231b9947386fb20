import type { Node, Pod } from '../../kube/api/core-v1.ts';
import type { ChangeListener, Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { SchedulerCache } from './cache/cache.ts';
import {
  Action,
  type ClusterEvent,
  type EventResource,
  nodeUpdateEvents,
  podUpdateEvents,
} from './framework/cluster-event.ts';
import { createPodInfo } from './framework/pod-info.ts';
import type { SchedulerInformers } from './informers.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';

/**
 * Brings what the API tells to the cache and the queue. An object that cannot be read is left out, and told to `trouble`.
 * Mirrors pkg/scheduler/eventhandlers.go.
 */
export function watchCluster(
  informers: SchedulerInformers,
  cache: SchedulerCache,
  queue: SchedulingQueue,
  schedulerName: string,
  trouble: (what: string, error: unknown) => void,
): void {
  const guarded =
    <T extends KubeObject>(listener: ChangeListener<T>): ChangeListener<T> =>
    (after, before) => {
      try {
        listener(after, before);
      } catch (error) {
        const { kind, metadata } = after ?? before ?? { kind: '', metadata: {} };
        trouble(`reading ${kind} ${metadata.namespace ?? ''}/${metadata.name ?? ''}`, error);
      }
    };
  const podsChanged = guarded<Pod & KubeObject>((after, before) => {
    if (before !== undefined && after !== undefined && uidOf(before) !== uidOf(after)) {
      podChanged(undefined, before);
      podChanged(after, undefined);
    } else podChanged(after, before);
  });
  informers.pods.onChange(podsChanged);
  informers.nodes.onChange(guarded(nodeChanged));
  const others: readonly [EventResource, Informer<KubeObject>][] = [
    ['PersistentVolumeClaim', plain(informers.claims)],
    ['PersistentVolume', plain(informers.volumes)],
    ['StorageClass', plain(informers.classes)],
    ['CSINode', plain(informers.csiNodes)],
    ['CSIDriver', plain(informers.csiDrivers)],
    ['CSIStorageCapacity', plain(informers.capacities)],
    ['VolumeAttachment', plain(informers.attachments)],
  ];
  for (const [resource, informer] of others)
    informer.onChange(guarded((after, before) => tell(() => [eventOf(resource, before, after)])));

  /** Events are worked out only when somebody waits for one. */
  function tell(events: () => readonly ClusterEvent[]): void {
    if (queue.listens) for (const event of events()) queue.happened(event);
  }

  function podChanged(after: Pod | undefined, before: Pod | undefined): void {
    if (after === undefined) {
      if (before !== undefined) podGone(before);
      return;
    }
    if (isAssigned(after)) {
      if (before !== undefined && !isAssigned(before)) queue.delete(uidOf(before));
      const known = before !== undefined && isAssigned(before) ? before : undefined;
      cache.putPod(after);
      tell(() =>
        known === undefined
          ? [eventOf('AssignedPod', undefined, after as KubeObject)]
          : podUpdateEvents(known, after),
      );
      return;
    }
    if (after.spec?.schedulerName !== schedulerName) return;
    if (before === undefined) queue.add(createPodInfo(after));
    // What changes while it is being bound comes again with its node.
    else if (!cache.isAssumed(uidOf(after))) queue.update(createPodInfo(before), createPodInfo(after));
  }

  function podGone(before: Pod): void {
    const uid = uidOf(before);
    queue.delete(uid);
    // Also one that was only assumed to be there.
    if (cache.nodeOf(uid) === undefined) return;
    const node = cache.nodeOf(uid) ?? '';
    cache.removePod(uid);
    const gone = { ...before, spec: { ...before.spec, nodeName: node } };
    tell(() => [eventOf('AssignedPod', gone as KubeObject, undefined)]);
  }

  function nodeChanged(
    after: (Node & KubeObject) | undefined,
    before: (Node & KubeObject) | undefined,
  ): void {
    if (after === undefined) {
      tell(() => [eventOf('Node', before, undefined)]);
      cache.removeNode(before?.metadata.name ?? '');
      return;
    }
    cache.putNode(after);
    tell(() =>
      before === undefined ? [eventOf('Node', undefined, after)] : nodeUpdateEvents(before, after),
    );
  }
}

function eventOf(
  resource: EventResource,
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): ClusterEvent {
  const action = before === undefined ? Action.add : after === undefined ? Action.delete : Action.update;
  return { resource, action, before, after };
}

const plain = (informer: unknown): Informer<KubeObject> => informer as Informer<KubeObject>;
const uidOf = ({ metadata }: Pod): string => metadata?.uid ?? '';
const isAssigned = ({ spec }: Pod): boolean => (spec?.nodeName ?? '') !== '';
