import fc from 'fast-check';
import type { FieldSchema, ScalarSchema, Schema, StructSchema } from '../../src/kube/schema/schema.ts';

/** Objects of any kind, with the values that JSON and protobuf can both carry, in the form in which the API prints them. */
export function objectsOf(schema: StructSchema, depth = 4): fc.Arbitrary<{ [key: string]: unknown }> {
  const fields = [...schema.fields.values()].filter(
    (field) => field.numbers.length > 0 && !isRecursion(field, depth),
  );
  if (fields.length === 0 || depth === 0) return fc.constant({});
  // A few fields at a time: whole Pods would be all the same size and slow.
  return fc
    .uniqueArray(fc.constantFrom(...fields), { maxLength: 4 })
    .chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map((field) => [field.name, valuesOf(field.schema, depth - 1)]))),
    );
}

function isRecursion({ schema }: FieldSchema, depth: number): boolean {
  return depth <= 1 && schema.kind !== 'scalar';
}

const words = fc.stringMatching(/^[a-zñ0-9.-]{1,8}$/);

function valuesOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.kind === 'struct') return objectsOf(schema, depth);
  if (schema.kind === 'list') return fc.array(valuesOf(schema.items, depth), { minLength: 1, maxLength: 3 });
  if (schema.kind === 'map')
    return fc.dictionary(words, valuesOf(schema.values, depth), { minKeys: 1, maxKeys: 3 });
  return scalarsOf(schema, depth);
}

const seconds = fc.integer({ min: 0, max: 4_000_000_000 });

function scalarsOf(schema: ScalarSchema, depth: number): fc.Arbitrary<unknown> {
  switch (schema.scalar) {
    case 'string':
      return words;
    case 'int32':
      return fc.integer();
    case 'int64':
      return fc.maxSafeInteger();
    case 'float64':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 1);
    case 'bool':
      return fc.boolean();
    case 'bytes':
      return fc
        .uint8Array({ minLength: 1, maxLength: 9 })
        .map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'quantity':
      return fc.constantFrom('1', '100m', '1536Mi', '12e6', '1Gi', '0');
    case 'intOrString':
      return fc.oneof(fc.integer(), words);
    case 'time':
      return seconds.map((value) => `${new Date(value * 1000).toISOString().slice(0, 19)}Z`);
    case 'microTime':
      return seconds.map((value) => `${new Date(value * 1000).toISOString().slice(0, 19)}.012345Z`);
    case 'duration':
      return fc.constant('1m0s');
    default: {
      const { objects } = schema;
      return objects === undefined
        ? fc.dictionary(words, fc.oneof(words, fc.integer(), fc.boolean()), { minKeys: 1 })
        : objectsOf(objects, Math.min(depth, 2));
    }
  }
}
