import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseApiVersion } from '../../../../src/kube/object.ts';
import { canonicalize } from '../../../../src/kube/schema/canonical.ts';
import { decodeBody } from '../../../../src/kube/schema/decode.ts';
import { StatusError } from '../../../../src/kube/status.ts';
import { objectsOf } from '../../../helpers/kubeObjects.ts';
import { encodeEnvelope, encodeStruct } from '../../../helpers/kubeProto.ts';
import { builtinSchemas, schemaOf } from '../../../helpers/kubeSchemas.ts';

const recorded = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/protobuf/kubectl.json'), 'utf8'),
) as { bodies: { [name: string]: { json?: string; protobuf: string } } };

function read(bytes: Uint8Array, type: { apiVersion: string; kind: string }, contentType: string): string {
  const expected = { group: '', version: '', ...parseApiVersion(type.apiVersion), kind: type.kind };
  const { object } = decodeBody({
    bytes,
    contentType,
    expected,
    schemas: builtinSchemas,
    fieldValidation: 'Strict',
  });
  return JSON.stringify(canonicalize(schemaOf(expected.group, expected.version, type.kind), object));
}

describe('the bodies of the real kubectl', () => {
  for (const [name, { json, protobuf }] of Object.entries(recorded.bodies)) {
    if (json === undefined) continue;
    it(`reads ${name} in protobuf as the same in JSON`, () => {
      const type = JSON.parse(json) as { apiVersion: string; kind: string };
      const ours = read(Buffer.from(protobuf, 'base64'), type, 'application/vnd.kubernetes.protobuf');
      expect(ours).toBe(read(Buffer.from(json), type, 'application/json'));
    });
  }
});

const kinds: readonly (readonly [string, string, string])[] = [
  ['', 'v1', 'Pod'],
  ['', 'v1', 'Secret'],
  ['', 'v1', 'PersistentVolume'],
  ['', 'v1', 'Node'],
  ['', 'v1', 'Event'],
  ['apps', 'v1', 'Deployment'],
  ['apps', 'v1', 'StatefulSet'],
  ['apps', 'v1', 'ControllerRevision'],
  ['batch', 'v1', 'CronJob'],
  ['autoscaling', 'v2', 'HorizontalPodAutoscaler'],
  ['networking.k8s.io', 'v1', 'Ingress'],
  ['networking.k8s.io', 'v1', 'NetworkPolicy'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRole'],
  ['coordination.k8s.io', 'v1', 'Lease'],
  ['authorization.k8s.io', 'v1', 'SubjectAccessReview'],
  ['admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicy'],
  ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'],
];

describe('objects of every sort', () => {
  for (const [group, version, kind] of kinds)
    it(`reads a ${kind} in protobuf as the same in JSON`, () => {
      const schema = schemaOf(group, version, kind);
      const apiVersion = group === '' ? version : `${group}/${version}`;
      fc.assert(
        fc.property(objectsOf(schema), (object) => {
          const whole = { ...object, apiVersion, kind };
          const proto = encodeEnvelope(schema, whole as never);
          expect(read(proto, whole, 'application/vnd.kubernetes.protobuf')).toBe(
            read(Buffer.from(JSON.stringify(whole)), whole, 'application/json'),
          );
        }),
        { numRuns: 60 },
      );
    });
});

describe('what is no protobuf', () => {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };
  const refusal = (bytes: Uint8Array): string => {
    try {
      return read(bytes, configMap, 'application/vnd.kubernetes.protobuf');
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      expect(error.status.code).toBe(400);
      return error.status.message ?? '';
    }
  };
  const envelope = (raw: readonly number[]) => Buffer.from([0x6b, 0x38, 0x73, 0, 0x12, raw.length, ...raw]);

  it('refuses an empty body, another prefix and an envelope of nothing', () => {
    expect(refusal(new Uint8Array())).toBe(
      'the object provided is unrecognized (must be of type ConfigMap): empty data (<empty>)',
    );
    expect(refusal(Buffer.from('{"a":1}'))).toContain(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({"a":1})',
    );
    expect(refusal(Buffer.from('k8s\0'))).toContain('empty body (6b387300)');
  });

  it('refuses a message that ends in the middle, wrong wire types, groups that do not end and endless numbers', () => {
    const said = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: ';
    expect(refusal(envelope([0x0a, 0x20]))).toBe(`${said}unexpected EOF`);
    expect(refusal(envelope([0x08, 0x01]))).toBe(`${said}proto: wrong wireType = 0 for field Metadata`);
    expect(refusal(envelope([0x0c]))).toBe(`${said}proto: ConfigMap: wiretype end group for non-group`);
    expect(refusal(envelope([0x9b, 0x06]))).toBe(`${said}unexpected EOF`);
    expect(refusal(envelope(new Array(11).fill(0xff)))).toBe(`${said}proto: integer overflow`);
    expect(refusal(envelope([0x07]))).toBe(`${said}proto: ConfigMap: illegal tag 0 (wire type 7)`);
  });

  it('never does anything else than read or refuse, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        refusal(Buffer.concat([Buffer.from('k8s\0'), bytes]));
        refusal(Buffer.concat([Buffer.from([0x6b, 0x38, 0x73, 0, 0x12, bytes.length]), bytes]));
      }),
      { numRuns: 500 },
    );
  });

  it('skips fields that nobody knows', () => {
    const known = encodeStruct(schemaOf('', 'v1', 'ConfigMap'), { data: { a: 'b' } });
    const unknown = [0xa8, 0x06, 0x01, 0xa2, 0x06, 0x02, 0x61, 0x62, 0xab, 0x06, 0x08, 0x01, 0xac, 0x06];
    expect(JSON.parse(refusal(envelope([...unknown, ...known])))).toMatchObject({ data: { a: 'b' } });
  });

  it('refuses messages within messages without end', () => {
    const schema = schemaOf('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition');
    let props: { [key: string]: never } = {};
    for (let i = 0; i < 120; i += 1) props = { not: props } as never;
    const object = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: props } }] },
    };
    const bytes = encodeEnvelope(schema, object as never);
    expect(() => read(bytes, object, 'application/vnd.kubernetes.protobuf')).toThrow('nested too deeply');
  });
});
