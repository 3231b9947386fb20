import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeStored, printStored } from '../../../../src/cluster/apiserver/registry/stored-json.ts';
import type { KubeObject } from '../../../../src/kube/object.ts';

const object = (metadata: KubeObject['metadata'], rest = {}) =>
  ({ kind: 'ConfigMap', apiVersion: 'v1', metadata, ...rest }) as KubeObject;

describe('objects in the store', () => {
  it('get their resourceVersion after the uid, in upstream’s place', () => {
    const value = encodeStored(object({ name: 'a', uid: 'u', labels: { b: 'c' } }, { data: { d: '1' } }));
    expect(printStored(value, 12).bytes.toString()).toBe(
      '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","uid":"u","resourceVersion":"12","labels":{"b":"c"}},"data":{"d":"1"}}\n',
    );
  });

  it('have none in a dry run, and never the one they were sent with', () => {
    const value = encodeStored(object({ name: 'a', resourceVersion: '9' }));
    expect(printStored(value, 0).bytes.toString()).toBe(
      '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}\n',
    );
  });

  it('can be printed without their type, as list items are', () => {
    const { bytes, metadataAt } = printStored(encodeStored(object({ name: 'a' }, { data: {} })), 3);
    expect(`{${bytes.subarray(metadataAt, -1)}`).toBe(
      '{"metadata":{"name":"a","resourceVersion":"3"},"data":{}}',
    );
  });

  it('are what they were, whatever texts and keys they hold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('\n', '","uid":"', '"metadata"', '\\n', '__proto__'),
    );
    fc.assert(
      fc.property(
        text,
        fc.dictionary(text, text),
        fc.dictionary(text, fc.jsonValue()),
        fc.nat(),
        (name, labels, data, n) => {
          const revision = n + 1;
          const value = encodeStored(object({ name, uid: 'u', labels }, { data }));
          const { bytes, metadataAt } = printStored(value, revision);
          const expected = JSON.parse(
            JSON.stringify(object({ name, uid: 'u', labels, resourceVersion: String(revision) }, { data })),
          );
          expect(JSON.parse(bytes.toString())).toEqual(expected);
          expect(JSON.parse(`{${bytes.subarray(metadataAt)}`)).toEqual({
            metadata: expected.metadata,
            data: expected.data,
          });
        },
      ),
    );
  });
});
