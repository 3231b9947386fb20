import type { KubeObject } from '../../../kube/object.ts';
import type { ResourceDefinition } from '../../../kube/resources/definition.ts';
import type { DeleteOptions } from './delete-options.ts';

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** What the finalizers become when an object is deleted so. Mirrors deletionFinalizersForGarbageCollection. */
export function collectionFinalizers(
  definition: ResourceDefinition,
  object: KubeObject,
  options: Pick<DeleteOptions, 'orphanDependents' | 'propagation'>,
): readonly string[] {
  const before = object.metadata.finalizers ?? [];
  if (isEvent(definition)) return before;
  const wanted = before.filter((name) => name !== orphan && name !== foreground);
  if (shouldOrphan(definition, before, options)) wanted.push(orphan);
  if (shouldWait(before, options)) wanted.push(foreground);
  const same = wanted.length === before.length && wanted.every((name) => before.includes(name));
  return same ? before : wanted;
}

/** Events are never collected, so nothing waits for their dependents. */
function isEvent({ group, kind }: ResourceDefinition): boolean {
  return kind === 'Event' && (group === '' || group === 'events.k8s.io');
}

type Propagation = Pick<DeleteOptions, 'orphanDependents' | 'propagation'>;

function shouldOrphan(
  definition: ResourceDefinition,
  finalizers: readonly string[],
  { orphanDependents, propagation }: Propagation,
): boolean {
  if (orphanDependents !== undefined) return orphanDependents;
  if (propagation !== undefined) return propagation === 'Orphan';
  const set = finalizers.find((name) => name === orphan || name === foreground);
  if (set !== undefined) return set === orphan;
  return definition.defaultPropagation === 'orphan';
}

function shouldWait(finalizers: readonly string[], { orphanDependents, propagation }: Propagation): boolean {
  if (orphanDependents !== undefined) return false;
  if (propagation !== undefined) return propagation === 'Foreground';
  return finalizers.find((name) => name === orphan || name === foreground) === foreground;
}

export function withFinalizers(draft: KubeObject, finalizers: readonly string[]): void {
  if (finalizers.length === 0) delete draft.metadata.finalizers;
  else draft.metadata.finalizers = [...finalizers];
}
