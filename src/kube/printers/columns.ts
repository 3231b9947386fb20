import type { TableColumn, TableDefinition } from '../resources/definition.ts';

/** The first column of nearly every kind. */
export const nameColumn: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
};

const creationTimestamp =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

export const ageColumn: TableColumn = { name: 'Age', type: 'string', description: creationTimestamp };

/** What kinds without printer columns of their own show. */
const createdAtColumn: TableColumn = {
  name: 'Created At',
  type: 'date',
  description: creationTimestamp,
};

export const createdAtTable: TableDefinition = {
  columns: [nameColumn, createdAtColumn],
  cells: ({ metadata }) => [metadata.name ?? '', metadata.creationTimestamp ?? ''],
};

/** `priority` 1 is shown with `-o wide` only. */
export function column(
  name: string,
  description: string,
  type: TableColumn['type'] = 'string',
  priority = 0,
): TableColumn {
  return priority === 0 ? { name, type, description } : { name, type, description, priority };
}

/** `a=1,b=2`, sorted, or `<none>`. Mirrors apimachinery/pkg/labels.FormatLabels. */
export function labelsText(labels: { readonly [key: string]: string } | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels?.[key]}`).join(',');
}
