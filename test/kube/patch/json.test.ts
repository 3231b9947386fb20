import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value, ValueDict } from '../../../src/kube/patch/dict.ts';
import { applyJsonPatch, checkJsonPatch } from '../../../src/kube/patch/json.ts';

const doc: ValueDict = { kind: 'Bread', spec: { list: ['a', 'b'], map: { x: 1, 'y/z~': 2 }, none: null } };
const run = (...operations: Value[]) =>
  applyJsonPatch(doc, operations) as { spec: { list: Value; map: Value } };
const rejected = {
  status: {
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
  },
};
const failing = (...operations: Value[]) => {
  try {
    return run(...operations);
  } catch (error) {
    return error;
  }
};

describe('operations', () => {
  it.each<[string, Value, Value]>([
    ['add inserts', { op: 'add', path: '/spec/list/1', value: 'm' }, ['a', 'm', 'b']],
    ['add at the end', { op: 'add', path: '/spec/list/-', value: 'z' }, ['a', 'b', 'z']],
    ['add right after the end', { op: 'add', path: '/spec/list/2', value: 'z' }, ['a', 'b', 'z']],
    ['add counts from the end', { op: 'add', path: '/spec/list/-1', value: 'z' }, ['a', 'b', 'z']],
    ['replace counts from the end', { op: 'replace', path: '/spec/list/-1', value: 'z' }, ['a', 'z']],
    ['remove', { op: 'remove', path: '/spec/list/0' }, ['b']],
    ['move within a list', { op: 'move', from: '/spec/list/0', path: '/spec/list/-' }, ['b', 'a']],
    ['copy', { op: 'copy', from: '/spec/list/0', path: '/spec/list/-' }, ['a', 'b', 'a']],
    ['add a member over another', { op: 'add', path: '/spec/list', value: [] }, []],
  ])('%s', (_, operation, expected) => {
    expect(run(operation).spec.list).toEqual(expected);
  });

  it('reads escapes of RFC 6901', () => {
    expect(run({ op: 'replace', path: '/spec/map/y~1z~0', value: 3 }).spec.map).toEqual({ x: 1, 'y/z~': 3 });
  });

  it('replaces what is not there, and copies what is not there as null', () => {
    expect(run({ op: 'replace', path: '/spec/map/new', value: 5 }).spec.map).toMatchObject({ new: 5 });
    expect(run({ op: 'copy', from: '/spec/map/nothing', path: '/spec/map/new' }).spec.map).toMatchObject({
      new: null,
    });
  });

  it('tests, and undoes everything when a test fails', () => {
    expect(run({ op: 'test', path: '/spec/map', value: { 'y/z~': 2, x: 1 } })).toEqual(doc);
    expect(run({ op: 'test', path: '/spec/nothing', value: null })).toEqual(doc);
    expect(
      failing({ op: 'remove', path: '/spec/list' }, { op: 'test', path: '/kind', value: 'Cake' }),
    ).toMatchObject(rejected);
    expect(doc['spec']).toHaveProperty('list');
  });

  it.each<[string, Value]>([
    ['beyond the end', { op: 'add', path: '/spec/list/9', value: 1 }],
    ['no index', { op: 'add', path: '/spec/list/x', value: 1 }],
    ['remove of nothing', { op: 'remove', path: '/spec/map/nothing' }],
    ['move of nothing', { op: 'move', from: '/nothing', path: '/spec/x' }],
    ['missing parent', { op: 'add', path: '/nothing/x', value: 1 }],
    ['into a text', { op: 'add', path: '/kind/x', value: 1 }],
    ['unknown operation', { op: 'burn', path: '/kind' }],
    ['no operation', {}],
    ['null', null],
    ['no path', { op: 'remove' }],
    ['the whole document away', { op: 'remove', path: '' }],
    ['inherited members', { op: 'remove', path: '/constructor' }],
  ])('refuses: %s', (_, operation) => {
    expect(failing(operation)).toMatchObject(rejected);
  });

  it('takes prototype names for plain keys', () => {
    const result = run({ op: 'add', path: '/spec/map/__proto__', value: { polluted: true } });
    expect(Object.keys(result.spec.map as ValueDict)).toContain('__proto__');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(failing({ op: 'add', path: '/__proto__/polluted', value: true })).toMatchObject(rejected);
  });

  it('bounds what copies add up to, and how many operations there are', () => {
    const big = 'x'.repeat(1024 * 1024);
    const copies = Array.from({ length: 4 }, (_, i) => ({ op: 'copy', from: '/big', path: `/copy${i}` }));
    expect(() => applyJsonPatch({ big }, copies)).toThrow('the server rejected our request');
    expect(() =>
      applyJsonPatch(
        {},
        Array.from({ length: 10_001 }, () => ({})),
      ),
    ).toThrow('The allowed maximum operations in a JSON patch is 10000, got 10001');
  });
});

describe('the body', () => {
  it.each<[Value, string]>([
    [{}, 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
    ['x', 'error decoding patch: json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp'],
    [['x'], 'error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp'],
    [
      [{ op: 1 }],
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
    ],
  ])('%j', (body, message) => {
    expect(() => checkJsonPatch(body, true)).toThrow(message);
  });

  it('tells of unknown members only when asked', () => {
    expect(checkJsonPatch([{ op: 'add', sobra: 1 }], true)).toEqual(['json patch unknown field "[0].sobra"']);
    expect(checkJsonPatch([{ op: 'add', sobra: 1 }], false)).toEqual([]);
  });
});

it('adding and removing again leaves the document as it was, and never the original changed', () => {
  const keys = fc.string({ minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), keys, fc.jsonValue(), (map, key, value) => {
      const before = structuredClone(map) as ValueDict;
      const target = map as ValueDict;
      fc.pre(!Object.hasOwn(target, key));
      const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const result = applyJsonPatch(target, [
        { op: 'add', path, value: value as Value },
        { op: 'remove', path },
      ]);
      expect(result).toEqual(before);
      expect(target).toEqual(before);
    }),
  );
});
