import type { Scale } from '../../../kube/api/autoscaling-v1.ts';
import { asKind } from '../../../kube/object.ts';
import { ageSince } from '../../../kube/printers/age.ts';
import { ageColumn, nameColumn } from '../../../kube/printers/columns.ts';
import type { TableDefinition } from '../../../kube/resources/definition.ts';

/** Mirrors pkg/registry/autoscaling/rest: how a Scale is shown. */
export const scaleTable: TableDefinition = {
  columns: [
    { ...nameColumn, format: '' },
    {
      name: 'Desired',
      type: 'integer',
      description: 'replicas is the desired number of instances for the scaled object.',
    },
    {
      name: 'Available',
      type: 'integer',
      description: 'replicas is the actual number of observed instances of the scaled object.',
    },
    ageColumn,
  ],
  cells(object, now) {
    const { spec, status } = asKind<Scale>(object);
    const { name = '', creationTimestamp } = object.metadata;
    return [name, spec?.replicas ?? 0, status?.replicas ?? 0, ageSince(creationTimestamp, now)];
  },
};
