import type { CSIDriver } from '../api/storage-v1.ts';
import { notSupported } from '../field-error.ts';
import { asKind } from '../object.ts';
import { csiDriverTable } from '../printers/storage.ts';
import { validateCsiDriverName } from '../validation/pod/storage-sources.ts';
import type { ResourceDefinition } from './definition.ts';

export const csiDriver: ResourceDefinition = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  returnsDeletedObject: true,
  tracksGeneration: false,
  /** Mirrors pkg/apis/storage/v1/defaults.go. */
  defaults(draft) {
    const driver = asKind<CSIDriver>(draft);
    driver.spec ??= {};
    driver.spec.attachRequired ??= true;
    driver.spec.podInfoOnMount ??= false;
    driver.spec.storageCapacity ??= false;
    driver.spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if (!driver.spec.volumeLifecycleModes?.length) driver.spec.volumeLifecycleModes = ['Persistent'];
    driver.spec.requiresRepublish ??= false;
    driver.spec.seLinuxMount ??= false;
  },
  validate(object) {
    const { metadata, spec } = asKind<CSIDriver>(object);
    const modes = ['Ephemeral', 'Persistent'];
    return [
      ...validateCsiDriverName(metadata?.name ?? '', 'metadata.name'),
      ...(spec?.volumeLifecycleModes ?? [])
        .filter((mode) => !modes.includes(mode))
        .map((mode) => notSupported('spec.volumeLifecycleModes', mode, modes)),
    ];
  },
  table: csiDriverTable,
};
