import type { CustomResourceDefinition, CustomResourceDefinitionStatus } from '../api/apiextensions-v1.ts';
import { validateDefinition, validateDefinitionUpdate, validateNames } from '../crd/validate.ts';
import { asKind } from '../object.ts';
import { createdAtTable } from '../printers/columns.ts';
import type { ResourceDefinition } from './definition.ts';

/** Nothing is accepted yet; `conditions: null` is printed for what is not there. */
const fresh = () =>
  ({
    acceptedNames: { plural: '', kind: '' },
    storedVersions: [],
  }) as unknown as CustomResourceDefinitionStatus;

/** The version that is stored is one in which objects may lie. */
function rememberStorage(crd: CustomResourceDefinition): void {
  const storage = crd.spec.versions.find((version) => version.storage)?.name;
  const status = crd.status ?? fresh();
  if (storage === undefined) return;
  const stored = status.storedVersions ?? [];
  if (!stored.includes(storage)) crd.status = { ...status, storedVersions: [...stored, storage] };
}

export const customResourceDefinition: ResourceDefinition = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  allowUnconditionalUpdate: false,
  tracksGeneration: true,
  /** Mirrors apiextensions/v1/defaults.go. */
  defaults(draft) {
    const crd = asKind<CustomResourceDefinition>(draft);
    crd.spec ??= { group: '', names: { plural: '', kind: '' }, scope: '', versions: [] };
    const { spec } = crd;
    spec.versions ??= [];
    spec.names ??= { plural: '', kind: '' };
    spec.names.singular ||= (spec.names.kind ?? '').toLowerCase();
    if (!spec.names.listKind && spec.names.kind) spec.names.listKind = `${spec.names.kind}List`;
    spec.conversion ??= { strategy: 'None' };
  },
  prepareForCreate(draft) {
    const crd = asKind<CustomResourceDefinition>(draft);
    delete crd.status;
    rememberStorage(crd);
    crd.status ??= fresh();
  },
  prepareForUpdate(draft, old) {
    const crd = asKind<CustomResourceDefinition>(draft);
    crd.status = asKind<CustomResourceDefinition>(old).status;
    rememberStorage(crd);
  },
  validate: (object) => validateDefinition(asKind<CustomResourceDefinition>(object)),
  validateUpdate: (object, old) =>
    validateDefinitionUpdate(asKind<CustomResourceDefinition>(object), asKind<CustomResourceDefinition>(old)),
  subresources: {
    status: {
      validateUpdate: (object) =>
        validateNames(
          asKind<CustomResourceDefinition>(object).status?.acceptedNames ?? { plural: '', kind: '' },
          'status.acceptedNames',
        ),
    },
  },
  table: createdAtTable,
};
