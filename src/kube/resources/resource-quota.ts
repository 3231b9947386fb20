import type { ResourceQuota } from '../api/core-v1.ts';
import { asKind } from '../object.ts';
import { resourceQuotaTable } from '../printers/policy.ts';
import { validateQuotaSpec, validateQuotaStatus, validateQuotaUpdate } from '../validation/resource-quota.ts';
import type { ResourceDefinition } from './definition.ts';
import { keepSpec } from './workload.ts';

export const resourceQuota: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
  shortNames: ['quota'],
  returnsDeletedObject: true,
  prepareForCreate(draft) {
    asKind<ResourceQuota>(draft).status = {};
  },
  validate: (object) => validateQuotaSpec(asKind<ResourceQuota>(object)),
  validateUpdate: (object, old) =>
    validateQuotaUpdate(asKind<ResourceQuota>(object), asKind<ResourceQuota>(old)),
  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate: (object) => validateQuotaStatus(asKind<ResourceQuota>(object)),
    },
  },
  table: resourceQuotaTable,
};
