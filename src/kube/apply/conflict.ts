import { goQuote } from '../field-error.ts';
import { failure, type StatusError } from '../status.ts';
import { printPath } from './element.ts';
import { type Fields, forEachPath } from './fields.ts';
import { partsOf } from './managers.ts';

export interface Conflict {
  /** Identifier. */
  readonly manager: string;
  readonly path: readonly string[];
}

/** Fields that others own with another value than the applied one. */
export class ApplyConflicts extends Error {
  readonly conflicts: readonly Conflict[];
  constructor(conflicts: readonly Conflict[]) {
    super('conflicts');
    this.conflicts = conflicts;
  }
}

export function conflictsOf(sets: ReadonlyMap<string, Fields>): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const manager of [...sets.keys()].sort())
    forEachPath(sets.get(manager) ?? {}, (path) => conflicts.push({ manager, path }));
  return conflicts;
}

function printManager(id: string): string {
  const { manager = '', operation, apiVersion = '', subresource = '' } = partsOf(id);
  const name = goQuote(manager) + (subresource === '' ? '' : ` with subresource ${goQuote(subresource)}`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [only] = conflicts;
  if (conflicts.length === 1 && only !== undefined)
    return `Apply failed with 1 conflict: conflict with ${printManager(only.manager)}: ${printPath(only.path)}`;
  const lines: string[] = [];
  let last: string | undefined;
  for (const { manager, path } of conflicts) {
    if (manager !== last) lines.push(`conflicts with ${printManager(manager)}:`);
    last = manager;
    lines.push(`- ${printPath(path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** 409 with one cause per field. Mirrors internal.NewConflictError. */
export function conflictStatus(conflicts: readonly Conflict[]): StatusError {
  return failure(409, 'Conflict', conflictMessage(conflicts), {
    causes: conflicts.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${printManager(manager)}`,
      field: printPath(path),
    })),
  });
}
