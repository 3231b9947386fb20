import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../api/apiextensions-v1.ts';
import { type FieldError, invalid } from '../field-error.ts';
import { compareKubeVersions } from '../kube-version.ts';
import { apiVersionOf, asDict, type KubeObject } from '../object.ts';
import type { ResourceDefinition, ServedVersion } from '../resources/definition.ts';
import type { FieldSchema, SchemaSource, StructSchema } from '../schema/schema.ts';
import { customTable } from './columns.ts';
import { noField, validateInstance } from './instance.ts';
import { parseJsonPath } from './json-path.ts';
import { validateListTypes } from './list-types.ts';
import { RuleSet } from './rules.ts';
import { structOfCustomKind } from './structure.ts';

/** What a definition adds to the API, in the shape that the catalog installs. */
export interface CustomKind {
  readonly definition: ResourceDefinition;
  readonly schemas: SchemaSource;
  /** False: the version that is stored is not among those served. */
  readonly servesStorage: boolean;
  /** `panaderia.example.com/v1beta1 Horno is deprecated; …` for each request to a deprecated version. */
  warningOf(version: string): string | undefined;
}

/**
 * The resource that an (already validated) definition describes. `builtin` lends Go's ObjectMeta. Undefined when no version
 * is served.
 */
export function customKindOf(crd: CustomResourceDefinition, builtin: SchemaSource): CustomKind | undefined {
  const { spec } = crd;
  const storage = spec.versions.find((version) => version.storage);
  const served = spec.versions.filter((version) => version.served);
  if (storage === undefined || served.length === 0) return undefined;
  const schemas = schemasOf(crd, builtin);
  return {
    definition: definitionOf(crd, storage, served),
    schemas,
    servesStorage: storage.served === true,
    warningOf: (version) => warningOf(crd, version),
  };
}

function schemasOf({ spec }: CustomResourceDefinition, builtin: SchemaSource): SchemaSource {
  const metadata: FieldSchema | undefined = builtin.schemaOf('', 'v1', 'ConfigMap')?.fields.get('metadata');
  const known = new Map<string, StructSchema>();
  for (const { name, schema } of spec.versions)
    if (metadata !== undefined) known.set(name, structOfCustomKind(schema?.openAPIV3Schema, metadata));
  return {
    schemaOf: (group, version, kind) =>
      group === spec.group && kind === spec.names.kind
        ? known.get(version)
        : builtin.schemaOf(group, version, kind),
  };
}

function warningOf({ spec }: CustomResourceDefinition, version: string): string | undefined {
  const entry = spec.versions.find(({ name }) => name === version);
  if (entry?.deprecated !== true) return undefined;
  if (entry.deprecationWarning !== undefined) return entry.deprecationWarning;
  const { group, names } = spec;
  const text = `${group}/${version} ${names.kind} is deprecated`;
  const better = [...spec.versions]
    .filter(
      (other) => other.served && other.deprecated !== true && compareKubeVersions(other.name, version) > 0,
    )
    .sort((a, b) => compareKubeVersions(b.name, a.name))[0];
  return better === undefined ? text : `${text}; use ${group}/${better.name} ${names.kind}`;
}

function definitionOf(
  { spec }: CustomResourceDefinition,
  storage: CustomResourceDefinitionVersion,
  served: readonly CustomResourceDefinitionVersion[],
): ResourceDefinition {
  const { group, names } = spec;
  const schema: JSONSchemaProps = storage.schema?.openAPIV3Schema ?? {
    'x-kubernetes-preserve-unknown-fields': true,
  };
  const rules = new RuleSet(schema);
  const scale = storage.subresources?.scale;
  const status = storage.subresources?.status;
  const selectable = (storage.selectableFields ?? []).map(({ jsonPath }) => ({
    name: jsonPath.replace(/^\./, ''),
    find: parseJsonPath(jsonPath),
  }));
  const validate = (object: KubeObject, old?: KubeObject): FieldError[] => {
    const errors = validateInstance(schema, object, old);
    if (scale !== undefined) errors.push(...validateReplicas(object, scale.specReplicasPath));
    errors.push(...validateListTypes(schema, object));
    if (!rules.any) return errors;
    return [...errors, ...(blocks(errors) ? [unchecked] : rules.validate(object, old))];
  };
  return {
    group,
    version: storage.name,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: spec.scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    alsoServed: served
      .filter(({ name }) => name !== storage.name)
      .map((version) => servedAs(spec.group, version.name, storage.name, names.shortNames)),
    allowUnconditionalUpdate: false,
    tracksGeneration: true,
    ...(status === undefined
      ? {}
      : {
          prepareForCreate(draft: KubeObject) {
            delete asDict(draft)['status'];
          },
          prepareForUpdate(draft: KubeObject, old: KubeObject) {
            const before = asDict(old);
            if (Object.hasOwn(before, 'status') && before['status'] !== undefined)
              asDict(draft)['status'] = before['status'];
            else delete asDict(draft)['status'];
          },
        }),
    validate: (object) => validate(object),
    validateUpdate: (object, old) => validate(object, old),
    subresources: {
      ...(status === undefined ? {} : { status: { validateUpdate: validate } }),
      ...(scale === undefined
        ? {}
        : {
            scale: {
              specReplicas: scale.specReplicasPath.replace(/^\./, ''),
              statusReplicas: scale.statusReplicasPath.replace(/^\./, ''),
              ...(scale.labelSelectorPath ? { selector: scale.labelSelectorPath.replace(/^\./, '') } : {}),
            },
          }),
    },
    selectablePaths: selectable.map(({ name }) => name),
    selectableFields: (object) =>
      Object.fromEntries(
        selectable.map(({ name, find }) => {
          const [value] = find(object);
          return [name, value === undefined || value === null ? '' : String(value)];
        }),
      ),
    table: customTable(storage.additionalPrinterColumns),
  };
}

/** Without conversion webhooks, versions differ in their name only. */
function servedAs(
  group: string,
  version: string,
  storage: string,
  shortNames: readonly string[] | undefined,
): ServedVersion {
  return {
    group,
    version,
    shortNames: shortNames ?? [],
    toStorage: (draft) => ({ ...draft, apiVersion: apiVersionOf({ group, version: storage }) }),
    fromStorage: (object) => ({ ...object, apiVersion: apiVersionOf({ group, version }) }),
  };
}

function validateReplicas(object: KubeObject, path: string): FieldError[] {
  const [value] = parseJsonPath(path)(object);
  const field = path.replace(/^\./, '');
  if (typeof value !== 'number') return [];
  if (value < 0) return [invalid(field, value, 'should be a non-negative integer')];
  return value > 2147483647 ? [invalid(field, value, 'should be less than or equal to 2147483647')] : [];
}

/** Rules are not run on what has the wrong shape. */
const blocking: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const blocks = (errors: readonly FieldError[]) => errors.some(({ type }) => blocking.has(type));
const unchecked: FieldError = invalid(
  noField,
  'null',
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);
