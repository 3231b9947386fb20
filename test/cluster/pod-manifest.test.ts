import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSchemas } from '../../src/cluster/make-masters.ts';
import { podManifest } from '../../src/cluster/pod-manifest.ts';
import type { BuiltinSchemas } from '../../src/kube/schema/load.ts';

let schemas: BuiltinSchemas;
beforeAll(() => {
  schemas = loadSchemas(path.join(import.meta.dirname, '../../assets'));
});

const good = `apiVersion: v1
kind: Pod
metadata:
  name: horno
spec:
  containers:
  - name: c
    image: nginx:1.29-alpine
`;

describe('manifest of a static Pod', () => {
  it('is read as YAML and as JSON', () => {
    const { pod, why } = podManifest(good, schemas);
    expect(why).toBeUndefined();
    expect(pod).toMatchObject({ kind: 'Pod', metadata: { name: 'horno' } });
    expect(podManifest(JSON.stringify(pod), schemas)).toEqual({ pod, why: undefined, line: undefined });
  });

  it.each([
    ['empty', '\n', 'está vacío', undefined],
    ['no YAML', good.replace('  name: horno', '  name: horno\n bad'), 'yaml:', 5],
    ['another kind', good.replace('kind: Pod', 'kind: Service'), 'Service', undefined],
    ['a scalar', 'hola', '', undefined],
    ['no name', good.replace('  name: horno', '  labels: {a: b}'), 'metadata.name: Required value', 3],
    [
      'no image',
      good.replace('    image: nginx:1.29-alpine', ''),
      'spec.containers[0].image: Required value',
      7,
    ],
    ['a name that is none', good.replace('horno', 'Horno Grande'), 'metadata.name: Invalid value', 4],
    [
      'an account',
      good.replace('spec:', 'spec:\n  serviceAccountName: x'),
      'may not reference service accounts',
      6,
    ],
  ])('is refused with its line: %s', (_what, text, words, line) => {
    const read = podManifest(text, schemas);
    expect(read.pod).toBeUndefined();
    expect(read.why).toContain(words);
    if (line !== undefined) expect(read.line).toBeGreaterThan(0);
  });

  it('counts in spite of a field that is not known, which is told', () => {
    const read = podManifest(`${good}    imagePolicy: Always\n`, schemas);
    expect(read.pod?.metadata?.name).toBe('horno');
    expect(read).toMatchObject({ line: 9, why: expect.stringContaining('spec.containers[0].imagePolicy') });
  });

  it('may hold keys that are no field of any object', () => {
    expect(podManifest('__proto__: {a: 1}\nconstructor: 3\n', schemas).pod).toBeUndefined();
  });
});
