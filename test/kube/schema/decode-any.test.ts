import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalize } from '../../../src/kube/schema/canonical.ts';
import { decodeBody } from '../../../src/kube/schema/decode.ts';
import { applySchemaDefaults } from '../../../src/kube/schema/defaults.ts';
import { StatusError } from '../../../src/kube/status.ts';
import { objectsOf } from '../../helpers/kubeObjects.ts';
import { builtinSchemas, schemaOf } from '../../helpers/kubeSchemas.ts';

const expected = { group: '', version: 'v1', kind: 'Pod' };
const schema = schemaOf('', 'v1', 'Pod');

/** Everything that happens to a body before anybody looks at what it means. */
function receive(text: string, contentType: string): unknown {
  const fieldValidation = 'Warn';
  const bytes = Buffer.from(text);
  const { object } = decodeBody({ bytes, contentType, expected, schemas: builtinSchemas, fieldValidation });
  applySchemaDefaults(schema, object);
  return canonicalize(schema, object);
}

function readsOrRefuses(text: string, contentType: string): void {
  try {
    receive(text, contentType);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    expect(error.status.code).toBe(400);
  }
}

it('reads or refuses a Pod in which some value was replaced by any other', () => {
  fc.assert(
    fc.property(objectsOf(schema), fc.nat(40), fc.jsonValue({ maxDepth: 2 }), (pod, at, other) => {
      let count = 0;
      const text = JSON.stringify(pod, (_key, value: unknown) => {
        count += 1;
        return count === at ? other : value;
      });
      if (text === undefined) return;
      readsOrRefuses(text, 'application/json');
      readsOrRefuses(` ${text}`, 'application/yaml');
    }),
    { numRuns: 120 },
  );
});

it('reads or refuses any text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), (text) => {
      readsOrRefuses(text, 'application/json');
      readsOrRefuses(text, 'application/yaml');
    }),
    { numRuns: 200 },
  );
});

it('reads the same from JSON and from YAML', () => {
  fc.assert(
    fc.property(objectsOf(schema), (pod) => {
      const text = JSON.stringify(pod);
      // A blank in front keeps the shortcut for JSON away; untyped JSON inside keeps its order, YAML's is sorted.
      expect(receive(` ${text}`, 'application/yaml')).toEqual(receive(text, 'application/json'));
    }),
    { numRuns: 100 },
  );
});
