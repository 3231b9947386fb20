import { describe, expect, it } from 'vitest';
import type { JSONSchemaProps } from '../../src/kube/api/apiextensions-v1.ts';
import { decodeFields } from '../../src/kube/apply/fields.ts';
import { capManagers, type Managed } from '../../src/kube/apply/managers.ts';
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
