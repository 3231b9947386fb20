import type { RoleBinding } from '../api/rbac-v1.ts';
import { asKind, type KubeObject } from '../object.ts';
import { roleBindingTable } from '../printers/rbac.ts';
import { rbacName, validateBinding, validateBindingUpdate } from '../validation/rbac.ts';
import type { ResourceDefinition } from './definition.ts';

/** Roles and people belong to the group of RBAC unless said otherwise. Mirrors pkg/apis/rbac/v1/defaults.go. */
export function applyBindingDefaults(draft: KubeObject): void {
  const binding = asKind<RoleBinding>(draft);
  binding.roleRef ??= { apiGroup: '', kind: '', name: '' };
  binding.roleRef.apiGroup ||= 'rbac.authorization.k8s.io';
  for (const subject of binding.subjects ?? [])
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group'))
      subject.apiGroup = 'rbac.authorization.k8s.io';
}

export const roleBinding: ResourceDefinition = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  allowCreateOnUpdate: true,
  validateName: rbacName,
  defaults: applyBindingDefaults,
  validate: (object) => validateBinding(asKind<RoleBinding>(object), true),
  validateUpdate: (object, old) =>
    validateBindingUpdate(asKind<RoleBinding>(object), asKind<RoleBinding>(old), true),
  table: roleBindingTable,
};
