import type { CSIStorageCapacity } from '../api/storage-v1.ts';
import { invalid } from '../field-error.ts';
import { nameIsDNSSubdomain } from '../names.ts';
import { asKind } from '../object.ts';
import { csiStorageCapacityTable } from '../printers/storage.ts';
import { immutableMessage, invalidFor } from '../validation/messages.ts';
import type { ResourceDefinition } from './definition.ts';

export const csiStorageCapacity: ResourceDefinition = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  namespaced: true,
  validate(object) {
    const { storageClassName = '' } = asKind<CSIStorageCapacity>(object);
    return invalidFor(nameIsDNSSubdomain(storageClassName, false), 'storageClassName', storageClassName);
  },
  validateUpdate(object, old) {
    const after = asKind<CSIStorageCapacity>(object);
    const name = after.storageClassName;
    return name === asKind<CSIStorageCapacity>(old).storageClassName
      ? []
      : [invalid('storageClassName', name, immutableMessage)];
  },
  table: csiStorageCapacityTable,
};
