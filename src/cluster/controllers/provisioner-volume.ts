import type { Node, TopologySelectorTerm } from '../../kube/api/core-v1.ts';
import type { StorageClass } from '../../kube/api/storage-v1.ts';
import { referenceTo } from '../../kube/event-recorder.ts';
import type { KubeObject } from '../../kube/object.ts';
import {
  type ClaimObject,
  type ClassObject,
  classOf,
  type VolumeObject,
} from './persistent-volume/matching.ts';
import { provisionedBy } from './persistent-volume/volumes.ts';

export type NodeObject = Node & KubeObject;

/** The name that a StorageClass gives whose volumes are folders of a node. */
export const localProvisioner = 'curso-k8s.io/local';

/** The class of claims that name none. Whoever starts a cluster for learners makes it. */
export function defaultStorageClass(): StorageClass & KubeObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'estandar',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: localProvisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  };
}

/** Why there can be no such volume; undefined when there can. */
export function whyImpossible({ spec }: ClaimObject): string | undefined {
  if (spec?.volumeMode === 'Block') return `${localProvisioner} does not support block volume provisioning`;
  if (spec?.dataSource !== undefined || spec?.dataSourceRef !== undefined)
    return `${localProvisioner} does not support volumes from a data source`;
  const single = ['ReadWriteOnce', 'ReadWriteOncePod'];
  return (spec?.accessModes ?? []).every((mode) => single.includes(mode))
    ? undefined
    : 'a local volume only supports ReadWriteOnce and ReadWriteOncePod access modes';
}

/** Where a volume is made that no Pod waits for: the ready node that has the fewest. */
export function emptiestNode(
  nodes: readonly NodeObject[],
  volumes: readonly VolumeObject[],
  topologies: readonly TopologySelectorTerm[],
): NodeObject | undefined {
  const counts = new Map<string, number>();
  for (const volume of volumes) {
    const name = nodeOf(volume);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const countOf = ({ metadata }: NodeObject) => counts.get(metadata.name ?? '') ?? 0;
  return nodes
    .filter((node) => isReady(node) && isAllowed(node, topologies))
    .sort(
      (a, b) => countOf(a) - countOf(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1),
    )[0];
}

const nodeOf = (volume: VolumeObject): string | undefined =>
  volume.metadata.annotations?.[provisionedBy] === localProvisioner
    ? volume.spec?.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values?.[0]
    : undefined;

const isReady = ({ spec, status }: NodeObject): boolean =>
  spec?.unschedulable !== true &&
  status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;

const isAllowed = (
  { metadata: { labels = {} } }: NodeObject,
  topologies: readonly TopologySelectorTerm[],
): boolean =>
  topologies.length === 0 ||
  topologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(labels[key] ?? '')),
  );

/** A folder of `node`, reserved for the claim. */
export function localVolume(claim: ClaimObject, storageClass: ClassObject, node: NodeObject): VolumeObject {
  const { namespace = '', name = '', uid = '' } = claim.metadata;
  const hostname = node.metadata.labels?.['kubernetes.io/hostname'] ?? node.metadata.name ?? '';
  const { mountOptions } = storageClass;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}`, annotations: { [provisionedBy]: localProvisioner } },
    spec: {
      accessModes: claim.spec?.accessModes,
      capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '0' },
      claimRef: referenceTo(claim),
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: classOf(claim),
      volumeMode: 'Filesystem',
      ...(mountOptions === undefined ? {} : { mountOptions }),
      hostPath: {
        path: `/var/lib/curso-k8s/volumenes/pvc-${uid}_${namespace}_${name}`,
        type: 'DirectoryOrCreate',
      },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] },
          ],
        },
      },
    },
  };
}
