import type { FieldSchema, Schema } from '../schema/schema.ts';
import { plainFailure } from '../status.ts';

/** How the field of a patch is merged: mirrors strategicpatch/meta.go over Go's struct tags. */
export interface PatchMeta {
  /** Of the field, or of its elements when it is a list. */
  readonly schema: Schema;
  /** `merge`, `replace` or '' (`retainKeys` alone does not say). */
  readonly strategy: string;
  /** '' when there is none. */
  readonly mergeKey: string;
}

/** reflect.Kind of the Go type. */
export function goKind(schema: Schema): string {
  if (schema.kind === 'struct' || schema.kind === 'map') return schema.kind;
  if (schema.kind === 'list') return 'slice';
  switch (schema.scalar) {
    case 'bytes':
      return 'slice';
    case 'string':
    case 'bool':
    case 'int32':
    case 'int64':
    case 'float64':
      return schema.goType === 'int' ? 'int' : schema.scalar;
    case 'any':
      return schema.goType === 'interface {}' ? 'interface' : 'struct';
    default:
      return 'struct';
  }
}

function typeName(schema: Schema): string {
  const goType = schema.kind === 'struct' || schema.kind === 'scalar' ? schema.goType : '';
  return goType.slice(goType.lastIndexOf('.') + 1);
}

/** The field that Go's decoder would use: the exact name, else one that differs in case only. */
function findField(schema: Schema, name: string): FieldSchema {
  if (goKind(schema) !== 'struct')
    throw plainFailure(
      `merging an object in json but data type is not struct, instead is: ${goKind(schema)}`,
    );
  if (schema.kind === 'struct') {
    const exact = schema.fields.get(name);
    if (exact !== undefined) return exact;
    const folded = name.toLowerCase();
    for (const field of schema.fields.values()) if (field.name.toLowerCase() === folded) return field;
  }
  throw plainFailure(
    `unable to find api field in struct ${typeName(schema)} for the json field ${JSON.stringify(name)}`,
  );
}

function strategyOf({ patchStrategy }: FieldSchema): string {
  const others = patchStrategy.filter((strategy) => strategy !== 'retainKeys');
  if (others.length > 1) throw plainFailure(`unexpected patch strategy: [${patchStrategy.join(' ')}]`);
  return others[0] ?? '';
}

export function metaOfStruct(parent: Schema, name: string): PatchMeta {
  const field = findField(parent, name);
  return { schema: field.schema, strategy: strategyOf(field), mergeKey: field.patchMergeKey ?? '' };
}

export function metaOfList(parent: Schema, name: string): PatchMeta {
  const field = findField(parent, name);
  const { schema } = field;
  if (schema.kind !== 'list') {
    if (goKind(schema) !== 'slice' && !field.pointer)
      throw plainFailure(`expected slice or array type, but got: ${goKind(parent)}`);
    return { schema, strategy: strategyOf(field), mergeKey: field.patchMergeKey ?? '' };
  }
  if (schema.items.kind === 'list') throw plainFailure('unexpected slice of slice');
  return { schema: schema.items, strategy: strategyOf(field), mergeKey: field.patchMergeKey ?? '' };
}
