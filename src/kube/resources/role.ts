import type { Role } from '../api/rbac-v1.ts';
import { asKind } from '../object.ts';
import { createdAtTable } from '../printers/columns.ts';
import { rbacName, validateRole } from '../validation/rbac.ts';
import type { ResourceDefinition } from './definition.ts';

export const role: ResourceDefinition = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  allowCreateOnUpdate: true,
  validateName: rbacName,
  validate: (object) => validateRole(asKind<Role>(object)),
  table: createdAtTable,
};
