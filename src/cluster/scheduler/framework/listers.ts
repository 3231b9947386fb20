import type { ReplicaSet, StatefulSet } from '../../../kube/api/apps-v1.ts';
import type {
  Namespace,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicationController,
  Service,
} from '../../../kube/api/core-v1.ts';
import type { PodDisruptionBudget } from '../../../kube/api/policy-v1.ts';
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
} from '../../../kube/api/storage-v1.ts';

/** Objects of a kind as the API last told of them. An `Informer` is one. */
export interface Lister<T> {
  get(namespace: string, name: string): T | undefined;
  list(namespace?: string): readonly T[];
}

/** One whose objects are also found by their namespace without looking at all. */
export interface IndexedLister<T> extends Lister<T> {
  byIndex(name: 'namespace', namespace: string): readonly T[];
}

/** One that tells of changes: `after` undefined, it is gone. */
export interface WatchedLister<T> extends Lister<T> {
  onChange(listener: (after: T | undefined, before: T | undefined) => void): void;
}

/** What plugins may ask about besides nodes and the Pods on them. */
export interface Listers {
  readonly pods: Lister<Pod>;
  readonly namespaces: Lister<Namespace>;
  readonly services: IndexedLister<Service>;
  readonly replicationControllers: Lister<ReplicationController>;
  readonly replicaSets: Lister<ReplicaSet>;
  readonly statefulSets: Lister<StatefulSet>;
  readonly budgets: Lister<PodDisruptionBudget>;
  readonly claims: WatchedLister<PersistentVolumeClaim>;
  readonly volumes: WatchedLister<PersistentVolume>;
  readonly classes: Lister<StorageClass>;
  readonly csiNodes: Lister<CSINode>;
  readonly csiDrivers: Lister<CSIDriver>;
  readonly capacities: Lister<CSIStorageCapacity>;
  readonly attachments: Lister<VolumeAttachment>;
}
