import type { KubeObject } from '../../../kube/object.ts';
import type { TableColumn, TableDefinition } from '../../../kube/resources/definition.ts';
import { badRequest } from '../../../kube/status.ts';
import type { Endpoint } from '../registry/endpoint.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** `includeObject` of a request for a Table. Throws upstream's 400. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequest(
    'Unable to convert to Table as requested: includeObject: Invalid value: ' +
      `${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a ' +
  'client to request the generation of an appropriate name automatically. Name is primarily intended for creation ' +
  'idempotence and configuration definition. Cannot be updated. More info: ' +
  'https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
const createdDescription =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to ' +
  'be set in happens-before order across separate operations. Clients may not set this value. It is represented in ' +
  'RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

/** What upstream's default converter shows of kinds without columns of their own. */
const plainTable: TableDefinition = {
  columns: [
    { name: 'Name', type: 'string', format: 'name', description: nameDescription },
    { name: 'Created At', type: 'date', description: createdDescription },
  ],
  cells: ({ metadata }) => [metadata.name ?? '', metadata.creationTimestamp ?? ''],
};

export interface TableRequest {
  readonly metaVersion: string;
  readonly include: IncludeObject;
  readonly nowMs: number;
}

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: { readonly [key: string]: unknown };
  readonly columnDefinitions: readonly object[] | null;
  readonly rows: readonly object[];
}

/** Mirrors ConvertToTable and asTable: one row per object. */
export function tableOf(
  endpoint: Endpoint,
  objects: readonly KubeObject[],
  metadata: Table['metadata'],
  request: TableRequest,
  withColumns = true,
): Table {
  const table = endpoint.definition.table ?? plainTable;
  return {
    kind: 'Table',
    apiVersion: request.metaVersion,
    metadata,
    columnDefinitions: withColumns ? table.columns.map(printColumn) : null,
    rows: objects.map((object) => rowOf(endpoint, table, object, request)),
  };
}

function rowOf(
  endpoint: Endpoint,
  table: TableDefinition,
  object: KubeObject,
  request: TableRequest,
): object {
  const { include, metaVersion, nowMs } = request;
  const conditions = table.conditions?.(object) ?? [];
  return {
    cells: table.cells(object, nowMs),
    ...(conditions.length === 0 ? {} : { conditions }),
    object:
      include === 'None'
        ? null
        : include === 'Metadata'
          ? partialOf(object, metaVersion)
          : endpoint.served === undefined
            ? object
            : endpoint.served.fromStorage(object),
  };
}

function printColumn({ name, type, format, description, priority }: TableColumn): object {
  return { name, type, format: format ?? '', description, priority: priority ?? 0 };
}

export function partialOf(object: KubeObject, metaVersion: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: metaVersion, metadata: object.metadata };
}
