import type { Node } from '../api/core-v1.ts';
import { asKind } from '../object.ts';
import type { TableDefinition } from '../resources/definition.ts';
import { ageSince } from './age.ts';
import { nodeColumns } from './node-columns.ts';

const rolePrefix = 'node-role.kubernetes.io/';

/** From its labels, sorted, each once. */
function nodeRoles(labels: { readonly [key: string]: string } | undefined): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (key.startsWith(rolePrefix)) roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role') roles.add(value);
  }
  roles.delete('');
  return [...roles].sort();
}

/** Mirrors printNode of pkg/printers/internalversion. */
export const nodeTable: TableDefinition = {
  columns: nodeColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<Node>(object);
    // The last of a type counts.
    const ready = (status?.conditions ?? []).findLast(({ type }) => type === 'Ready');
    const state = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
    const address = (wanted: string) =>
      status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
    const info = status?.nodeInfo;
    return [
      metadata?.name ?? '',
      spec?.unschedulable ? `${state},SchedulingDisabled` : state,
      nodeRoles(metadata?.labels).join(',') || '<none>',
      ageSince(metadata?.creationTimestamp, now),
      info?.kubeletVersion ?? '',
      address('InternalIP'),
      address('ExternalIP'),
      info?.osImage || '<unknown>',
      info?.kernelVersion || '<unknown>',
      info?.containerRuntimeVersion || '<unknown>',
    ];
  },
};
