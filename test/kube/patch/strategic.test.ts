import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value, ValueDict } from '../../../src/kube/patch/dict.ts';
import { applyStrategicMergePatch } from '../../../src/kube/patch/strategic.ts';
import { schemaOf } from '../../helpers/kubeSchemas.ts';
import { strategicDiff } from '../../helpers/strategicDiff.ts';

const deployment = schemaOf('apps', 'v1', 'Deployment');

const pod = (spec: ValueDict): ValueDict => ({ spec: { template: { spec } } });
const bakery = pod({
  containers: [
    {
      name: 'oven',
      image: 'oven:1',
      args: ['a', 'b'],
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      ports: [{ containerPort: 80, protocol: 'TCP', name: 'web' }],
    },
    { name: 'watch', image: 'watch:1' },
  ],
  volumes: [{ name: 'flour', emptyDir: {} }],
  tolerations: [{ key: 'a', operator: 'Exists' }],
  nodeSelector: { disk: 'ssd', zone: 'a' },
});

const merge = (target: ValueDict, patch: ValueDict) => applyStrategicMergePatch(deployment, target, patch);

/** What is at `spec.template.spec.<…>` of the bakery after a patch of its Pod template. */
function patched(patch: ValueDict): ValueDict {
  const result = merge(bakery, pod(patch));
  return (result as { spec: { template: { spec: ValueDict } } }).spec.template.spec;
}

describe('maps', () => {
  const meta = (labels: Value, patch: Value) =>
    (merge({ metadata: { labels } }, { metadata: { labels: patch } }) as { metadata: ValueDict }).metadata;

  it.each<[string, Value, Value, Value | undefined]>([
    ['adds and changes members', { a: '1', b: '2' }, { b: '3', c: '4' }, { a: '1', b: '3', c: '4' }],
    ['deletes a member by null', { a: '1', b: '2' }, { a: null }, { b: '2' }],
    ['deletes the whole map by null', { a: '1' }, null, undefined],
    ['does nothing with an empty map', { a: '1' }, {}, { a: '1' }],
    ['replaces by $patch: replace', { a: '1' }, { $patch: 'replace', b: '2' }, { b: '2' }],
    ['empties by $patch: delete', { a: '1' }, { $patch: 'delete', b: '2' }, {}],
    ['keeps only $retainKeys', { a: '1', b: '2' }, { $retainKeys: ['b', 'c'], c: '3' }, { b: '2', c: '3' }],
    ['replaces what is of another type', { a: '1' }, 'text', 'text'],
    [
      'takes prototype names for plain keys',
      { a: '1' },
      JSON.parse('{"__proto__":"x"}') as Value,
      JSON.parse('{"a":"1","__proto__":"x"}') as Value,
    ],
  ])('%s', (_, labels, patch, expected) => {
    expect(meta(labels, patch)['labels']).toEqual(expected);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('drops nulls and elements with a directive from what is new', () => {
    const result = merge(
      {},
      pod({ nodeSelector: { a: null, b: 'c' }, volumes: [{ name: 'x', $patch: 'delete' }, { name: 'y' }] }),
    );
    expect(result).toEqual(pod({ nodeSelector: { b: 'c' }, volumes: [{ name: 'y' }] }));
  });

  it('changes neither argument', () => {
    const target = structuredClone(bakery);
    const patch = pod({ containers: [{ name: 'oven', $patch: 'delete' }], $retainKeys: ['containers'] });
    const before = structuredClone(patch);
    merge(target, patch);
    expect(target).toEqual(bakery);
    expect(patch).toEqual(before);
  });
});

describe('lists', () => {
  const names = (items: Value | undefined) => (items as { name: string }[]).map(({ name }) => name);

  it('replaces atomic lists, of objects and of texts', () => {
    expect(patched({ tolerations: [{ key: 'b' }] })['tolerations']).toEqual([{ key: 'b' }]);
    expect(patched({ containers: [{ name: 'oven', args: ['z'] }] })['containers']).toMatchObject([
      { args: ['z'] },
      {},
    ]);
  });

  it('merges elements by their key and puts new ones in front', () => {
    const containers = patched({
      containers: [
        { name: 'new', image: 'n' },
        { name: 'watch', image: 'watch:2' },
      ],
    })['containers'];
    expect(names(containers)).toEqual(['new', 'oven', 'watch']);
    expect(containers).toMatchObject([{ image: 'n' }, { image: 'oven:1' }, { image: 'watch:2' }]);
  });

  it('merges ports by the patch key alone, not by all keys of the list', () => {
    const [oven] = patched({ containers: [{ name: 'oven', ports: [{ containerPort: 80, name: 'http' }] }] })[
      'containers'
    ] as ValueDict[];
    expect(oven?.['ports']).toEqual([{ containerPort: 80, protocol: 'TCP', name: 'http' }]);
  });

  it('deletes an element by $patch: delete', () => {
    expect(names(patched({ containers: [{ name: 'oven', $patch: 'delete' }] })['containers'])).toEqual([
      'watch',
    ]);
    expect(names(patched({ containers: [{ name: 'nobody', $patch: 'delete' }] })['containers'])).toEqual([
      'oven',
      'watch',
    ]);
  });

  it('replaces a merged list by $patch: replace', () => {
    expect(patched({ containers: [{ $patch: 'replace' }, { name: 'only' }] })['containers']).toEqual([
      { name: 'only' },
    ]);
  });

  it('retains keys within an element', () => {
    const volumes = patched({ volumes: [{ name: 'flour', $retainKeys: ['name', 'secret'], secret: {} }] })[
      'volumes'
    ];
    expect(volumes).toEqual([{ name: 'flour', secret: {} }]);
  });

  it('orders as $setElementOrder says, unknown elements keeping their place', () => {
    const env = (patch: ValueDict) =>
      (patched({ containers: [{ name: 'oven', ...patch }] })['containers'] as ValueDict[])[0]?.['env'];
    expect(env({ '$setElementOrder/env': [{ name: 'B' }, { name: 'A' }] })).toMatchObject([
      { name: 'B' },
      { name: 'A' },
    ]);
    expect(
      env({ '$setElementOrder/env': [{ name: 'C' }, { name: 'B' }], env: [{ name: 'C', value: '3' }] }),
    ).toMatchObject([{ name: 'C' }, { name: 'A' }, { name: 'B' }]);
  });

  const finalizers = (list: Value, patch: ValueDict) =>
    (merge({ metadata: { finalizers: list } }, { metadata: patch }) as { metadata: ValueDict }).metadata[
      'finalizers'
    ];

  it('merges lists of texts and takes out of them', () => {
    expect(finalizers(['a', 'b'], { finalizers: ['b', 'c'] })).toEqual(['a', 'b', 'c']);
    expect(finalizers(['a', 'b', 'c'], { '$deleteFromPrimitiveList/finalizers': ['b', 'x'] })).toEqual([
      'a',
      'c',
    ]);
    expect(
      finalizers(['a', 'b'], {
        '$setElementOrder/finalizers': ['c', 'a'],
        finalizers: ['c'],
        '$deleteFromPrimitiveList/finalizers': ['b'],
      }),
    ).toEqual(['c', 'a']);
    expect(merge({ metadata: {} }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } })).toEqual({
      metadata: {},
    });
  });
});

describe('refusals', () => {
  it.each<[string, ValueDict, number, string]>([
    [
      'an element without its key',
      pod({ containers: [{ image: 'z' }] }),
      500,
      'map: map[image:z] does not contain declared merge key: name',
    ],
    [
      'an unknown directive',
      pod({ containers: [{ name: 'oven', $patch: 'burn' }] }),
      500,
      'unknown patch type: burn in map: map[$patch:burn name:oven]',
    ],
    [
      'an unknown directive in a map',
      pod({ nodeSelector: { $patch: 'burn' } }),
      500,
      'unknown patch type: burn in map: map[$patch:burn]',
    ],
    [
      'merge of a list',
      pod({ containers: [{ name: 'oven', $patch: 'merge' }] }),
      500,
      'merging lists cannot yet be specified in the patch',
    ],
    [
      'a retainKeys list that misses a changed key',
      { spec: { $retainKeys: ['replicas'], paused: true } },
      400,
      'invalid patch format of retainKeys',
    ],
    [
      'a retainKeys that is no list',
      { spec: { $retainKeys: 'replicas' } },
      400,
      'invalid patch format of retainKeys',
    ],
    [
      'an order without the changed element',
      pod({ '$setElementOrder/containers': [{ name: 'oven' }], containers: [{ name: 'watch' }] }),
      500,
      "The order in patch list:\n[map[name:watch]]\n doesn't match $setElementOrder list:\n[map[name:oven]]\n",
    ],
    [
      'an order that is no list',
      pod({ '$setElementOrder/containers': 'x' }),
      500,
      'expected a []interface {}, but received a string',
    ],
    [
      'a directive without a field',
      { spec: { $deleteFromPrimitiveList: ['a'] } },
      400,
      'invalid patch format of primitive list',
    ],
    [
      'elements of several types',
      pod({ containers: [{ name: 'oven' }, 'text'] }),
      500,
      'list element types are not identical',
    ],
    [
      'lists in lists',
      pod({ containers: [['x']] }),
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'an object for an unknown field',
      { spec: { template: { sobra: { a: 1 } } } },
      500,
      'unable to find api field in struct PodTemplateSpec for the json field "sobra"',
    ],
  ])('%s', (_, patch, code, message) => {
    const target = merge(bakery, {});
    (target as { spec: { template: ValueDict } }).spec.template['sobra'] = { a: 0 };
    const [first] = [patch].map((p) => {
      try {
        return merge(code === 422 ? pod({ containers: [['y']] }) : target, p);
      } catch (error) {
        return error;
      }
    });
    expect(first).toMatchObject({ status: { code, message: expect.stringContaining(message) as string } });
  });
});

describe('any patch', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'd');
  const env = fc.uniqueArray(fc.record({ name: word, value: word }), {
    selector: ({ name }) => name,
    maxLength: 4,
  });
  const containers = fc.uniqueArray(
    fc.record({ name: word, image: word, env, args: fc.array(word, { maxLength: 3 }) }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 4 },
  );
  const objects = fc
    .record({
      labels: fc.dictionary(word, word),
      finalizers: fc.uniqueArray(word, { minLength: 1 }),
      containers,
      paused: fc.boolean(),
    })
    .map(
      (one): ValueDict => ({
        metadata: { labels: one.labels, finalizers: one.finalizers },
        spec: { paused: one.paused, template: { spec: { containers: one.containers as unknown as Value } } },
      }),
    );

  it('is made good by the diff: merging it gives the target', () => {
    fc.assert(
      fc.property(objects, objects, (from, to) => {
        expect(merge(from, strategicDiff(deployment, from, to))).toEqual(to);
      }),
    );
  });

  it('applied twice is as good as once', () => {
    fc.assert(
      fc.property(objects, objects, (from, to) => {
        const once = merge(from, to);
        expect(merge(once, to)).toEqual(once);
      }),
    );
  });
});
