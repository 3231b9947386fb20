import { describe, expect, it } from 'vitest';
import { applySchemaDefaults } from '../../../src/kube/schema/defaults.ts';
import type { FieldSchema, Schema, StructSchema } from '../../../src/kube/schema/schema.ts';
import { schemaOf } from '../../helpers/kubeSchemas.ts';

function defaulted<T extends object>(schema: StructSchema, object: T): T {
  applySchemaDefaults(schema, object);
  return object;
}

describe('built-in kinds', () => {
  it('get what +default says, wherever it is', () => {
    const spec = { containers: [{ ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] }] };
    expect(defaulted(schemaOf('', 'v1', 'Pod'), { spec })).toEqual({
      spec: {
        containers: [
          {
            ports: [
              { containerPort: 80, protocol: 'TCP' },
              { containerPort: 53, protocol: 'UDP' },
            ],
          },
        ],
      },
    });
  });

  it('take an explicit zero for absent where Go cannot tell', () => {
    const spec = { containers: [{ ports: [{ containerPort: 80, protocol: '' }] }] };
    expect(JSON.stringify(defaulted(schemaOf('', 'v1', 'Pod'), { spec }))).toContain('"protocol":"TCP"');
  });

  it('make nothing where nothing was', () => {
    expect(defaulted(schemaOf('', 'v1', 'Pod'), {})).toEqual({});
    expect(defaulted(schemaOf('apps', 'v1', 'Deployment'), { spec: {} })).toEqual({ spec: {} });
  });
});

describe('structural schemas', () => {
  const integer: Schema = { kind: 'scalar', scalar: 'int64', goType: 'int64' };
  const field = (name: string, schema: Schema, fallback?: FieldSchema['default']): [string, FieldSchema] => [
    name,
    {
      name,
      schema,
      numbers: [],
      pointer: false,
      omitEmpty: true,
      required: false,
      patchStrategy: [],
      ...(fallback === undefined ? {} : { default: fallback }),
    },
  ];
  const struct = (...fields: [string, FieldSchema][]): StructSchema => ({
    kind: 'struct',
    goType: '',
    mapType: 'granular',
    fields: new Map(fields),
  });

  it('default objects first and then what is in them, also inside lists and maps', () => {
    const inner = struct(field('peso', integer, 5));
    const schema = struct(
      field('spec', inner, {}),
      field('lista', { kind: 'list', items: inner, listType: 'atomic', mapKeys: [] }),
      field('mapa', { kind: 'map', values: inner, mapType: 'granular' }),
    );
    expect(defaulted(schema, { lista: [{}, { peso: 1 }], mapa: { a: {} } })).toEqual({
      spec: { peso: 5 },
      lista: [{ peso: 5 }, { peso: 1 }],
      mapa: { a: { peso: 5 } },
    });
  });

  it('keep zeros, and nulls only where null may be', () => {
    const nullable: Schema = { ...integer, nullable: true };
    const schema = struct(field('a', integer, 5), field('b', nullable, 5), field('c', integer, 5));
    expect(defaulted(schema, { a: 0, b: null, c: null })).toEqual({ a: 0, b: null, c: 5 });
  });

  it('give every object a copy of its own', () => {
    const schema = struct(field('a', struct(), { x: [1] }));
    const first = defaulted<{ a?: unknown }>(schema, {});
    expect(defaulted<{ a?: unknown }>(schema, {}).a).not.toBe(first.a);
  });

  it('do not mind schemas that contain themselves', () => {
    const fields = new Map<string, FieldSchema>();
    const schema: StructSchema = { kind: 'struct', goType: '', mapType: 'granular', fields };
    fields.set(...field('hijo', schema));
    fields.set(...field('n', integer, 1));
    expect(defaulted(schema, {})).toEqual({ n: 1 });
  });
});
