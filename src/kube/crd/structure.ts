import type { Json } from '../../base/json.ts';
import type { JSONSchemaProps } from '../api/apiextensions-v1.ts';
import type { FieldSchema, ScalarSchema, Schema, StructSchema } from '../schema/schema.ts';

const any: ScalarSchema = { kind: 'scalar', scalar: 'any', goType: 'interface {}' };
const text: ScalarSchema = { kind: 'scalar', scalar: 'string', goType: 'string' };

/** The single schema of a list's items (several are refused when the CRD is made). */
export function itemsOf(schema: JSONSchemaProps): JSONSchemaProps | undefined {
  return Array.isArray(schema.items) ? undefined : schema.items;
}

/** The schema of additional properties, undefined when there is none or only `true`. */
export function additionalOf(schema: JSONSchemaProps): JSONSchemaProps | undefined {
  const more = schema.additionalProperties;
  return typeof more === 'object' ? more : undefined;
}

/**
 * The shape of a custom kind for decoding, pruning, defaulting, merging and apply. `metadata`: Go's ObjectMeta, from a built-in kind.
 */
export function structOfCustomKind(schema: JSONSchemaProps | undefined, metadata: FieldSchema): StructSchema {
  const root = structOf(
    schema ?? { 'x-kubernetes-preserve-unknown-fields': true },
    embeddedMetadata(metadata),
  );
  const fields = new Map(root.fields);
  fields.set('apiVersion', fieldOf('apiVersion', text));
  fields.set('kind', fieldOf('kind', text));
  fields.set('metadata', metadata);
  return { ...root, fields };
}

function fieldOf(name: string, schema: Schema, required = false, value?: Json): FieldSchema {
  return {
    name,
    schema,
    numbers: [],
    pointer: true,
    omitEmpty: true,
    required,
    ...(value === undefined ? {} : { default: value }),
    patchStrategy: [],
  };
}

/** The metadata of an embedded resource has the names of ObjectMeta; what else is there is pruned. */
function embeddedMetadata({ schema }: FieldSchema): StructSchema {
  const names = schema.kind === 'struct' ? [...schema.fields.keys()] : [];
  return {
    kind: 'struct',
    goType: '',
    fields: new Map(names.map((name) => [name, fieldOf(name, any)])),
    mapType: 'granular',
  };
}

function structOf(schema: JSONSchemaProps, embedded: StructSchema): StructSchema {
  const fields = new Map<string, FieldSchema>();
  const required = new Set(schema.required ?? []);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    fields.set(name, fieldOf(name, schemaOf(property, embedded), required.has(name), property.default));
  if (schema['x-kubernetes-embedded-resource'] === true) {
    for (const name of ['apiVersion', 'kind']) if (!fields.has(name)) fields.set(name, fieldOf(name, text));
    fields.set('metadata', fieldOf('metadata', embedded));
  }
  return {
    kind: 'struct',
    goType: '',
    fields,
    mapType: schema['x-kubernetes-map-type'] === 'atomic' ? 'atomic' : 'granular',
    ...(schema['x-kubernetes-preserve-unknown-fields'] === true ? { preserveUnknown: true } : {}),
  };
}

function schemaOf(schema: JSONSchemaProps, embedded: StructSchema): Schema {
  if (schema['x-kubernetes-int-or-string'] === true)
    return scalar('intOrString', 'intstr.IntOrString', schema);
  switch (schema.type) {
    case 'object': {
      const more = schema.additionalProperties;
      const empty = Object.keys(schema.properties ?? {}).length === 0;
      if (empty && (more === true || typeof more === 'object'))
        return {
          kind: 'map',
          values: typeof more === 'object' ? schemaOf(more, embedded) : any,
          mapType: schema['x-kubernetes-map-type'] === 'atomic' ? 'atomic' : 'granular',
        };
      return structOf(schema, embedded);
    }
    case 'array': {
      const items = itemsOf(schema);
      const type = schema['x-kubernetes-list-type'];
      return {
        kind: 'list',
        items: items === undefined ? any : schemaOf(items, embedded),
        listType: type === 'set' || type === 'map' ? type : 'atomic',
        mapKeys: schema['x-kubernetes-list-map-keys'] ?? [],
      };
    }
    case 'string':
      return scalar('string', 'string', schema);
    case 'integer':
      return scalar('int64', 'int64', schema);
    case 'number':
      return scalar('float64', 'float64', schema);
    case 'boolean':
      return scalar('bool', 'bool', schema);
    default:
      return schema.properties === undefined ? any : structOf(schema, embedded);
  }
}

function scalar(kind: ScalarSchema['scalar'], goType: string, { nullable }: JSONSchemaProps): ScalarSchema {
  return { kind: 'scalar', scalar: kind, goType, ...(nullable === true ? { nullable: true } : {}) };
}
