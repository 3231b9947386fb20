import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../../src/kube/api/meta-v1.ts';
import { nameIsDNSSubdomain } from '../../../src/kube/names.ts';
import {
  validateMetaOfUpdate,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../src/kube/validation/metadata.ts';

const texts = (errors: readonly { field: string; body: string }[]) =>
  errors.map(({ field, body }) => `${field}: ${body}`);
const check = (meta: ObjectMeta, namespaced = true) =>
  texts(
    validateObjectMeta(
      { name: 'bread', ...(namespaced ? { namespace: 'default' } : {}), ...meta },
      namespaced,
      nameIsDNSSubdomain,
    ),
  );
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a', uid: 'u', controller: true };

describe('metadata of a new object', () => {
  it.each<[string, ObjectMeta, boolean, readonly string[]]>([
    [
      'nothing wrong',
      {
        labels: { a: 'b' },
        annotations: { 'Example.com/A': 'x' },
        finalizers: ['a/b'],
        ownerReferences: [owner],
      },
      true,
      [],
    ],
    ['no name', { name: '' }, true, ['metadata.name: Required value: name or generateName is required']],
    ['no namespace', { namespace: '' }, true, ['metadata.namespace: Required value']],
    [
      'a namespace where there is none',
      { namespace: 'x' },
      false,
      ['metadata.namespace: Forbidden: not allowed on this type'],
    ],
    [
      'a namespace with dots',
      { namespace: 'a.b' },
      true,
      ['metadata.namespace: Invalid value: "a.b": must not contain dots'],
    ],
    [
      'generation',
      { generation: -1 },
      true,
      ['metadata.generation: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'too many annotations',
      { annotations: { a: 'x'.repeat(262_144) } },
      true,
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'both ways to delete',
      { finalizers: ['orphan', 'foregroundDeletion'] },
      true,
      [
        'metadata.finalizers: Invalid value: []string{"orphan", "foregroundDeletion"}: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    ],
    [
      'an owner without anything',
      { ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] },
      true,
      [
        'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
        'metadata.ownerReferences.kind: Invalid value: "": kind must not be empty',
        'metadata.ownerReferences.name: Invalid value: "": name must not be empty',
        'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty',
      ],
    ],
    [
      'managedFields',
      { managedFields: [{ operation: 'Burn', fieldsType: 'X', manager: 'a\nb' }] },
      true,
      [
        'metadata.managedFields[0].operation: Invalid value: "Burn": must be `Apply` or `Update`',
        'metadata.managedFields[0].fieldsType: Invalid value: "X": must be `FieldsV1`',
        'metadata.managedFields[0].manager: Invalid value: "a\\nb": invalid character U+000A (at position 1)',
      ],
    ],
  ])('%s', (_, meta, namespaced, expected) => {
    expect(check(meta, namespaced)).toEqual(expected);
  });

  it('has at most one controller, and no Event for an owner', () => {
    expect(check({ ownerReferences: [owner, { ...owner, name: 'b', uid: 'v' }] })).toEqual([
      expect.stringContaining(
        'Only one reference can have Controller set to true. Found "true" in references for Deployment/a and Deployment/b',
      ),
    ]);
    expect(check({ ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'a', uid: 'u' }] })).toEqual([
      expect.stringContaining(
        'Controller:(*bool)(nil), BlockOwnerDeletion:(*bool)(nil)}: /v1, Kind=Event is disallowed from being an owner',
      ),
    ]);
  });
});

describe('metadata of an update', () => {
  const old: ObjectMeta = {
    name: 'bread',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '5',
    generation: 2,
    creationTimestamp: '2030-01-01T00:00:00Z',
  };
  const change = (meta: ObjectMeta, before: ObjectMeta = {}) =>
    texts(validateObjectMetaUpdate({ ...old, ...meta }, { ...old, ...before }));

  it.each<[string, ObjectMeta, ObjectMeta, readonly string[]]>([
    ['nothing', {}, {}, []],
    [
      'no version',
      { resourceVersion: '' },
      {},
      ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
    ],
    [
      'an older generation',
      { generation: 1 },
      {},
      ['metadata.generation: Invalid value: 1: must not be decremented'],
    ],
    [
      'name, namespace and uid',
      { name: 'x', namespace: 'y', uid: 'z' },
      {},
      [
        'metadata.name: Invalid value: "x": field is immutable',
        'metadata.namespace: Invalid value: "y": field is immutable',
        'metadata.uid: Invalid value: "z": field is immutable',
      ],
    ],
    [
      'a deletion by the client',
      { deletionTimestamp: '2030-01-02T03:04:05Z' },
      {},
      ['metadata.deletionTimestamp: Invalid value: 2030-01-02 03:04:05 +0000 UTC: field is immutable'],
    ],
    [
      'new finalizers while it goes',
      { deletionTimestamp: 'x', finalizers: ['b/b', 'a/a'] },
      { deletionTimestamp: 'x', finalizers: ['b/b'] },
      [
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/a"}',
      ],
    ],
  ])('%s', (_, meta, before, expected) => {
    expect(change(meta, before)).toEqual(expected);
  });

  it('is checked by the registry and by the kind: every error of the change is there twice', () => {
    expect(texts(validateMetaOfUpdate({ ...old, uid: 'z' }, old, true))).toEqual([
      'metadata.uid: Invalid value: "z": field is immutable',
      'metadata.uid: Invalid value: "z": field is immutable',
    ]);
  });
});
