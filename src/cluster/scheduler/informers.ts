import type { Clock } from '../../base/clock.ts';
import type { ReplicaSet, StatefulSet } from '../../kube/api/apps-v1.ts';
import type {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicationController,
  Service,
} from '../../kube/api/core-v1.ts';
import type { PodDisruptionBudget } from '../../kube/api/policy-v1.ts';
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
} from '../../kube/api/storage-v1.ts';
import { type KubeClient, resourceRef } from '../../kube/client.ts';
import { createInformer, type Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';

/** What the scheduler knows of the cluster. */
export type SchedulerInformers = ReturnType<typeof createInformers>;

/** Not started. */
export function createInformers(client: KubeClient, clock: Clock, trouble: (error: unknown) => void) {
  const of = <T>(apiVersion: string, plural: string, fieldSelector?: string) =>
    createInformer<T & KubeObject>(client, resourceRef(apiVersion, plural), {
      clock,
      onTrouble: trouble,
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    });
  const storage = 'storage.k8s.io/v1';
  const informers = {
    // Those that are over take no room.
    pods: of<Pod>('v1', 'pods', 'status.phase!=Succeeded,status.phase!=Failed'),
    nodes: of<Node>('v1', 'nodes'),
    namespaces: of<Namespace>('v1', 'namespaces'),
    services: of<Service>('v1', 'services'),
    replicationControllers: of<ReplicationController>('v1', 'replicationcontrollers'),
    replicaSets: of<ReplicaSet>('apps/v1', 'replicasets'),
    statefulSets: of<StatefulSet>('apps/v1', 'statefulsets'),
    budgets: of<PodDisruptionBudget>('policy/v1', 'poddisruptionbudgets'),
    claims: of<PersistentVolumeClaim>('v1', 'persistentvolumeclaims'),
    volumes: of<PersistentVolume>('v1', 'persistentvolumes'),
    classes: of<StorageClass>(storage, 'storageclasses'),
    csiNodes: of<CSINode>(storage, 'csinodes'),
    csiDrivers: of<CSIDriver>(storage, 'csidrivers'),
    capacities: of<CSIStorageCapacity>(storage, 'csistoragecapacities'),
    attachments: of<VolumeAttachment>(storage, 'volumeattachments'),
  };
  informers.services.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? '']);
  return informers;
}

export function allOf(
  informers: SchedulerInformers,
): readonly Pick<Informer<KubeObject>, 'start' | 'stop' | 'synced'>[] {
  return Object.values(informers);
}
