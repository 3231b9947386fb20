import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareElements, printPath } from '../../../src/kube/apply/element.ts';
import { fieldSetOf } from '../../../src/kube/apply/field-set.ts';
import {
  decodeFields,
  difference,
  encodeFields,
  equalFields,
  type Fields,
  FieldsBuilder,
  forEachPath,
  hasPath,
  intersection,
  isEmpty,
  recursiveDifference,
  union,
} from '../../../src/kube/apply/fields.ts';
import { ApplyBench } from '../../helpers/applyBench.ts';
import { schemaOf } from '../../helpers/kubeSchemas.ts';

const element = fc.constantFrom(
  'f:a',
  'f:b',
  'f:spec',
  'k:{"name":"x"}',
  'k:{"containerPort":80,"protocol":"TCP"}',
  'v:"y"',
  'v:5',
  'i:0',
);
const paths = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
const build = (list: readonly (readonly string[])[]): Fields => {
  const builder = new FieldsBuilder();
  for (const path of list) builder.insert(path);
  return builder.build();
};
const sets = paths.map(build);
const keysOf = (set: Fields): Set<string> => {
  const found = new Set<string>();
  forEachPath(set, (path) => found.add(JSON.stringify(path)));
  return found;
};

describe('the algebra of field sets is that of sets of paths', () => {
  it('holds what was put in', () => {
    fc.assert(
      fc.property(paths, (list) => {
        const set = build(list);
        expect(keysOf(set)).toEqual(new Set(list.map((path) => JSON.stringify(path))));
        for (const path of list) expect(hasPath(set, path)).toBe(true);
        expect(isEmpty(set)).toBe(list.length === 0);
      }),
    );
  });

  it('unites, intersects and subtracts', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [left, right] = [keysOf(a), keysOf(b)];
        expect(keysOf(union(a, b))).toEqual(new Set([...left, ...right]));
        expect(keysOf(intersection(a, b))).toEqual(new Set([...left].filter((path) => right.has(path))));
        expect(keysOf(difference(a, b))).toEqual(new Set([...left].filter((path) => !right.has(path))));
        const under = (path: string) => {
          const steps = JSON.parse(path) as string[];
          return steps.some((_, i) => right.has(JSON.stringify(steps.slice(0, i + 1))));
        };
        expect(keysOf(recursiveDifference(a, b))).toEqual(new Set([...left].filter((path) => !under(path))));
        expect(equalFields(union(a, b), union(b, a))).toBe(true);
      }),
    );
  });

  it('does not copy what does not change', () => {
    const a = build([['f:spec', 'f:a'], ['f:b']]);
    expect(difference(a, build([['f:nothing']]))).toBe(a);
  });
});

describe('FieldsV1', () => {
  it('goes there and back', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const encoded = encodeFields(set);
        const decoded = decodeFields(JSON.parse(JSON.stringify(encoded)) as never);
        expect(decoded).toEqual(encoded);
        expect(JSON.stringify(encodeFields(decoded ?? {}))).toBe(JSON.stringify(encoded));
      }),
    );
  });

  it('writes fields, keys, values and indices in order, numbers as numbers', () => {
    const unordered = [
      'i:10',
      'i:9',
      'v:10',
      'v:9',
      'v:"a"',
      'k:{"port":443,"protocol":"TCP"}',
      'k:{"port":80,"protocol":"UDP"}',
      'k:{"port":80,"protocol":"TCP"}',
      'f:b',
      'f:a',
      '.',
    ];
    expect(unordered.sort(compareElements)).toEqual([
      '.',
      'f:a',
      'f:b',
      'k:{"port":80,"protocol":"TCP"}',
      'k:{"port":80,"protocol":"UDP"}',
      'k:{"port":443,"protocol":"TCP"}',
      'v:9',
      'v:10',
      'v:"a"',
      'i:9',
      'i:10',
    ]);
  });

  it.each<[string, unknown]>([
    ['a key without prefix', { spec: {} }],
    ['an unknown prefix', { 'x:spec': {} }],
    ['a value that is no JSON', { 'v:{': {} }],
    ['a key that is no map', { 'k:5': {} }],
    ['an index that is none', { 'i:x': {} }],
    ['a member that is no map', { 'f:spec': 5 }],
    ['no map', 'text'],
    ['a prototype key', JSON.parse('{"__proto__":{"polluted":{}}}')],
  ])('refuses %s', (_, value) => {
    expect(decodeFields(value as never)).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('reads keys in any order and spacing', () => {
    expect(decodeFields({ 'k:{ "b": 1, "a": "x" }': {} })).toEqual({ 'k:{"a":"x","b":1}': {} });
  });

  it('is shown as paths', () => {
    expect(printPath(['f:spec', 'k:{"containerPort":80,"protocol":"TCP"}', 'v:"x"', 'i:3'])).toBe(
      '.spec[containerPort=80,protocol="TCP"][="x"][3]',
    );
  });
});

describe('applying', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const containers = fc.uniqueArray(
    fc.record(
      { name: word, image: word, args: fc.array(word, { minLength: 1, maxLength: 2 }) },
      { requiredKeys: ['name'] },
    ),
    { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
  );
  const bodies = fc.record(
    {
      metadata: fc.record(
        {
          labels: fc.dictionary(word, word, { minKeys: 1 }),
          finalizers: fc.uniqueArray(word, { minLength: 1 }),
        },
        { requiredKeys: [] },
      ),
      spec: fc.record(
        {
          replicas: fc.nat(5),
          paused: fc.constant(true),
          template: fc.record({ spec: fc.record({ containers }) }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const schema = schemaOf('apps', 'v1', 'Deployment');

  it('twice changes nothing, not even the time', () => {
    fc.assert(
      fc.property(bodies, bodies, (first, second) => {
        const bench = new ApplyBench('apps/v1', 'Deployment');
        bench.apply('ana', first);
        bench.apply('bea', second, { force: true });
        const before = JSON.stringify(bench.live);
        bench.apply('bea', second);
        expect(JSON.stringify(bench.live)).toBe(before);
      }),
    );
  });

  it('by one alone makes the object what it says, whatever it said before', () => {
    fc.assert(
      fc.property(bodies, bodies, (first, second) => {
        const [twice, once] = [
          new ApplyBench('apps/v1', 'Deployment'),
          new ApplyBench('apps/v1', 'Deployment'),
        ];
        twice.apply('ana', first);
        twice.apply('ana', second);
        once.apply('ana', second);
        expect(twice.owners()).toEqual(once.owners());
        expect({ ...twice.live, metadata: { ...twice.live?.metadata, managedFields: [] } }).toEqual({
          ...once.live,
          metadata: { ...once.live?.metadata, managedFields: [] },
        });
      }),
    );
  });

  it('owns exactly the fields of its configuration', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const bench = new ApplyBench('apps/v1', 'Deployment');
        bench.apply('ana', body);
        const owned = fieldSetOf(schema, body as never);
        const [entry] = bench.live?.metadata.managedFields ?? [];
        const named = new Set(['["f:metadata"]']);
        expect(keysOf((entry?.fieldsV1 ?? {}) as Fields)).toEqual(
          new Set([...keysOf(owned)].filter((path) => !named.has(path))),
        );
      }),
    );
  });
});
