import type { RoleBinding, Subject } from '../api/rbac-v1.ts';
import { asKind, type KubeObject } from '../object.ts';
import type { TableCell, TableDefinition } from '../resources/definition.ts';
import { ageSince } from './age.ts';
import { ageColumn, column, nameColumn } from './columns.ts';

function namesOf(subjects: readonly Subject[] | undefined, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind !== 'ServiceAccount' || !namespace ? name : `${namespace}/${name}`))
    .join(', ');
}

function cells(object: KubeObject, now: number): TableCell[] {
  const { metadata, roleRef, subjects } = asKind<RoleBinding>(object);
  return [
    metadata?.name ?? '',
    `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`,
    ageSince(metadata?.creationTimestamp, now),
    namesOf(subjects, 'User'),
    namesOf(subjects, 'Group'),
    namesOf(subjects, 'ServiceAccount'),
  ];
}

export const roleBindingTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'Role',
      'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.',
    ),
    ageColumn,
    column('Users', 'Users in the roleBinding', 'string', 1),
    column('Groups', 'Groups in the roleBinding', 'string', 1),
    column('ServiceAccounts', 'ServiceAccounts in the roleBinding', 'string', 1),
  ],
  cells,
};

export const clusterRoleBindingTable: TableDefinition = {
  columns: [
    nameColumn,
    column(
      'Role',
      'RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.',
    ),
    ageColumn,
    column('Users', 'Users in the clusterRoleBinding', 'string', 1),
    column('Groups', 'Groups in the clusterRoleBinding', 'string', 1),
    column('ServiceAccounts', 'ServiceAccounts in the clusterRoleBinding', 'string', 1),
  ],
  cells,
};
