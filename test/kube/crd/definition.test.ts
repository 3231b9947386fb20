import { describe, expect, it } from 'vitest';
import type { CustomResourceDefinition, JSONSchemaProps } from '../../../src/kube/api/apiextensions-v1.ts';
import { establish } from '../../../src/kube/crd/names.ts';
import { validateDefinition, validateDefinitionUpdate } from '../../../src/kube/crd/validate.ts';

function crdOf(
  schema: JSONSchemaProps | undefined,
  change: (crd: CustomResourceDefinition) => void = () => {},
) {
  const crd: CustomResourceDefinition = {
    metadata: { name: 'panes.horno.example.com' },
    spec: {
      group: 'horno.example.com',
      scope: 'Namespaced',
      names: { plural: 'panes', singular: 'pan', kind: 'Pan', listKind: 'PanList' },
      conversion: { strategy: 'None' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          ...(schema === undefined ? {} : { schema: { openAPIV3Schema: schema } }),
        },
      ],
    },
    status: { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] },
  };
  change(crd);
  return crd;
}
const texts = (crd: CustomResourceDefinition) =>
  validateDefinition(crd).map(({ field, body }) => `${field}: ${body}`);
const schemaErrors = (properties: { [name: string]: JSONSchemaProps }) =>
  texts(crdOf({ type: 'object', properties })).map((text) =>
    text.replace('spec.validation.openAPIV3Schema.', ''),
  );

describe('a definition', () => {
  it('is fine when it is', () => {
    expect(texts(crdOf({ type: 'object', properties: { spec: { type: 'object' } } }))).toEqual([]);
  });

  it('needs schemas, one stored version, and a name that says what it defines', () => {
    expect(texts(crdOf(undefined))).toEqual([
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    ]);
    const renamed = crdOf({ type: 'object' }, (crd) => {
      crd.metadata = { name: 'otra.horno.example.com' };
    });
    expect(texts(renamed)).toEqual([
      'metadata.name: Invalid value: "otra.horno.example.com": must be spec.names.plural+"."+spec.group',
    ]);
    const twice = crdOf({ type: 'object' }, (crd) => {
      crd.spec.versions.push({
        ...(crd.spec.versions[0] as CustomResourceDefinition['spec']['versions'][0]),
        name: 'v2',
      });
    });
    expect(texts(twice)[0]).toContain('must have exactly one version marked as storage version');
  });

  it('refuses conversion webhooks loudly', () => {
    const webhook = crdOf({ type: 'object' }, (crd) => {
      crd.spec.conversion = { strategy: 'Webhook' };
    });
    expect(texts(webhook)).toEqual([
      'spec.conversion.strategy: Forbidden: conversion webhooks are not supported by this server',
    ]);
  });

  it.each<[string, JSONSchemaProps, string]>([
    ['no type', {}, 'properties[a].type: Required value: must not be empty for specified object fields'],
    ['list without items', { type: 'array' }, 'properties[a].items: Required value: must be specified'],
    [
      'type unknown',
      { type: 'objeto' },
      'properties[a].type: Unsupported value: "objeto": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
    [
      'bad default',
      { type: 'integer', default: 'x' },
      'properties[a].default: Invalid value: "string":  in body must be of type integer: "string"',
    ],
    [
      'bad pattern',
      { type: 'string', pattern: '(' },
      'properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
    ],
    [
      'type inside anyOf',
      { type: 'string', anyOf: [{ type: 'string' }] },
      'properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
    ],
    [
      'map keys without type',
      { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-map-keys': ['n'] },
      'properties[a].x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty',
    ],
    [
      'oldSelf in a list that has no keys',
      {
        type: 'array',
        items: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
      },
      'properties[a].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties[a]',
    ],
  ])('%s', (_, schema, text) => {
    expect(schemaErrors({ a: schema })).toContain(text);
  });

  it('compiles its rules', () => {
    const rule = { rule: 'self.x > 1' };
    const [text] = schemaErrors({ spec: { type: 'object', 'x-kubernetes-validations': [rule] } });
    expect(text).toBe(
      'properties[spec].x-kubernetes-validations[0].rule: Invalid value: apiextensions.ValidationRule{Rule:"self.x > 1", Message:"", MessageExpression:"", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)}: compilation failed: ERROR: <input>:1:5: undefined field \'x\'\n | self.x > 1\n | ....^',
    );
  });

  it('cannot change what it is', () => {
    const old = crdOf({ type: 'object' }, (crd) => {
      crd.status = {
        ...(crd.status as NonNullable<CustomResourceDefinition['status']>),
        conditions: [{ type: 'Established', status: 'True' }],
      };
    });
    const changed = { ...old, spec: { ...old.spec, scope: 'Cluster' } };
    expect(validateDefinitionUpdate(changed, old).map(({ field, body }) => `${field}: ${body}`)).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
    ]);
  });
});

describe('the names of a definition', () => {
  const now = '2026-01-01T00:00:00Z';

  it('are accepted at once when they are free', () => {
    const status = establish(crdOf({ type: 'object' }), [], now);
    expect(status?.conditions.map(({ type, status: value, reason }) => [type, value, reason])).toEqual([
      ['NamesAccepted', 'True', 'NoConflicts'],
      ['Established', 'True', 'InitialNamesAccepted'],
    ]);
    const settled = crdOf({ type: 'object' }, (crd) => {
      if (status !== undefined) crd.status = status;
    });
    expect(establish(settled, [], '2027-01-01T00:00:00Z')).toBeUndefined();
  });

  it('are refused when another one has them', () => {
    const other = crdOf({ type: 'object' }, (crd) => {
      crd.status = {
        conditions: [],
        acceptedNames: { plural: 'otros', kind: 'Pan' },
        storedVersions: ['v1'],
      };
    });
    const status = establish(crdOf({ type: 'object' }), [other], now);
    expect(status?.conditions[0]).toMatchObject({
      status: 'False',
      reason: 'KindConflict',
      message: '"Pan" is already in use',
    });
    expect(status?.conditions[1]).toMatchObject({ type: 'Established', status: 'False' });
  });
});
