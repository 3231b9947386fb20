import type { ReplicaSet as AppsReplicaSet } from '../../../kube/api/apps-v1.ts';
import type { ReplicationController as CoreReplicationController } from '../../../kube/api/core-v1.ts';
import type { ResourceRef } from '../../../kube/client.ts';
import type { KubeObject } from '../../../kube/object.ts';
import {
  type LabelSelector,
  labelSelectorFrom,
  labelSelectorFromSet,
} from '../../../kube/selectors/labels.ts';
import { replicaSets, replicationControllers } from '../refs.ts';

export type ReplicaSet = AppsReplicaSet & KubeObject;
type ReplicationController = CoreReplicationController & KubeObject;
/** Both kinds look the same but for how they select. */
export type Replicas = ReplicaSet | ReplicationController;

/** What tells the two controllers apart. */
export interface ReplicaKind {
  readonly kind: string;
  readonly ref: ResourceRef;
  /** Throws SelectorError. */
  selectorOf(object: Replicas): LabelSelector;
}

export const replicaSetKind: ReplicaKind = {
  kind: 'ReplicaSet',
  ref: replicaSets,
  selectorOf: (object) => labelSelectorFrom((object as ReplicaSet).spec?.selector),
};

export const replicationControllerKind: ReplicaKind = {
  kind: 'ReplicationController',
  ref: replicationControllers,
  selectorOf: (object) => labelSelectorFromSet((object as ReplicationController).spec?.selector ?? {}),
};
