import type { LimitRange } from '../api/core-v1.ts';
import { asKind } from '../object.ts';
import { createdAtTable } from '../printers/columns.ts';
import { validateLimitRange } from '../validation/limit-range.ts';
import type { ResourceDefinition } from './definition.ts';

export const limitRange: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  namespaced: true,
  shortNames: ['limits'],
  allowCreateOnUpdate: true,
  /** Mirrors SetDefaults_LimitRangeItem: what a limit leaves open follows from what it says. */
  defaults(draft) {
    for (const item of asKind<LimitRange>(draft).spec?.limits ?? []) {
      if (item.type !== 'Container') continue;
      item.default = { ...item.max, ...item.default };
      item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
    }
  },
  validate: (object) => validateLimitRange(asKind<LimitRange>(object)),
  table: createdAtTable,
};
