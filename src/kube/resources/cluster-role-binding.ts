import type { RoleBinding } from '../api/rbac-v1.ts';
import { asKind } from '../object.ts';
import { clusterRoleBindingTable } from '../printers/rbac.ts';
import { rbacName, validateBinding, validateBindingUpdate } from '../validation/rbac.ts';
import type { ResourceDefinition } from './definition.ts';
import { applyBindingDefaults } from './role-binding.ts';

export const clusterRoleBinding: ResourceDefinition = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  allowCreateOnUpdate: true,
  validateName: rbacName,
  defaults: applyBindingDefaults,
  validate: (object) => validateBinding(asKind<RoleBinding>(object), false),
  validateUpdate: (object, old) =>
    validateBindingUpdate(asKind<RoleBinding>(object), asKind<RoleBinding>(old), false),
  table: clusterRoleBindingTable,
};
