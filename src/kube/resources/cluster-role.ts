import type { ClusterRole } from '../api/rbac-v1.ts';
import { asKind } from '../object.ts';
import { createdAtTable } from '../printers/columns.ts';
import { rbacName, validateClusterRole } from '../validation/rbac.ts';
import type { ResourceDefinition } from './definition.ts';

export const clusterRole: ResourceDefinition = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  allowCreateOnUpdate: true,
  validateName: rbacName,
  validate: (object) => validateClusterRole(asKind<ClusterRole>(object)),
  validateUpdate: (object, old) => validateClusterRole(asKind<ClusterRole>(object), asKind<ClusterRole>(old)),
  table: createdAtTable,
};
