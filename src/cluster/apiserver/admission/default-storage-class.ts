import type { PersistentVolumeClaim } from '../../../kube/api/core-v1.ts';
import type { StorageClass } from '../../../kube/api/storage-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import type { AdmissionPlugin } from '../contracts.ts';
import { creates } from './attributes.ts';
import { newestDefault } from './default-class.ts';

const DEFAULTS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** A claim that names no class gets the default one. Mirrors plugin/pkg/admission/storage/storageclass/setdefault. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  mutate(request, reader) {
    if (request.object === undefined || !creates(request, '', 'persistentvolumeclaims')) return;
    const claim = asKind<PersistentVolumeClaim>(request.object);
    const { spec } = claim;
    if (spec === undefined || (spec.storageClassName !== undefined && spec.storageClassName !== null)) return;
    if (claim.metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return;
    const classes = reader.list<KubeObject>('storage.k8s.io', 'storageclasses');
    const chosen = newestDefault(
      classes.map((object) => asKind<StorageClass>(object)),
      DEFAULTS,
    )?.metadata?.name;
    if (chosen !== undefined) spec.storageClassName = chosen;
  },
};
