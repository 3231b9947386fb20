import { describe, expect, it } from 'vitest';
import type { CustomResourceDefinition, JSONSchemaProps } from '../../../src/kube/api/apiextensions-v1.ts';
import { customKindOf } from '../../../src/kube/crd/custom-kind.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { decodeDict } from '../../../src/kube/schema/decode.ts';
import { applySchemaDefaults } from '../../../src/kube/schema/defaults.ts';
import { builtinSchemas } from '../../helpers/kubeSchemas.ts';

const context = { now: '2026-01-01T00:00:00Z', user: { name: 'ana', groups: [] }, dryRun: false };

function crdOf(schema: JSONSchemaProps, more: object = {}): CustomResourceDefinition {
  return {
    metadata: { name: 'panes.horno.example.com' },
    spec: {
      group: 'horno.example.com',
      scope: 'Namespaced',
      names: { plural: 'panes', singular: 'pan', kind: 'Pan', listKind: 'PanList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more }],
    },
  };
}

function kindOf(schema: JSONSchemaProps, more: object = {}) {
  const kind = customKindOf(crdOf(schema, more), builtinSchemas);
  if (kind === undefined) throw new Error('not served');
  return kind;
}

const pan = (spec: unknown, name = 'a') =>
  ({ apiVersion: 'horno.example.com/v1', kind: 'Pan', metadata: { name }, spec }) as unknown as KubeObject;

function errorsOf(
  properties: { [name: string]: JSONSchemaProps },
  spec: unknown,
  old?: unknown,
  more: JSONSchemaProps = {},
) {
  const { definition } = kindOf({
    type: 'object',
    properties: { spec: { type: 'object', properties, ...more } },
  });
  const errors =
    old === undefined
      ? definition.validate(pan(spec), context)
      : (definition.validateUpdate?.(pan(spec), pan(old), context) ?? []);
  return errors.map(({ field, body }) => `${field}: ${body}`);
}

describe('an instance of a custom kind', () => {
  it.each<[string, JSONSchemaProps, unknown, string]>([
    [
      'type',
      { type: 'integer' },
      'x',
      'Invalid value: "string": spec.p in body must be of type integer: "string"',
    ],
    [
      'fraction',
      { type: 'integer' },
      1.5,
      'Invalid value: "number": spec.p in body must be of type integer: "number"',
    ],
    [
      'null',
      { type: 'string' },
      null,
      'Invalid value: "null": spec.p in body must be of type string: "null"',
    ],
    [
      'minimum',
      { type: 'integer', minimum: 1 },
      0,
      'Invalid value: 0: spec.p in body should be greater than or equal to 1',
    ],
    [
      'maximum',
      { type: 'number', maximum: 2, exclusiveMaximum: true },
      2,
      'Invalid value: 2: spec.p in body should be less than 2',
    ],
    [
      'multiple',
      { type: 'number', multipleOf: 0.5 },
      1.3,
      'Invalid value: 1.3: spec.p in body should be a multiple of 0.5',
    ],
    ['enum', { type: 'string', enum: ['a', 'b'] }, 'c', 'Unsupported value: "c": supported values: "a", "b"'],
    [
      'pattern',
      { type: 'string', pattern: '^a+$' },
      'b',
      `Invalid value: "b": spec.p in body should match '^a+$'`,
    ],
    [
      'minLength',
      { type: 'string', minLength: 3 },
      'ab',
      'Invalid value: "ab": spec.p in body should be at least 3 chars long',
    ],
    ['maxLength', { type: 'string', maxLength: 1 }, 'ab', 'Too long: may not be more than 1 bytes'],
    [
      'format',
      { type: 'string', format: 'date-time' },
      'x',
      'Invalid value: "x": spec.p in body must be of type date-time: "x"',
    ],
    [
      'maxItems',
      { type: 'array', maxItems: 1, items: { type: 'string' } },
      ['a', 'b'],
      'Too many: 2: must have at most 1 items',
    ],
    [
      'int or string',
      { 'x-kubernetes-int-or-string': true },
      true,
      'Invalid value: "boolean": spec.p in body must be of type integer,string: "boolean"',
    ],
  ])('%s', (_, schema, value, body) => {
    expect(errorsOf({ p: schema }, { p: value })[0]).toBe(`spec.p: ${body}`);
  });

  it('has each item of a set once, and each key of a map list', () => {
    const items: JSONSchemaProps = { type: 'object', properties: { n: { type: 'string' } } };
    const l: JSONSchemaProps = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } };
    const m: JSONSchemaProps = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['n'],
      items,
    };
    expect(errorsOf({ l }, { l: ['a', 'b', 'a'] })).toEqual(['spec.l[2]: Duplicate value: "a"']);
    expect(errorsOf({ m }, { m: [{ n: 'a' }, { n: 'a' }] })).toEqual([
      'spec.m[1]: Duplicate value: map[string]interface {}{"n":"a"}',
    ]);
  });

  it('keeps the faults that it had', () => {
    const properties: { [name: string]: JSONSchemaProps } = {
      a: { type: 'integer', maximum: 5 },
      b: { type: 'string' },
    };
    expect(errorsOf(properties, { a: 9, b: 'x' }, { a: 9 })).toEqual([]);
    expect(errorsOf(properties, { a: 10 }, { a: 9 })).toHaveLength(1);
  });

  it('has its rules checked, with message, reason, path and the old value', () => {
    const rules: JSONSchemaProps = {
      'x-kubernetes-validations': [
        { rule: 'self.a < 5' },
        {
          rule: '!has(self.b)',
          messageExpression: "'b es ' + self.b",
          reason: 'FieldValueForbidden',
          fieldPath: '.b',
        },
        { rule: 'self.a >= oldSelf.a', message: 'no baja' },
      ],
    };
    const properties: { [name: string]: JSONSchemaProps } = { a: { type: 'integer' }, b: { type: 'string' } };
    expect(errorsOf(properties, { a: 7 }, undefined, rules)).toEqual([
      'spec: Invalid value: "object": failed rule: self.a < 5',
    ]);
    expect(errorsOf(properties, { a: 1, b: 'x' }, undefined, rules)).toEqual(['spec.b: Forbidden: b es x']);
    expect(errorsOf(properties, { a: 1 }, { a: 2 }, rules)).toEqual([
      'spec: Invalid value: "object": no baja',
    ]);
    expect(errorsOf(properties, {}, undefined, rules)).toEqual([
      'spec: Invalid value: "object": no such key: a evaluating rule: self.a < 5',
    ]);
  });

  it('is not asked about rules when its shape is wrong', () => {
    const rules: JSONSchemaProps = { 'x-kubernetes-validations': [{ rule: 'self.a < 5' }] };
    expect(errorsOf({ a: { type: 'integer' } }, { a: 'x' }, undefined, rules)[1]).toContain(
      'some validation rules were not checked because the object was invalid',
    );
  });
});

describe('the resource of a definition', () => {
  const schema: JSONSchemaProps = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          peso: { type: 'integer', default: 250 },
          libre: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          molde: {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            'x-kubernetes-preserve-unknown-fields': true,
          },
        },
      },
    },
  };

  it('prunes and fills in', () => {
    const { schemas } = kindOf(schema);
    const shape = schemas.schemaOf('horno.example.com', 'v1', 'Pan');
    if (shape === undefined) throw new Error('no schema');
    const { object, unknown } = decodeDict(shape, {
      apiVersion: 'horno.example.com/v1',
      kind: 'Pan',
      metadata: { name: 'a' },
      spec: { sobra: 1, libre: { x: 1 }, molde: { metadata: { name: 'm', fantasma: 1 }, algo: 1 } },
    });
    applySchemaDefaults(shape, object);
    expect(object['spec']).toEqual({
      peso: 250,
      libre: { x: 1 },
      molde: { metadata: { name: 'm' }, algo: 1 },
    });
    expect(unknown).toEqual(['unknown field "spec.molde.metadata.fantasma"', 'unknown field "spec.sobra"']);
  });

  it('shows its columns, and its age when there are none', () => {
    const row = {
      ...pan({ peso: 3, cosas: [{ k: 'a', v: 1 }], dia: '2026-01-01T00:00:00Z' }),
    };
    const columns = [
      { name: 'Peso', type: 'integer', jsonPath: '.spec.peso' },
      { name: 'A', type: 'string', jsonPath: '.spec.cosas[?(@.k=="a")].v' },
      { name: 'Todo', type: 'string', jsonPath: '.spec.cosas', priority: 1 },
      { name: 'Dia', type: 'date', jsonPath: '.spec.dia' },
      { name: 'Nada', type: 'boolean', jsonPath: '.spec.nada' },
    ];
    const { definition } = kindOf(schema, { additionalPrinterColumns: columns });
    const now = Date.parse('2026-01-01T01:00:00Z');
    expect(definition.table?.cells(row, now)).toEqual(['a', 3, '1', '[{"k":"a","v":1}]', '60m', null]);
    expect(kindOf(schema).definition.table?.columns.map(({ name }) => name)).toEqual(['Name', 'Age']);
  });

  it('has the subresources and selectable fields that it declares', () => {
    const { definition } = kindOf(schema, {
      subresources: {
        status: {},
        scale: { specReplicasPath: '.spec.peso', statusReplicasPath: '.status.n' },
      },
      selectableFields: [{ jsonPath: '.spec.peso' }],
    });
    expect(definition.subresources?.scale).toEqual({ specReplicas: 'spec.peso', statusReplicas: 'status.n' });
    expect(definition.selectableFields?.(pan({ peso: 3 }))).toEqual({ 'spec.peso': '3' });
    const draft = { ...pan({}), status: { n: 1 } } as KubeObject;
    definition.prepareForCreate?.(draft, context);
    expect(draft).not.toHaveProperty('status');
    expect(definition.validate(pan({ peso: -1 }), context)[0]?.body).toContain('non-negative');
  });

  it('tells of a deprecated version, and what to use instead', () => {
    const crd = crdOf(schema);
    crd.spec.versions.push({
      name: 'v1beta1',
      served: true,
      storage: false,
      deprecated: true,
      schema: { openAPIV3Schema: schema },
    });
    const kind = customKindOf(crd, builtinSchemas);
    expect(kind?.warningOf('v1')).toBeUndefined();
    expect(kind?.warningOf('v1beta1')).toBe(
      'horno.example.com/v1beta1 Pan is deprecated; use horno.example.com/v1 Pan',
    );
    const other = kind?.definition.alsoServed?.[0]?.fromStorage(pan({}));
    expect(other?.apiVersion).toBe('horno.example.com/v1beta1');
  });

  it('is none when nothing is served', () => {
    expect(customKindOf(crdOf(schema, { served: false }), builtinSchemas)).toBeUndefined();
  });
});
