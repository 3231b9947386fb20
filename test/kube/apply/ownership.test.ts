import { describe, expect, it } from 'vitest';
import { ApplyBench } from '../../helpers/applyBench.ts';

const deployment = () => new ApplyBench('apps/v1', 'Deployment');
const configMap = () => new ApplyBench('v1', 'ConfigMap');
const containers = (...list: object[]) => ({ spec: { template: { spec: { containers: list } } } });
const dig = (bench: ApplyBench, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as { [key: string]: unknown } | undefined)?.[key], bench.live);

function refused(run: () => unknown): { code?: number; message?: string; details?: unknown } {
  try {
    run();
  } catch (error) {
    return (error as { status: { code: number } }).status;
  }
  throw new Error('it was accepted');
}

describe('what an applier owns', () => {
  it('is what it says, and nothing that only the server sets', () => {
    const bench = configMap();
    bench.apply('ana', { metadata: { name: 'bread', labels: { a: 'b' } }, data: { x: '1' } });
    expect(bench.owners()).toEqual({ 'ana:Apply': ['data.x', 'metadata.labels.a'] });
  });

  it('is a list element by its keys, with the schema default for a key that is absent', () => {
    const bench = deployment();
    bench.apply('ana', containers({ name: 'oven', ports: [{ containerPort: 80 }] }));
    expect(bench.owners()['ana:Apply']).toContain(
      'spec.template.spec.containers[{"name":"oven"}].ports[{"containerPort":80,"protocol":"TCP"}].containerPort',
    );
  });

  it('is each element of a set, and an atomic list or map as a whole', () => {
    const bench = deployment();
    bench.apply('ana', {
      metadata: { finalizers: ['x/y'] },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { spec: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'k' }] } },
      },
    });
    expect(bench.owners()['ana:Apply']).toEqual([
      'metadata.finalizers["x/y"]',
      'spec.selector',
      'spec.template.spec.nodeSelector',
      'spec.template.spec.tolerations',
    ]);
  });

  it('is an empty map that it gives', () => {
    const bench = deployment();
    bench.apply('ana', containers({ name: 'oven', securityContext: {} }));
    expect(bench.owners()['ana:Apply']).toContain(
      'spec.template.spec.containers[{"name":"oven"}].securityContext',
    );
  });
});

describe('sharing', () => {
  it('happens when two apply the same value', () => {
    const bench = configMap();
    bench.apply('ana', { data: { x: '1' } });
    bench.apply('bea', { data: { x: '1', y: '2' } });
    expect(bench.owners()).toEqual({ 'ana:Apply': ['data.x'], 'bea:Apply': ['data.x', 'data.y'] });
  });

  it('lets a shared field stay when one of them leaves it out, and go with the last', () => {
    const bench = configMap();
    bench.apply('ana', { data: { x: '1' } });
    bench.apply('bea', { data: { x: '1' } });
    bench.apply('ana', {});
    expect(dig(bench, 'data')).toEqual({ x: '1' });
    bench.apply('bea', {});
    expect(dig(bench, 'data')).toBeUndefined();
    expect(bench.owners()).toEqual({});
  });

  it('keeps a list element that somebody else owns a part of', () => {
    const bench = deployment();
    bench.apply('ana', containers({ name: 'oven', image: 'oven:1' }));
    bench.apply('bea', containers({ name: 'oven', args: ['x'] }));
    bench.apply('ana', {});
    expect(dig(bench, 'spec', 'template', 'spec', 'containers')).toMatchObject([
      { name: 'oven', args: ['x'] },
    ]);
    expect(JSON.stringify(bench.live)).not.toContain('oven:1');
  });
});

describe('conflicts', () => {
  it('name the manager and the field', () => {
    const bench = deployment();
    bench.apply('ana', { spec: { replicas: 1 } });
    expect(refused(() => bench.apply('bea', { spec: { replicas: 2 } }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "ana": .spec.replicas',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "ana"', field: '.spec.replicas' }],
      },
    });
  });

  it('name the version of an update and the subresource', () => {
    const bench = deployment();
    bench.put('scaler', { spec: { replicas: 1 } }, 'scale');
    expect(refused(() => bench.apply('bea', { spec: { replicas: 2 } })).message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  it('are told per manager when there are several', () => {
    const bench = configMap();
    bench.apply('ana', { data: { x: '1', y: '1' } });
    bench.apply('bea', { data: { z: '1' } });
    expect(refused(() => bench.apply('cai', { data: { x: '2', y: '2', z: '2' } })).message).toBe(
      'Apply failed with 3 conflicts: conflicts with "ana":\n- .data.x\n- .data.y\nconflicts with "bea":\n- .data.z',
    );
  });

  it('leave the object as it was', () => {
    const bench = configMap();
    bench.apply('ana', { data: { x: '1' } });
    const before = JSON.stringify(bench.live);
    refused(() => bench.apply('bea', { data: { x: '2' } }));
    expect(JSON.stringify(bench.live)).toBe(before);
  });

  it('are over with force: the field changes hands', () => {
    const bench = configMap();
    bench.apply('ana', { data: { x: '1', y: '1' } });
    bench.apply('bea', { data: { x: '2' } }, { force: true });
    expect(bench.owners()).toEqual({ 'ana:Apply': ['data.y'], 'bea:Apply': ['data.x'] });
    expect(dig(bench, 'data', 'x')).toBe('2');
  });

  it('are none when the value is the same as that of an update', () => {
    const bench = configMap();
    bench.put('kubectl', { data: { x: '1' } });
    bench.apply('ana', { data: { x: '1' } });
    expect(bench.owners()).toMatchObject({ 'ana:Apply': ['data.x'], 'kubectl:Update': ['data.', 'data.x'] });
  });

  it('arise for an atomic list whatever element differs', () => {
    const bench = deployment();
    bench.apply('ana', containers({ name: 'oven', args: ['a'] }));
    expect(
      refused(() => bench.apply('bea', containers({ name: 'oven', args: ['a', 'b'] }))).message,
    ).toContain('.spec.template.spec.containers[name="oven"].args');
  });
});

describe('handing over', () => {
  it('is letting go of a field that somebody else has set', () => {
    const bench = deployment();
    bench.apply('ana', { spec: { replicas: 1, paused: true } });
    bench.put('scaler', { spec: { replicas: 5, paused: true } });
    expect(refused(() => bench.apply('ana', { spec: { replicas: 1, paused: true } })).code).toBe(409);
    bench.apply('ana', { spec: { paused: true } });
    expect(dig(bench, 'spec', 'replicas')).toBe(5);
    expect(bench.owners()).toMatchObject({
      'ana:Apply': ['spec.paused'],
      'scaler:Update': ['spec.replicas'],
    });
  });

  it('forgets managers that own nothing any more', () => {
    const bench = configMap();
    bench.apply('ana', { data: { x: '1' } });
    bench.put('bea', { data: { x: '2' } });
    expect(Object.keys(bench.owners())).toEqual(['bea:Update']);
  });

  it('goes on from client-side apply: kubectl may overwrite what it applied itself', () => {
    const bench = configMap();
    const last = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bread' }, data: { x: '1' } };
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(last) };
    bench.put('kubectl-client-side-apply', { metadata: { annotations }, data: { x: '1', y: '1' } });
    expect(refused(() => bench.apply('kubectl', { data: { x: '2', y: '2' } })).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.y',
    );
    bench.apply('kubectl', { data: { x: '2' } });
    expect(dig(bench, 'data', 'x')).toBe('2');
    const renewed = dig(bench, 'metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration');
    expect(renewed).toBe(
      '{"apiVersion":"v1","data":{"x":"2"},"kind":"ConfigMap","metadata":{"name":"bread"}}\n',
    );
  });
});

describe('lists', () => {
  const names = (bench: ApplyBench) =>
    (dig(bench, 'spec', 'template', 'spec', 'containers') as { name: string }[]).map(({ name }) => name);

  it('take the order of who applies, others keeping their place', () => {
    const bench = deployment();
    bench.apply('ana', containers({ name: 'a' }, { name: 'b' }));
    bench.apply('bea', containers({ name: 'z' }));
    expect(names(bench)).toEqual(['a', 'b', 'z']);
    bench.apply('ana', containers({ name: 'b' }, { name: 'a' }));
    expect(names(bench)).toEqual(['b', 'z', 'a']);
  });

  it('lose the elements that only this manager gave', () => {
    const bench = deployment();
    bench.apply('ana', containers({ name: 'a' }, { name: 'b' }));
    bench.apply('ana', containers({ name: 'b' }));
    expect(names(bench)).toEqual(['b']);
  });

  it('hold the elements of several managers of a set', () => {
    const bench = configMap();
    bench.apply('ana', { metadata: { finalizers: ['x/a'] } });
    bench.apply('bea', { metadata: { finalizers: ['x/b'] } });
    expect(dig(bench, 'metadata', 'finalizers')).toEqual(['x/a', 'x/b']);
    bench.apply('ana', {});
    expect(dig(bench, 'metadata', 'finalizers')).toEqual(['x/b']);
  });
});

describe('refusals', () => {
  const prefix = 'failed to create typed patch object (/bread; apps/v1, Kind=Deployment): ';
  it.each<[object, string]>([
    [{ spec: { replicas: 'two' } }, '.spec.replicas: expected numeric (int or float), got string'],
    [{ spec: { paused: 'x' } }, '.spec.paused: expected boolean, got &{x}'],
    [{ spec: { sobra: 1 } }, '.spec.sobra: field not declared in schema'],
    [{ spec: [] }, '.spec: expected map, got &{[]}'],
    [
      containers({ name: 5 }),
      '.spec.template.spec.containers[name=5].name: expected string, got &value.valueUnstructured{Value:5}',
    ],
    [{ metadata: { finalizers: ['a', 'a'] } }, '.metadata.finalizers: duplicate entries for key [="a"]'],
    [
      { metadata: { finalizers: [null] } },
      ".metadata.finalizers: element 0: associative list without keys has an element that's an explicit null",
    ],
    [
      containers({ name: 'a' }, { name: 'a' }),
      '.spec.template.spec.containers: duplicate entries for key [name="a"]',
    ],
    [
      containers('text' as unknown as object),
      '.spec.template.spec.containers: element 0: associative list with keys may not have non-map elements',
    ],
    [
      { spec: { replicas: 'a', paused: 'b' } },
      'errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.paused: expected boolean, got &{b}',
    ],
  ])('%j', (body, message) => {
    expect(refused(() => deployment().apply('ana', body))).toMatchObject({
      code: 500,
      message: prefix + message,
    });
  });

  it('of another kind or version, and of managedFields', () => {
    const bench = configMap();
    expect(refused(() => bench.apply('ana', { kind: 'Secret' })).message).toBe(
      'invalid object type: /v1, Kind=Secret',
    );
    expect(refused(() => bench.apply('ana', { apiVersion: 'apps/v1' })).message).toBe(
      'invalid object type: apps/v1, Kind=ConfigMap',
    );
    expect(refused(() => bench.apply('ana', { metadata: { managedFields: [] } }))).toMatchObject({
      code: 400,
      message: 'metadata.managedFields must be nil',
    });
  });
});
