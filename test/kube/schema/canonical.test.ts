import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../../src/kube/schema/canonical.ts';
import { decodeDict } from '../../../src/kube/schema/decode.ts';
import { objectsOf } from '../../helpers/kubeObjects.ts';
import { schemaOf } from '../../helpers/kubeSchemas.ts';

const print = (group: string, kind: string, object: object) =>
  JSON.stringify(canonicalize(schemaOf(group, 'v1', kind), object));

describe('what Go prints', () => {
  it('writes structs even when they are empty, in the order of their declaration', () => {
    expect(
      print('apps', 'Deployment', {
        spec: { template: { spec: { containers: [{ image: 'x', name: 'c' }] } } },
      }),
    ).toBe(
      '{"metadata":{"creationTimestamp":null},"spec":{"selector":null,"template":{"metadata":{"creationTimestamp":null},' +
        '"spec":{"containers":[{"name":"c","image":"x","resources":{}}]}},"strategy":{}},"status":{}}',
    );
  });

  it('hides zeros with omitempty, except behind pointers, and writes the others', () => {
    expect(
      print('apps', 'Deployment', { spec: { replicas: 0, minReadySeconds: 0, paused: false } }),
    ).toContain('"spec":{"replicas":0,"selector":null');
    expect(print('', 'Pod', { spec: { hostNetwork: false, enableServiceLinks: false } })).toContain(
      '"spec":{"containers":null,"enableServiceLinks":false}',
    );
  });

  it('takes empty lists and maps for none, as storage cannot tell', () => {
    expect(print('rbac.authorization.k8s.io', 'Role', { rules: [] })).toBe(
      '{"metadata":{"creationTimestamp":null},"rules":null}',
    );
    expect(print('', 'ConfigMap', { data: {}, metadata: { labels: {} } })).toBe(
      '{"metadata":{"creationTimestamp":null}}',
    );
  });

  it('sorts maps and gives quantities their canonical text', () => {
    const hard = { pods: '1000m', 'limits.cpu': '0.5', memory: '1024Ki' };
    expect(print('', 'ResourceQuota', { spec: { hard } })).toContain(
      '"hard":{"limits.cpu":"500m","memory":"1Mi","pods":"1"}',
    );
  });

  it('prints what is no pointer though it is a struct: targetPort, divisor, data', () => {
    expect(print('', 'Service', { spec: { ports: [{ port: 80 }] } })).toContain('{"port":80,"targetPort":0}');
    expect(print('apps', 'ControllerRevision', { revision: 1 })).toContain('"data":null,"revision":1');
  });

  it('leaves its input as it was', () => {
    const object = { metadata: { labels: { b: '1', a: '2' } } };
    const before = JSON.stringify(object);
    print('', 'ConfigMap', object);
    expect(JSON.stringify(object)).toBe(before);
  });
});

it.each([
  ['', 'Pod'],
  ['', 'Service'],
  ['', 'Node'],
  ['apps', 'StatefulSet'],
  ['networking.k8s.io', 'Ingress'],
  ['apiextensions.k8s.io', 'CustomResourceDefinition'],
])('prints a decoded %s %s the same again', (group, kind) => {
  const schema = schemaOf(group, 'v1', kind);
  fc.assert(
    fc.property(objectsOf(schema), (object) => {
      const once = canonicalize(schema, decodeDict(schema, object).object);
      const { object: again, unknown } = decodeDict(schema, JSON.parse(JSON.stringify(once)));
      expect(unknown).toEqual([]);
      expect(JSON.stringify(canonicalize(schema, again))).toBe(JSON.stringify(once));
    }),
    { numRuns: 60 },
  );
});

it('prints a custom resource with sorted keys and keeps what is empty in it', () => {
  const metadata = schemaOf('', 'v1', 'Pod').fields.get('metadata');
  if (metadata === undefined) throw new Error('no metadata');
  const schema = {
    kind: 'struct',
    goType: '',
    mapType: 'granular',
    preserveUnknown: true,
    fields: new Map([['metadata', metadata]]),
  } as const;
  const object = {
    spec: { z: [], a: {} },
    metadata: { name: 'x', labels: {} },
    kind: 'K',
    apiVersion: 'g/v1',
  };
  expect(JSON.stringify(canonicalize(schema, object))).toBe(
    '{"apiVersion":"g/v1","kind":"K","metadata":{"name":"x"},"spec":{"a":{},"z":[]}}',
  );
});
