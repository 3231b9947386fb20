import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneJson, type KubeObject } from '../../../src/kube/object.ts';
import { resources } from '../../../src/kube/resources/index.ts';
import { StatusError } from '../../../src/kube/status.ts';
import { objectsOf } from '../../helpers/kubeObjects.ts';
import { builtinSchemas } from '../../helpers/kubeSchemas.ts';

const context = { now: '2026-01-01T00:00:00Z', user: { name: 'ana', groups: ['g'] }, dryRun: false };
const now = Date.parse(context.now);

/** What refuses does so with a Status; everything else is a fault of ours. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

describe.each(resources.map((definition) => [`${definition.kind}.${definition.group}`, definition] as const))(
  '%s',
  (_, definition) => {
    const schema = builtinSchemas.schemaOf(definition.group, definition.version, definition.kind);

    it('has a schema', () => {
      expect(schema).toBeDefined();
    });

    it('takes whatever its schema lets through, without falling over', () => {
      if (schema === undefined) return;
      const objects = objectsOf(schema, 5).map((object) => ({
        apiVersion: 'v1',
        kind: definition.kind,
        ...object,
        metadata: { name: 'a', namespace: 'b', creationTimestamp: '2025-12-31T23:59:00Z' },
      }));
      fc.assert(
        fc.property(objects, objects, (first, second) => {
          const old = cloneJson(first) as KubeObject;
          const draft = cloneJson(second) as KubeObject;
          const created = attempt(() => {
            definition.defaults?.(old);
            definition.prepareForCreate?.(old, context);
            definition.validate(old, context);
            definition.warnings?.(old, undefined);
            return old;
          });
          const updated = attempt(() => {
            definition.defaults?.(draft);
            definition.prepareForUpdate?.(draft, old, context);
            (definition.validateUpdate ?? definition.validate)(draft, old as never, context as never);
            definition.warnings?.(draft, old);
            definition.subresources?.status?.prepareForUpdate?.(draft, old, context);
            definition.subresources?.status?.validateUpdate?.(draft, old);
            return draft;
          });
          for (const object of [created, updated]) {
            if (object === undefined) continue;
            const columns = definition.table?.columns.length;
            expect(definition.table?.cells(object, now).length).toBe(columns);
            const fields = definition.selectableFields?.(object) ?? {};
            expect(Object.keys(fields).sort()).toEqual([...(definition.selectablePaths ?? [])].sort());
            for (const value of Object.values(fields)) expect(typeof value).toBe('string');
          }
        }),
        { numRuns: 60 },
      );
    });

    it('says the same again when its defaults are filled in twice', () => {
      if (schema === undefined) return;
      fc.assert(
        fc.property(objectsOf(schema, 4), (object) => {
          const once = {
            apiVersion: 'v1',
            kind: definition.kind,
            ...cloneJson(object),
            metadata: { name: 'a' },
          };
          definition.defaults?.(once as KubeObject);
          const twice = cloneJson(once);
          definition.defaults?.(twice as KubeObject);
          expect(twice).toEqual(once);
        }),
        { numRuns: 30 },
      );
    });
  },
);
