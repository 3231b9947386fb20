import { type FieldError, invalid } from '../field-error.ts';
import type { ResourceDefinition } from '../resources/definition.ts';

const standard: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers without a domain must be ones that upstream knows. Mirrors validateKubeFinalizerName. */
export function unknownFinalizer(name: string, field: string): FieldError[] {
  return name.includes('/') || standard.has(name)
    ? []
    : [invalid(field, name, 'name is neither a standard finalizer name nor is it fully qualified')];
}

/** The groups whose kinds are validated with the core group's ValidateObjectMeta, which is stricter than everybody's. */
const strictGroups: ReadonlySet<string> = new Set([
  '',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'rbac.authorization.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

/** What such kinds say of `metadata.finalizers` besides what every kind does. */
export function validateStandardFinalizers(
  { group, kind }: Pick<ResourceDefinition, 'group' | 'kind'>,
  finalizers: readonly string[] | undefined,
): FieldError[] {
  if (finalizers === undefined || !strictGroups.has(group) || kind === 'Event') return [];
  return finalizers.flatMap((name, i) => unknownFinalizer(name, `metadata.finalizers[${i}]`));
}
