import type { CSINode } from '../api/storage-v1.ts';
import { duplicate, required } from '../field-error.ts';
import { asKind } from '../object.ts';
import { csiNodeTable } from '../printers/storage.ts';
import { validateCsiDriverName } from '../validation/pod/storage-sources.ts';
import type { ResourceDefinition } from './definition.ts';

export const csiNode: ResourceDefinition = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  returnsDeletedObject: true,
  validate(object) {
    const seen = new Set<string>();
    return (asKind<CSINode>(object).spec?.drivers ?? []).flatMap(({ name = '', nodeID }, i) => {
      const at = `spec.drivers[${i}]`;
      const errors = validateCsiDriverName(name, `${at}.name`);
      if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
      seen.add(name);
      return nodeID ? errors : [...errors, required(`${at}.nodeID`)];
    });
  },
  table: csiNodeTable,
};
