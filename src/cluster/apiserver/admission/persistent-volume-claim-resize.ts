import type { PersistentVolumeClaim } from '../../../kube/api/core-v1.ts';
import type { StorageClass } from '../../../kube/api/storage-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { compareQuantities, parseQuantity } from '../../../kube/quantity.ts';
import type { AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { refusal, writes } from './attributes.ts';

const CLASS = 'volume.beta.kubernetes.io/storage-class';

/** A claim grows only where its class lets it. Mirrors plugin/pkg/admission/storage/persistentvolume/resize. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate(request, reader) {
    const { object, oldObject, operation } = request;
    if (operation !== 'UPDATE' || object === undefined || oldObject === undefined) return;
    if (!writes(request, '', 'persistentvolumeclaims')) return;
    const claim = asKind<PersistentVolumeClaim>(object);
    const old = asKind<PersistentVolumeClaim>(oldObject);
    const size = (of: PersistentVolumeClaim) =>
      parseQuantity(of.spec?.resources?.requests?.['storage'] ?? '0');
    if (compareQuantities(size(claim), size(old)) <= 0) return;
    if (old.status?.phase !== 'Bound')
      throw refusal(request, 'Only bound persistent volume claims can be expanded');
    if (!mayGrow(claim, old, reader))
      throw refusal(
        request,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
  },
};

function classOf({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata?.annotations?.[CLASS] ?? spec?.storageClassName ?? '';
}

function mayGrow(claim: PersistentVolumeClaim, old: PersistentVolumeClaim, reader: ObjectReader): boolean {
  const name = classOf(claim);
  if (name === '' || name !== classOf(old)) return false;
  const found = reader.get<KubeObject>('storage.k8s.io', 'storageclasses', '', name);
  return found !== undefined && asKind<StorageClass>(found).allowVolumeExpansion === true;
}
