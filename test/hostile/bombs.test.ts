import { describe, expect, it } from 'vitest';
import type { JSONSchemaProps } from '../../src/kube/api/apiextensions-v1.ts';
import { decodeFields } from '../../src/kube/apply/fields.ts';
import { capManagers, type Managed } from '../../src/kube/apply/managers.ts';
import { CelBudgetError, type CelSchema, compileCel } from '../../src/kube/cel/compile.ts';
import { validateListTypes } from '../../src/kube/crd/list-types.ts';

/**
 * Documents of 3 MiB that took minutes. A test that grows with the square of what it is given does not end in the time
 * that tests have.
 */
describe('many of a kind', () => {
  it('of managers become one', () => {
    const managed: Managed = { managers: new Map(), times: new Map() };
    for (let i = 0; i < 20_000; i++) {
      const id = JSON.stringify({ manager: `m${i}`, operation: 'Update', apiVersion: 'v1' });
      const set = decodeFields({ 'f:data': { [`f:k${i}`]: {} } });
      if (set === undefined) throw new Error('unreadable');
      managed.managers.set(id, { set, apiVersion: 'v1', applied: false });
      managed.times.set(id, undefined);
    }
    capManagers(managed);
    expect(managed.managers.size).toBe(10);
    const ancient = [...managed.managers].find(([id]) => id.includes('ancient-changes'))?.[1].set;
    expect(Object.keys(ancient?.['f:data'] ?? {}).filter((key) => key !== '.').length).toBeGreaterThan(
      10_000,
    );
  });

  it('of entries in a map list are compared by their keys', () => {
    const schema: JSONSchemaProps = {
      type: 'array',
      items: { type: 'object', properties: { k: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    };
    const items = Array.from({ length: 50_000 }, (_, i) => ({ k: `k${String(i).padStart(5, '0')}` }));
    expect(validateListTypes(schema, items, 'spec')).toEqual([]);
    expect(validateListTypes(schema, [...items, { k: 'k00007' }], 'spec')).toHaveLength(1);
  });
});

describe('expressions', () => {
  const schema: JSONSchemaProps = {
    type: 'object',
    properties: { s: { type: 'string' }, a: { type: 'array', items: { type: 'string' } } },
  };
  const long = 'a'.repeat(50_000);

  it.each([
    ["self.s.split('').map(x, self.s.split('').size()).size() > 0"],
    ["self.s.split('').all(x, self.s.matches('(a+)+b') || true)"],
    ['self.a.map(x, self.s + self.s + self.s).size() > 0'],
    ["self.a.map(x, self.s.replace('a', 'bbbb')).size() > 0"],
    ['self.a.all(x, self.a.all(y, self.a.all(z, true)))'],
  ])('that cost too much are given up: %s', (rule) => {
    const program = compileCel(rule, { self: { schema: schema as CelSchema } });
    const self = { s: long, a: Array.from({ length: 2000 }, () => 'x') };
    expect(() => program.evaluate({ self })).toThrow(CelBudgetError);
  });

  it('that cost little still do', () => {
    const program = compileCel("self.s.split('').size() == 50000 && self.s.matches('^a+$')", {
      self: { schema: schema as CelSchema },
    });
    expect(program.evaluate({ self: { s: long } })).toBe(true);
  });
});
