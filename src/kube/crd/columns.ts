import type { CustomResourceColumnDefinition } from '../api/apiextensions-v1.ts';
import { humanDuration } from '../duration.ts';
import { ageColumn, nameColumn } from '../printers/columns.ts';
import type { TableCell, TableColumn, TableDefinition } from '../resources/definition.ts';
import { timeToMs } from '../time.ts';
import { parseJsonPath } from './json-path.ts';

/** The table of a custom kind. Mirrors registry/customresource/tableconvertor. */
export function customTable(columns: readonly CustomResourceColumnDefinition[] | undefined): TableDefinition {
  const given = columns?.length
    ? columns.map((column) => ({ header: headerOf(column), path: parseJsonPath(column.jsonPath) }))
    : [
        {
          header: { ...ageColumn, type: 'date' as const },
          path: parseJsonPath('.metadata.creationTimestamp'),
        },
      ];
  return {
    columns: [nameColumn, ...given.map(({ header }) => header)],
    cells(object, now) {
      return [
        object.metadata.name ?? '',
        ...given.map(({ header, path }) => cellOf(header.type, path(object)[0], now)),
      ];
    },
  };
}

function headerOf(column: CustomResourceColumnDefinition): TableColumn {
  return {
    name: column.name,
    type: column.type as TableColumn['type'],
    ...(column.format ? { format: column.format } : {}),
    description:
      column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    ...(column.priority ? { priority: column.priority } : {}),
  };
}

function cellOf(type: TableColumn['type'], value: unknown, now: number): TableCell {
  if (value === undefined) return null;
  if (type === 'string') return printed(value);
  if (value === null) return null;
  if (type === 'integer') return typeof value === 'number' ? Math.trunc(value) : null;
  if (type === 'number') return typeof value === 'number' ? value : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  if (typeof value !== 'string') return null;
  const then = timeToMs(value);
  return Number.isNaN(then) ? '<invalid>' : humanDuration(now - then);
}

/** As JSONPath prints a value: texts bare, structures as JSON. */
function printed(value: unknown): string {
  if (value === null) return '<nil>';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
