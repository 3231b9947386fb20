import type { AdmissionPlugin } from '../contracts.ts';
import { creates } from './attributes.ts';

/** Volumes and claims stay while somebody uses them. Mirrors plugin/pkg/admission/storage/storageobjectinuseprotection. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate(request) {
    const { object } = request;
    if (object === undefined) return;
    const finalizer = creates(request, '', 'persistentvolumes')
      ? 'kubernetes.io/pv-protection'
      : creates(request, '', 'persistentvolumeclaims')
        ? 'kubernetes.io/pvc-protection'
        : undefined;
    if (finalizer === undefined || object.metadata.finalizers?.includes(finalizer)) return;
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  },
};
