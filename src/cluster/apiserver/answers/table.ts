import type { KubeObject } from '../../../kube/object.ts';
import { createdAtTable } from '../../../kube/printers/columns.ts';
import type { TableColumn, TableDefinition } from '../../../kube/resources/definition.ts';
import { badRequest } from '../../../kube/status.ts';

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

/** What is shown, and how an object looks in a row that asks for it whole. */
export interface TableSubject {
  /** Undefined: what upstream's default converter shows. */
  readonly table: TableDefinition | undefined;
  show(object: KubeObject): KubeObject;
}

/** Mirrors ConvertToTable and asTable: one row per object. */
export function tableOf(
  subject: TableSubject,
  objects: readonly KubeObject[],
  metadata: Table['metadata'],
  request: TableRequest,
  withColumns = true,
): Table {
  const table = subject.table ?? createdAtTable;
  return {
    kind: 'Table',
    apiVersion: request.metaVersion,
    metadata,
    columnDefinitions: withColumns ? table.columns.map(printColumn) : null,
    rows: objects.map((object) => rowOf(subject, table, object, request)),
  };
}

function rowOf(
  subject: TableSubject,
  table: TableDefinition,
  object: KubeObject,
  { include, metaVersion, nowMs }: TableRequest,
): object {
  const conditions = table.conditions?.(object) ?? [];
  return {
    cells: table.cells(object, nowMs),
    ...(conditions.length === 0 ? {} : { conditions }),
    object:
      include === 'None'
        ? null
        : include === 'Metadata'
          ? partialOf(object, metaVersion)
          : subject.show(object),
  };
}

function printColumn({ name, type, format, description, priority }: TableColumn): object {
  return { name, type, format: format ?? '', description, priority: priority ?? 0 };
}

export function partialOf(object: KubeObject, metaVersion: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: metaVersion, metadata: object.metadata };
}
