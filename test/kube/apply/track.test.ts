import { describe, expect, it } from 'vitest';
import { trackUpdate } from '../../../src/kube/apply/field-manager.ts';
import { parentEntries, scaleEntries } from '../../../src/kube/apply/scale.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { StructSchema } from '../../../src/kube/schema/schema.ts';
import { ApplyBench } from '../../helpers/applyBench.ts';
import { schemaOf } from '../../helpers/kubeSchemas.ts';

const configMap = () => new ApplyBench('v1', 'ConfigMap');

describe('updates', () => {
  it('own what they set, with the maps that were not there before', () => {
    const bench = configMap();
    bench.put('ana', { data: { x: '1' } });
    bench.put('bea', { data: { x: '1', y: '2' } });
    expect(bench.owners()).toEqual({ 'ana:Update': ['data.', 'data.x'], 'bea:Update': ['data.y'] });
  });

  it('are one entry per manager, and time moves only when it changes something', () => {
    const bench = configMap();
    bench.put('ana', { data: { x: '1' } });
    bench.put('ana', { data: { x: '1' } });
    expect(bench.times()).toEqual({ 'ana:Update': '01' });
    bench.put('ana', { data: { x: '2' } });
    expect(bench.times()).toEqual({ 'ana:Update': '03' });
    bench.put('bea', { data: { x: '2', y: '1' } });
    expect(bench.times()).toEqual({ 'ana:Update': '03', 'bea:Update': '04' });
  });

  it('take fields away from appliers, and drop what they remove', () => {
    const bench = configMap();
    bench.apply('ana', { metadata: { labels: { a: 'b' } }, data: { x: '1', y: '1' } });
    bench.put('bea', { data: { x: '2', y: '1' } });
    expect(bench.owners()).toEqual({ 'ana:Apply': ['data.y'], 'bea:Update': ['data.x'] });
  });

  it('of a subresource are entries of their own, and do not believe the managedFields of the client', () => {
    const bench = new ApplyBench('v1', 'Pod');
    bench.put('kubectl', { spec: { containers: [{ name: 'oven' }] } });
    bench.put('kubelet', { metadata: { managedFields: [] }, status: { phase: 'Running' } }, 'status');
    expect(Object.keys(bench.owners())).toContain('kubelet:Update:status');
  });

  it('without a name are unknown', () => {
    const bench = configMap();
    bench.put('', { data: { x: '1' } });
    expect(Object.keys(bench.owners())).toEqual(['unknown:Update']);
  });

  it('become ancient when there are more than ten managers', () => {
    const bench = configMap();
    for (let i = 1; i <= 14; i++)
      bench.put(`m${String(i).padStart(2, '0')}`, {
        data: Object.fromEntries(Array.from({ length: i }, (_, k) => [`k${k + 1}`, 'v'])),
      });
    const owners = bench.owners();
    expect(Object.keys(owners)).toHaveLength(10);
    expect(owners['ancient-changes:Update']).toEqual([
      'data.',
      'data.k1',
      'data.k2',
      'data.k3',
      'data.k4',
      'data.k5',
    ]);
    expect(owners['m06:Update']).toEqual(['data.k6']);
    expect(bench.times()['ancient-changes:Update']).toBe('05');
  });
});

describe('managedFields of the client', () => {
  const sent = (managedFields: object[]) => {
    const bench = configMap();
    bench.apply('ana', { data: { x: '1' } });
    bench.put('bea', { metadata: { managedFields }, data: { x: '1', y: '2' } });
    return bench.owners();
  };
  const entry = {
    manager: 'new',
    operation: 'Update',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': { 'f:x': {} } },
  };

  it.each<[string, object[], object]>([
    ['are taken over when they can be read', [entry], { 'new:Update': ['data.x'], 'bea:Update': ['data.y'] }],
    ['clear everything when empty: nothing is tracked any more', [], {}],
    ['clear everything when one entry is empty', [{}], {}],
    [
      'are ignored with an unknown operation',
      [{ ...entry, operation: 'Burn' }],
      { 'ana:Apply': ['data.x'], 'bea:Update': ['data.y'] },
    ],
    [
      'are ignored without a version',
      [{ ...entry, apiVersion: '' }],
      { 'ana:Apply': ['data.x'], 'bea:Update': ['data.y'] },
    ],
    [
      'are ignored with another type',
      [{ ...entry, fieldsType: 'FieldsV2' }],
      { 'ana:Apply': ['data.x'], 'bea:Update': ['data.y'] },
    ],
    [
      'are ignored with paths that are none',
      [{ ...entry, fieldsV1: { data: {} } }],
      { 'ana:Apply': ['data.x'], 'bea:Update': ['data.y'] },
    ],
    [
      'are made canonical',
      [{ ...entry, fieldsV1: { 'f:data': { '.': {}, 'f:x': { '.': {} } } } }],
      { 'new:Update': ['data.', 'data.x'], 'bea:Update': ['data.y'] },
    ],
  ])('%s', (_, managedFields, expected) => {
    expect(sent(managedFields)).toEqual(expected);
  });
});

describe('objects that nobody tracked', () => {
  it('stay untracked by updates, and belong to before-first-apply once somebody applies', () => {
    const bench = configMap();
    bench.live = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'bread', uid: 'uid' },
      data: { x: '1' },
    } as KubeObject;
    bench.put('ana', { data: { x: '1' } });
    expect(bench.owners()).toEqual({});
    bench.apply('bea', { data: { x: '1', y: '2' } });
    expect(bench.owners()).toEqual({
      'bea:Apply': ['data.x', 'data.y'],
      'before-first-apply:Update': ['data.', 'data.x'],
    });
  });
});

describe('custom resources', () => {
  const meta = schemaOf('', 'v1', 'ConfigMap').fields.get('metadata');
  const text = { kind: 'scalar', scalar: 'string', goType: '' } as const;
  const field = (
    name: string,
    schema: StructSchema['fields'] extends ReadonlyMap<string, infer F>
      ? F extends { schema: infer S }
        ? S
        : never
      : never,
  ) =>
    [
      name,
      { name, schema, numbers: [], pointer: false, omitEmpty: true, required: false, patchStrategy: [] },
    ] as const;
  const struct = (extra: object, ...fields: (readonly [string, object])[]) =>
    ({
      kind: 'struct',
      goType: '',
      mapType: 'granular',
      fields: new Map(fields),
      ...extra,
    }) as unknown as StructSchema;
  const schema = (extra: object) =>
    struct(
      extra,
      field('apiVersion', text),
      field('kind', text),
      ['metadata', meta ?? {}],
      field('spec', struct({ preserveUnknown: true })),
    );

  it('with unknown fields own them one by one, lists as a whole', () => {
    const bench = new ApplyBench('bakery.example.com/v1', 'Pie', schema({}));
    bench.apply('ana', { spec: { free: { a: { b: 1 } }, list: [{ name: 'x' }] } });
    expect(bench.owners()).toEqual({
      'ana:Apply': ['spec.free.', 'spec.free.a.', 'spec.free.a.b', 'spec.list'],
    });
    bench.apply('bea', { spec: { free: { c: 2 } } });
    expect(bench.live).toMatchObject({ spec: { free: { a: { b: 1 }, c: 2 } } });
  });

  it('are left without the maps of which nothing is left', () => {
    const box = struct({}, [
      'labels',
      { ...field('labels', text)[1], schema: { kind: 'map', values: text, mapType: 'granular' } },
    ]);
    const root = struct(
      {},
      field('apiVersion', text),
      field('kind', text),
      ['metadata', meta ?? {}],
      field('spec', box),
    );
    const bench = new ApplyBench('bakery.example.com/v1', 'Pie', root);
    bench.apply('ana', { spec: { labels: { a: 'b' } } });
    bench.apply('bea', { metadata: { labels: { x: 'y' } } });
    bench.apply('ana', {});
    expect(bench.live).not.toHaveProperty('spec.labels');
  });

  it('collapse ownership of what has become atomic since', () => {
    const granular = struct({}, field('a', text));
    const of = (box: StructSchema) =>
      struct(
        {},
        field('apiVersion', text),
        field('kind', text),
        ['metadata', meta ?? {}],
        field('spec', box),
      );
    const bench = new ApplyBench('bakery.example.com/v1', 'Pie', of(granular));
    bench.apply('ana', { spec: { a: 'x' } });
    const later = new ApplyBench('bakery.example.com/v1', 'Pie', of({ ...granular, mapType: 'atomic' }));
    later.live = bench.live;
    later.apply('bea', { metadata: { labels: { a: 'b' } } });
    expect(later.owners()).toMatchObject({ 'ana:Apply': ['spec'] });
  });
});

describe('scale', () => {
  const pathIn = (apiVersion: string) => (apiVersion === 'apps/v1' ? ['spec', 'replicas'] : undefined);
  const owners = { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } };
  const entry = (manager: string, operation: string, fieldsV1: object, apiVersion = 'apps/v1') =>
    ({
      manager,
      operation,
      apiVersion,
      time: '2030-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1,
    }) as never;
  const ownership = {
    entries: [entry('ana', 'Apply', owners), entry('old', 'Update', owners, 'apps/v1beta1')],
    apiVersion: 'apps/v1',
    pathIn,
  };

  it('shows who owns the replicas, and takes what becomes of it back to the parent', () => {
    const shown = scaleEntries(ownership);
    expect(shown).toMatchObject([
      { manager: 'ana', apiVersion: 'autoscaling/v1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ]);
    expect(parentEntries(ownership, shown)).toMatchObject([{ manager: 'ana', fieldsV1: owners }]);
    const taken = [entry('scaler', 'Apply', { 'f:spec': { 'f:replicas': {} } }, 'autoscaling/v1')];
    expect(parentEntries(ownership, taken)).toEqual([
      {
        manager: 'scaler',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
      entry('ana', 'Apply', { 'f:spec': { 'f:paused': {} } }),
    ]);
  });
});

it('answers nothing for an object without a schema', () => {
  const updated = { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' } };
  expect(
    trackUpdate({
      schema: undefined,
      live: undefined,
      updated,
      manager: 'a',
      apiVersion: 'x/v1',
      subresource: '',
      now: '2030-01-01T00:00:00Z',
    }),
  ).toBeUndefined();
});
