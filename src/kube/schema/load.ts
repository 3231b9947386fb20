import type { Json } from '../../base/json.ts';
import { shortGoType } from './go-type.ts';
import type { FieldSchema, ListSchema, MapSchema, Schema, SchemaSource, StructSchema } from './schema.ts';
import { atomicStructs, isSchemaOrElse, specialScalar } from './special.ts';

/** The texts of `assets/kubernetes/fields.tsv` and `aliases.tsv`. */
export interface SchemaFacts {
  readonly fields: string;
  readonly aliases: string;
}

/** What OpenAPI needs beside: every struct by its Go name, `core/v1.PodSpec`. */
export interface BuiltinSchemas extends SchemaSource {
  structOf(goType: string): StructSchema | undefined;
  /** Go names of every struct of a package (`apps/v1`), in upstream's order. */
  structsIn(folder: string): readonly string[];
}

/** Groups whose folder is not the first label of their name. */
const folders: ReadonlyMap<string, string> = new Map([
  ['', 'core'],
  ['rbac.authorization.k8s.io', 'rbac'],
  ['flowcontrol.apiserver.k8s.io', 'flowcontrol'],
]);

/** `networking.k8s.io`, `v1` → `networking/v1`: where upstream declares the group's types. */
function folderOf(group: string, version: string): string {
  return `${folders.get(group) ?? group.split('.')[0] ?? ''}/${version}`;
}

/** Types of apimachinery that every group registers. */
const everywhere = new Set([
  'DeleteOptions',
  'CreateOptions',
  'UpdateOptions',
  'PatchOptions',
  'ListOptions',
  'GetOptions',
  'WatchEvent',
]);
const metaKinds = new Set([
  'Status',
  'APIVersions',
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'Table',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
  ...everywhere,
]);
/** Kinds that a group serves though another package declares them. */
const borrowed: ReadonlyMap<string, string> = new Map([
  ['apps/v1.Scale', 'autoscaling/v1.Scale'],
  ['core/v1.Scale', 'autoscaling/v1.Scale'],
  ['core/v1.List', 'meta/v1.List'],
]);

/** Splits the facts by type; each type is only read when somebody asks for it. Throws on facts that contradict themselves. */
export function loadBuiltinSchemas(facts: SchemaFacts): BuiltinSchemas {
  return new Builtin(facts);
}

/** Reads its fields when they are first looked at: most types never are, and some lead back to themselves. */
class LazyStruct implements StructSchema {
  readonly kind = 'struct';
  readonly goType: string;
  readonly mapType: 'granular' | 'atomic';
  #fields: ReadonlyMap<string, FieldSchema> | undefined;
  readonly #read: () => ReadonlyMap<string, FieldSchema>;

  constructor(goType: string, mapType: 'granular' | 'atomic', read: () => ReadonlyMap<string, FieldSchema>) {
    this.goType = goType;
    this.mapType = mapType;
    this.#read = read;
  }

  get fields(): ReadonlyMap<string, FieldSchema> {
    this.#fields ??= this.#read();
    return this.#fields;
  }
}

class Builtin implements BuiltinSchemas {
  readonly #rows = new Map<string, string[]>();
  readonly #aliases = new Map<string, string>();
  readonly #structs = new Map<string, StructSchema>();

  constructor({ fields, aliases }: SchemaFacts) {
    for (const line of fields.split('\n').slice(1)) {
      if (line === '') continue;
      const tab = line.indexOf('\t');
      const end = line.indexOf('\t', tab + 1);
      const type = `${line.slice(0, tab)}.${line.slice(tab + 1, end)}`;
      const rows = this.#rows.get(type);
      if (rows === undefined) this.#rows.set(type, [line.slice(end + 1)]);
      else rows.push(line.slice(end + 1));
    }
    for (const line of aliases.split('\n').slice(1)) {
      const [folder, name, target] = line.split('\t');
      if (name !== undefined && target !== undefined) this.#aliases.set(`${folder}.${name}`, target);
    }
  }

  schemaOf(group: string, version: string, kind: string): StructSchema | undefined {
    const own = `${folderOf(group, version)}.${kind}`;
    const meta = (group === '' || group === 'meta.k8s.io') && version === 'v1' && metaKinds.has(kind);
    const struct = this.structOf(borrowed.get(own) ?? own);
    if (struct?.fields.has('apiVersion') === true) return struct;
    return meta || everywhere.has(kind) ? this.structOf(`meta/v1.${kind}`) : undefined;
  }

  structOf(goType: string): StructSchema | undefined {
    const known = this.#structs.get(goType);
    if (known !== undefined) return known;
    const rows = this.#rows.get(goType) ?? (this.#aliases.get(goType) === 'struct{}' ? [] : undefined);
    if (rows === undefined) return undefined;
    const struct = new LazyStruct(
      goType,
      atomicStructs.has(goType) ? 'atomic' : 'granular',
      () => new Map(rows.flatMap((row) => this.#fieldsOf(row)).map((field) => [field.name, field])),
    );
    this.#structs.set(goType, struct);
    return struct;
  }

  structsIn(folder: string): readonly string[] {
    return [...this.#rows.keys()].filter((name) => name.startsWith(`${folder}.`));
  }

  #fieldsOf(row: string): readonly FieldSchema[] {
    const [name = '', number = '', goType = '', flags = '', ...facts] = row.split('\t');
    const marks = flags.split(',');
    const numbers = number === '' ? [] : [Number(number)];
    if (marks.includes('inline')) return this.#inlined(goType.replace(/^\*/, ''), numbers);
    const [patchStrategy = '', mergeKey = '', listType = '', mapKeys = '', mapType = '', fallback = ''] =
      facts;
    const pointer = goType.startsWith('*');
    const schema = this.#withSemantics(this.#schemaOf(pointer ? goType.slice(1) : goType), {
      listType,
      mapKeys,
      mapType,
    });
    const omitEmpty = marks.includes('omitempty');
    return [
      {
        name,
        schema,
        numbers,
        pointer,
        omitEmpty,
        required: !omitEmpty && !marks.includes('optional'),
        ...(fallback === '' ? {} : { default: JSON.parse(fallback) as Json }),
        patchStrategy: patchStrategy === '' ? [] : patchStrategy.split(','),
        ...(mergeKey === '' ? {} : { patchMergeKey: mergeKey }),
      },
    ];
  }

  /** The numbers of an inline struct go in front; TypeMeta has none: it is not part of the message. */
  #inlined(goType: string, numbers: readonly number[]): readonly FieldSchema[] {
    const struct = this.structOf(goType);
    if (struct === undefined) throw new Error(`unknown inline struct ${goType}`);
    return [...struct.fields.values()].map((field) => ({
      ...field,
      numbers: numbers.length === 0 ? [] : [...numbers, ...field.numbers],
    }));
  }

  #schemaOf(goType: string): Schema {
    const special = specialScalar(goType);
    if (special !== undefined) return special;
    if (isSchemaOrElse(goType)) return this.#schemaOrElse(goType);
    if (goType.startsWith('[]'))
      return {
        kind: 'list',
        items: this.#schemaOf(goType.slice(2).replace(/^\*/, '')),
        listType: 'atomic',
        mapKeys: [],
      };
    const map = /^map\[[^\]]+\](.+)$/.exec(goType);
    if (map !== null)
      return { kind: 'map', values: this.#schemaOf((map[1] ?? '').replace(/^\*/, '')), mapType: 'granular' };
    const struct = this.structOf(goType);
    if (struct !== undefined) return struct;
    const target = this.#aliases.get(goType);
    if (target === undefined) throw new Error(`unknown type ${goType}`);
    const schema = this.#schemaOf(target);
    return schema.kind === 'struct' ? schema : { ...schema, goType: shortGoType(goType) };
  }

  #schemaOrElse(goType: string): Schema {
    const objects = this.structOf('apiextensions/v1.JSONSchemaProps');
    const either: Schema = { kind: 'scalar', scalar: 'any', goType: shortGoType(goType) };
    return objects === undefined ? either : { ...either, objects };
  }

  #withSemantics(
    schema: Schema,
    { listType, mapKeys, mapType }: { listType: string; mapKeys: string; mapType: string },
  ): Schema {
    if (schema.kind === 'list') {
      const [type] = listType.split(',');
      if (type === 'atomic') return { ...schema, declared: true };
      if (type !== 'set' && type !== 'map') return schema;
      const list: ListSchema = {
        ...schema,
        declared: true,
        listType: type,
        mapKeys: mapKeys === '' ? [] : mapKeys.split(','),
      };
      return list;
    }
    if (schema.kind === 'scalar' || (mapType !== 'atomic' && mapType !== 'granular')) return schema;
    if (schema.kind === 'struct') return new LazyStruct(schema.goType, mapType, () => schema.fields);
    const marked: MapSchema = { ...schema, mapType };
    return marked;
  }
}
