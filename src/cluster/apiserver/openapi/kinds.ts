import type { Json, JsonObject } from '../../../base/json.ts';
import type { BuiltinSchemas } from '../../../kube/schema/load.ts';
import type { InstalledResource } from '../contracts.ts';
import type { Definitions, Draft, GroupVersionKind } from './definitions.ts';
import { customDefinitionName, metaName } from './names.ts';

/** The `openAPIV3Schema` of a custom kind as its CRD has it; undefined when there is none. */
export type CustomSchemas = (group: string, version: string, kind: string) => JsonObject | undefined;

/** References to the objects and lists of resources, built-in and custom; what is referred to gets written. */
export class Kinds {
  readonly #definitions: Definitions;
  readonly #schemas: BuiltinSchemas;
  readonly #customs: CustomSchemas;

  constructor(definitions: Definitions, schemas: BuiltinSchemas, customs: CustomSchemas) {
    this.#definitions = definitions;
    this.#schemas = schemas;
    this.#customs = customs;
  }

  object(kind: GroupVersionKind, custom = false): Draft {
    if (custom) return this.#custom(kind);
    const schema = this.#schemas.schemaOf(kind.group, kind.version, kind.kind);
    return schema === undefined ? { type: 'object' } : this.#definitions.struct(schema, kind);
  }

  list(resource: InstalledResource): Draft {
    const kind = { group: resource.group, version: resource.version, kind: resource.listKind };
    return resource.custom ? this.#customList(resource, kind) : this.object(kind);
  }

  meta(name: string): Draft {
    if (name === 'Patch') return this.#definitions.plain(metaName('Patch'), patch);
    const schema = this.#schemas.structOf(`meta/v1.${name}`);
    return schema === undefined ? { type: 'object' } : this.#definitions.struct(schema);
  }

  /** The options and events of every group carry the group's own version. */
  addMetaKind(name: string, group: string, version: string): void {
    this.#definitions.addKind(metaName(name), { group, version, kind: name });
  }

  #custom(kind: GroupVersionKind): Draft {
    const given = this.#customs(kind.group, kind.version, kind.kind) ?? { type: 'object' };
    const properties = (given.properties ?? {}) as JsonObject;
    const schema: Json = {
      ...given,
      properties: { ...properties, ...this.#typeMeta(), metadata: this.#metadata('ObjectMeta', objectMeta) },
    };
    return this.#definitions.custom(customDefinitionName(kind.group, kind.version, kind.kind), schema, kind);
  }

  #customList(resource: InstalledResource, kind: GroupVersionKind): Draft {
    const schema: Json = {
      description: `${kind.kind} is a list of ${resource.kind}`,
      type: 'object',
      required: ['items'],
      properties: {
        ...this.#typeMeta(),
        items: {
          description: `List of ${resource.plural}. ${moreInfo}`,
          type: 'array',
          items: this.#custom(resource),
        },
        metadata: this.#metadata('ListMeta', listMeta),
      },
    };
    return this.#definitions.custom(customDefinitionName(kind.group, kind.version, kind.kind), schema, kind);
  }

  #typeMeta(): Draft {
    return {
      apiVersion: { type: 'string', description: apiVersionText },
      kind: { type: 'string', description: kindText },
    };
  }

  #metadata(name: 'ObjectMeta' | 'ListMeta', description: string): Json {
    return { description, allOf: [this.meta(name)] };
  }
}

const moreInfo =
  'More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
const objectMeta = `Standard object's metadata. ${moreInfo}#metadata`;
const listMeta = `Standard list metadata. ${moreInfo}#types-kinds`;
const apiVersionText = `The group and version of the object's kind. ${moreInfo}#resources`;
const kindText = `The kind of the object, in CamelCase. ${moreInfo}#types-kinds`;
const patch: Draft = {
  description: 'The changes, in the language of the request’s Content-Type.',
  type: 'object',
};
