import type { StorageClass } from '../api/storage-v1.ts';
import { asKind } from '../object.ts';
import { storageClassTable } from '../printers/storage.ts';
import { validateStorageClass, validateStorageClassUpdate } from '../validation/storage-class.ts';
import type { ResourceDefinition } from './definition.ts';

export const storageClass: ResourceDefinition = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
  shortNames: ['sc'],
  returnsDeletedObject: true,
  defaults(draft) {
    const value = asKind<StorageClass>(draft);
    value.reclaimPolicy ??= 'Delete';
    value.volumeBindingMode ??= 'Immediate';
  },
  validate: (object) => validateStorageClass(asKind<StorageClass>(object)),
  validateUpdate: (object, old) =>
    validateStorageClassUpdate(asKind<StorageClass>(object), asKind<StorageClass>(old)),
  table: storageClassTable,
};
