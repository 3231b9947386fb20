import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value, ValueDict } from '../../../src/kube/patch/dict.ts';
import { applyMergePatch } from '../../../src/kube/patch/merge.ts';
import { checkStructure } from '../../../src/kube/patch/structured.ts';
import { schemaOf } from '../../helpers/kubeSchemas.ts';

describe('merge patch', () => {
  it.each<[string, ValueDict, ValueDict, ValueDict]>([
    ['merges objects', { a: { b: 1, c: 2 } }, { a: { b: 3 } }, { a: { b: 3, c: 2 } }],
    ['deletes by null', { a: { b: 1, c: 2 } }, { a: { b: null } }, { a: { c: 2 } }],
    ['replaces lists', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['replaces scalars by objects, without their nulls', { a: 1 }, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    ['replaces objects by scalars', { a: { b: 1 } }, { a: 5 }, { a: 5 }],
    ['keeps nulls that are elements', {}, { a: [null, { b: null }] }, { a: [null, {}] }],
    ['deletes what is not there', { a: 1 }, { b: null }, { a: 1 }],
  ])('%s', (_, target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });

  it.each<[Value]>([[null], ['x'], [[1]], [5]])('refuses %j', (patch) => {
    expect(() => applyMergePatch({}, patch)).toThrow('Invalid JSON Patch');
  });

  it('sorts the keys of what it touched and of nothing else', () => {
    const target = { z: 1, m: { b: 1, a: 2 }, a: { y: 1, x: 2 } };
    expect(JSON.stringify(applyMergePatch(target, { a: { y: 5 } }))).toBe(
      '{"a":{"x":2,"y":5},"m":{"b":1,"a":2},"z":1}',
    );
  });

  it('takes prototype names for plain keys', () => {
    const patch = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    ) as ValueDict;
    const result = applyMergePatch({}, patch);
    expect(Object.keys(result)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  const withoutNulls = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== null)
        .map(([key, member]) => [key, withoutNulls(member)]),
    );
  };
  const documents = fc
    .dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 })
    .map((value) => withoutNulls(value) as ValueDict);

  it('applied twice changes nothing, and its arguments never', () => {
    fc.assert(
      fc.property(documents, documents, (target, patch) => {
        const [targetBefore, patchBefore] = [structuredClone(target), structuredClone(patch)];
        const once = applyMergePatch(target, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
        expect(target).toEqual(targetBefore);
        expect(patch).toEqual(patchBefore);
      }),
    );
  });
});

describe('what does not fit into its type', () => {
  const schema = schemaOf('apps', 'v1', 'Deployment');
  it.each<[ValueDict, string]>([
    [{ spec: { replicas: 'dos' } }, 'unrecognized type: int32'],
    [{ spec: { replicas: 1.5 } }, 'cannot convert float64 to int32'],
    [{ spec: { paused: 'x' } }, 'unrecognized type: bool'],
    [{ spec: [] }, 'cannot restore struct from: slice'],
    [{ spec: 'x' }, 'cannot restore struct from: string'],
    [{ metadata: { labels: [] } }, 'cannot restore map from slice'],
    [{ metadata: { labels: { a: 5 } } }, 'cannot convert int64 to string'],
    [{ metadata: { finalizers: {} } }, 'cannot restore slice from map'],
  ])('%j', (value, message) => {
    expect(() => checkStructure(schema, value)).toThrow(message);
  });

  it('says nothing of what fits, of nulls and of types with their own decoder', () => {
    const spec = { replicas: null, paused: true, strategy: { rollingUpdate: { maxSurge: '25%' } } };
    expect(() => checkStructure(schema, { metadata: { creationTimestamp: 5 }, spec })).not.toThrow();
  });
});
