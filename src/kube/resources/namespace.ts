import type { Namespace } from '../api/core-v1.ts';
import { type FieldError, invalid } from '../field-error.ts';
import { isQualifiedName, nameIsDNSLabel } from '../names.ts';
import { asKind, type KubeObject } from '../object.ts';
import { ageSince } from '../printers/age.ts';
import { ageColumn, column, nameColumn } from '../printers/columns.ts';
import { unknownFinalizer } from '../validation/finalizers.ts';
import type { ResourceDefinition } from './definition.ts';
import { keepSpec } from './workload.ts';

const kubernetesFinalizer = 'kubernetes';

/** Finalizers without a domain must be ones that upstream knows. Mirrors validateFinalizerName. */
function validateFinalizerName(name: string, field: string): FieldError[] {
  return [
    ...isQualifiedName(name).map((message) => invalid(field, name, message)),
    ...unknownFinalizer(name, field),
  ];
}

/** Mirrors ValidateNamespaceFinalizeUpdate, for PUT /finalize. */
export function validateNamespaceFinalize(object: KubeObject): FieldError[] {
  return (asKind<Namespace>(object).spec?.finalizers ?? []).flatMap((name, i) =>
    validateFinalizerName(name, `spec.finalizers[${i}]`),
  );
}

function validate(object: KubeObject): FieldError[] {
  return (asKind<Namespace>(object).spec?.finalizers ?? []).flatMap((name) =>
    validateFinalizerName(name, 'spec.finalizers'),
  );
}

export const namespaceResource: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  validateName: nameIsDNSLabel,
  defaults(draft) {
    const namespace = asKind<Namespace>(draft);
    const name = draft.metadata.name;
    if (name) draft.metadata.labels = { ...draft.metadata.labels, 'kubernetes.io/metadata.name': name };
    namespace.status = { ...namespace.status, phase: namespace.status?.phase || 'Active' };
  },
  prepareForCreate(draft) {
    const namespace = asKind<Namespace>(draft);
    const name = draft.metadata.name;
    // With generateName the name is not known yet when defaults run.
    if (name) draft.metadata.labels = { ...draft.metadata.labels, 'kubernetes.io/metadata.name': name };
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.status = { phase: 'Active' };
    namespace.spec = {
      ...namespace.spec,
      finalizers: finalizers.includes(kubernetesFinalizer)
        ? finalizers
        : [...finalizers, kubernetesFinalizer],
    };
  },
  prepareForUpdate(draft, old) {
    const namespace = asKind<Namespace>(draft);
    const before = asKind<Namespace>(old);
    namespace.spec = { ...namespace.spec, finalizers: before.spec?.finalizers };
    namespace.status = before.status;
  },
  validate,
  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate(object) {
        const phase = asKind<Namespace>(object).status?.phase ?? '';
        if (object.metadata.deletionTimestamp === undefined)
          return phase === 'Active'
            ? []
            : [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
        return phase === 'Terminating'
          ? []
          : [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
      },
    },
  },
  selectablePaths: ['status.phase'],
  selectableFields: (object) => ({ 'status.phase': asKind<Namespace>(object).status?.phase ?? '' }),
  table: {
    columns: [nameColumn, column('Status', 'The status of the namespace'), ageColumn],
    cells(object, now) {
      const { metadata, status } = asKind<Namespace>(object);
      return [metadata?.name ?? '', status?.phase ?? '', ageSince(metadata?.creationTimestamp, now)];
    },
  },
};
