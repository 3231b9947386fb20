import type { Json, JsonObject } from '../../../base/json.ts';
import type {
  FieldSchema,
  ListSchema,
  MapSchema,
  ScalarSchema,
  Schema,
  StructSchema,
} from '../../../kube/schema/schema.ts';
import { atomicStructs } from '../../../kube/schema/special.ts';
import { docsOf, fieldEnum, fieldText, type KubeDocs } from './docs.ts';
import { definitionName, intOrStringName, metaName, quantityName, rawExtensionName } from './names.ts';

export type Draft = { [key: string]: Json };

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The two editions of OpenAPI differ in how they refer, and in what may stand beside a reference. */
export interface Edition {
  readonly version: 2 | 3;
  /** `#/components/schemas/` */
  readonly prefix: string;
}
export const openApi3: Edition = { version: 3, prefix: '#/components/schemas/' };
export const openApi2: Edition = { version: 2, prefix: '#/definitions/' };

/** Collects the definitions that a document needs; each type is written once. Mirrors kube-openapi's generated definitions. */
export class Definitions {
  readonly #edition: Edition;
  readonly #docs: KubeDocs;
  readonly #written = new Map<string, Json>();
  readonly #kinds = new Map<string, GroupVersionKind[]>();

  constructor(edition: Edition, docs: KubeDocs) {
    this.#edition = edition;
    this.#docs = docs;
  }

  /** Sorted by name. */
  all(): { readonly [name: string]: Json } {
    const sorted = [...this.#written].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      sorted.map(([name, schema]) => {
        const kinds = this.#kinds.get(name);
        if (kinds === undefined) return [name, schema];
        return [name, { ...(schema as JsonObject), 'x-kubernetes-group-version-kind': kinds.map(gvkJson) }];
      }),
    );
  }

  /** A reference to a struct, which is written too; `kind` when it is a kind of the API. */
  struct(schema: StructSchema, kind?: GroupVersionKind): Draft {
    const name = definitionName(schema.goType);
    if (!this.#written.has(name)) {
      this.#written.set(name, {});
      this.#written.set(name, this.#structSchema(schema));
    }
    if (kind !== undefined) this.addKind(name, kind);
    return this.ref(name);
  }

  /** A definition that is not Go's: custom resources. */
  custom(name: string, schema: Json, kind: GroupVersionKind): Draft {
    this.#written.set(name, schema);
    this.addKind(name, kind);
    return this.ref(name);
  }

  addKind(name: string, kind: GroupVersionKind): void {
    const kinds = this.#kinds.get(name) ?? [];
    if (
      !kinds.some((one) => one.group === kind.group && one.version === kind.version && one.kind === kind.kind)
    )
      kinds.push(kind);
    this.#kinds.set(name, kinds);
  }

  ref(name: string): Draft {
    return { $ref: `${this.#edition.prefix}${name}` };
  }

  #structSchema(schema: StructSchema): Json {
    const docs = docsOf(this.#docs, schema.goType);
    const properties: Draft = {};
    const names = [...schema.fields.keys()].sort();
    for (const name of names) {
      const field = schema.fields.get(name);
      if (field !== undefined)
        properties[name] = this.#property(field, fieldText(docs, name), fieldEnum(docs, name));
    }
    const required = [...schema.fields.values()].filter((field) => field.required).map(({ name }) => name);
    return {
      ...(docs.description === undefined ? {} : { description: docs.description }),
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      ...(names.length === 0 ? {} : { properties }),
      ...(atomicStructs.has(schema.goType) ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    };
  }

  #property(field: FieldSchema, text: string | undefined, values: readonly string[] | undefined): Draft {
    const { schema, patchStrategy, patchMergeKey } = field;
    const description: Draft = text === undefined ? {} : { description: text };
    const fallback = this.#edition.version === 2 ? undefined : defaultOf(field);
    const extensions: Draft = {
      ...listExtensions(schema),
      ...(patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': patchMergeKey }),
      ...(patchStrategy.length === 0 ? {} : { 'x-kubernetes-patch-strategy': patchStrategy.join(',') }),
    };
    const shape = this.#shape(schema, values);
    const standard: Draft = { ...description, ...(fallback === undefined ? {} : { default: fallback }) };
    return { ...this.#beside(shape, standard), ...extensions };
  }

  /** In OpenAPI 3 nothing may stand beside a reference, so it is wrapped. */
  #beside(shape: Draft, standard: Draft): Draft {
    const wrap = shape.$ref !== undefined && this.#edition.version === 3 && Object.keys(standard).length > 0;
    return wrap ? { ...standard, allOf: [shape] } : { ...standard, ...shape };
  }

  #shape(schema: Schema, values?: readonly string[]): Draft {
    switch (schema.kind) {
      case 'struct':
        return this.struct(schema);
      case 'list':
        return { type: 'array', items: this.#item(schema, values) };
      case 'map':
        return { type: 'object', additionalProperties: this.#item(schema) };
      default:
        return { ...this.#scalar(schema), ...(values === undefined ? {} : { enum: [...values] }) };
    }
  }

  #item(schema: ListSchema | MapSchema, values?: readonly string[]): Draft {
    const inner = schema.kind === 'list' ? schema.items : schema.values;
    const zero = this.#edition.version === 2 ? undefined : zeroDefault(inner);
    return this.#beside(this.#shape(inner, values), zero === undefined ? {} : { default: zero });
  }

  #scalar(schema: ScalarSchema): Draft {
    switch (schema.scalar) {
      case 'string':
        return { type: 'string' };
      case 'bool':
        return { type: 'boolean' };
      case 'int32':
      case 'int64':
        return { type: 'integer', format: schema.scalar };
      case 'float64':
        return { type: 'number', format: 'double' };
      case 'bytes':
        return { type: 'string', format: 'byte' };
      default:
        return this.#special(schema);
    }
  }

  /** Types that are a definition of their own though JSON has one value of them. */
  #special({ scalar, goType }: ScalarSchema): Draft {
    switch (scalar) {
      case 'time':
      case 'microTime':
        return this.plain(metaName(scalar === 'time' ? 'Time' : 'MicroTime'), {
          type: 'string',
          format: 'date-time',
        });
      case 'quantity':
        return this.plain(quantityName, this.#either(['string', 'number'], { type: 'string' }));
      case 'intOrString':
        return this.plain(intOrStringName, {
          ...this.#either(['integer', 'string'], { type: 'string' }),
          format: 'int-or-string',
        });
      case 'duration':
        return this.plain(metaName('Duration'), { type: 'string' });
      case 'fieldsV1':
        return this.plain(metaName('FieldsV1'), { type: 'object' });
      default:
        if (goType === 'runtime.RawExtension') return this.plain(rawExtensionName, { type: 'object' });
        if (!goType.startsWith('v1.')) return { type: 'object' };
        return this.plain(definitionName(`apiextensions/${goType}`), {});
    }
  }

  #either(types: readonly string[], second: Draft): Draft {
    return this.#edition.version === 3 ? { oneOf: types.map((type) => ({ type })) } : second;
  }

  /** A definition that stands for one value of JSON. */
  plain(name: string, schema: Draft): Draft {
    if (!this.#written.has(name)) this.#written.set(name, schema);
    return this.ref(name);
  }
}

export function gvkJson({ group, version, kind }: GroupVersionKind): JsonObject {
  return { group, kind, version };
}

function listExtensions(schema: Schema): Draft {
  if (schema.kind === 'list' && schema.declared === true)
    return {
      ...(schema.mapKeys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': [...schema.mapKeys] }),
      'x-kubernetes-list-type': schema.listType,
    };
  return schema.kind === 'map' && schema.mapType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {};
}

/** Upstream's generator writes the zero of whatever is neither a pointer nor left out when empty. */
function defaultOf(field: FieldSchema): Json | undefined {
  if (field.default !== undefined) return field.default;
  if (field.pointer) return undefined;
  if (field.schema.kind === 'struct') return {};
  return field.omitEmpty || field.schema.kind !== 'scalar' ? undefined : zeroDefault(field.schema);
}

function zeroDefault(schema: Schema): Json | undefined {
  if (schema.kind === 'struct') return {};
  if (schema.kind !== 'scalar') return undefined;
  switch (schema.scalar) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float64':
      return 0;
    default:
      return undefined;
  }
}
