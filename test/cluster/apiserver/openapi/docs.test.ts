import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import {
  docsOf,
  fieldEnum,
  fieldText,
  type KubeDocs,
  lazyKubeDocs,
} from '../../../../src/cluster/apiserver/openapi/docs.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'curso-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the file of descriptions', () => {
  it('is read once, when it is first needed', () => {
    const file = path.join(folder, 'docs.json.gz');
    const docs = lazyKubeDocs(file);
    writeFileSync(
      file,
      gzipSync(JSON.stringify({ 'core/v1.A': { fields: { b: 'c' }, enums: { d: ['e'] } } })),
    );
    const read = docs();
    expect(fieldText(docsOf(read, 'core/v1.A'), 'b')).toBe('c');
    expect(fieldEnum(docsOf(read, 'core/v1.A'), 'd')).toEqual(['e']);
    rmSync(file);
    expect(docs()).toBe(read);
  });

  it('may be missing or broken: then nothing is described', () => {
    const broken = path.join(folder, 'broken.gz');
    writeFileSync(broken, 'no es gzip');
    for (const file of [broken, path.join(folder, 'nada.gz')]) {
      const docs = docsOf(lazyKubeDocs(file)(), 'core/v1.Pod');
      expect(docs).toEqual({ fields: {} });
      expect([fieldText(docs, 'constructor'), fieldEnum(docs, 'constructor')]).toEqual([
        undefined,
        undefined,
      ]);
    }
  });
});

it('has the words of the real API, with its enumerations', async () => {
  const script = path.resolve(import.meta.dirname, '../../../../src/dev/kube-docs.mjs');
  const { readKubeDocs } = (await import(pathToFileURL(script).href)) as { readKubeDocs: () => KubeDocs };
  const docs = readKubeDocs();
  expect(docs['core/v1.ConfigMap']).toMatchObject({
    description: 'ConfigMap holds configuration data for pods to consume.',
    fields: {
      metadata:
        "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
    },
  });
  expect(docs['core/v1.ServiceSpec']?.enums?.type).toEqual([
    'ClusterIP',
    'ExternalName',
    'LoadBalancer',
    'NodePort',
  ]);
  expect(docs['core/v1.Probe']?.fields.exec).toBeDefined();
  expect(Object.keys(docs).length).toBeGreaterThan(450);
});
