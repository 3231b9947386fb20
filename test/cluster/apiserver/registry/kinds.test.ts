import { beforeAll, describe, expect, it } from 'vitest';
import { resources } from '../../../../src/kube/resources/index.ts';
import { settle, type TestServer, testServer } from '../../../helpers/apiServer.ts';
import { sampleObjects } from '../../../helpers/sampleObjects.ts';

type Json = { [key: string]: unknown } & {
  metadata: { [key: string]: unknown };
  spec?: unknown;
  status?: unknown;
};

let t: TestServer;
beforeAll(async () => {
  t = await testServer();
});

const merge = { 'content-type': 'application/merge-patch+json' };

describe.each(resources.map((definition) => [`${definition.kind}.${definition.group}`, definition] as const))(
  'every kind: %s',
  (_, definition) => {
    const { group, version, plural, kind, namespaced } = definition;
    const sample = sampleObjects[group === '' ? plural : `${plural}.${group}`];
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const collection = `${base}${namespaced ? '/namespaces/default' : ''}/${plural}`;
    const name =
      kind === 'CustomResourceDefinition'
        ? 'muestras.panaderia.example.com'
        : kind === 'APIService'
          ? 'v1.otra.example.com'
          : 'muestra';
    const object = () => ({
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      metadata: { name },
      ...sample,
    });
    const get = async () => (await t.send('GET', `${collection}/${name}`)).body as unknown as Json;

    it('lives as every other', async () => {
      expect(sample, `a sample of ${plural} in sampleObjects.ts`).toBeDefined();
      const dry = await t.send('POST', `${collection}?dryRun=All`, { body: object() });
      expect(dry.body.message).toBeUndefined();
      expect(dry.code).toBe(201);
      expect((await t.send('GET', `${collection}/${name}`)).code).toBe(404);

      const watch = await t.watch(
        `${collection}?watch=1&resourceVersion=${t.store.revision}&fieldSelector=metadata.name%3D${name}`,
      );
      const made = await t.send('POST', collection, { body: object() });
      expect(made.code).toBe(201);
      await settle();
      const first = await get();
      expect(first.metadata['uid']).toBe(made.body.metadata.uid);
      expect((await t.send('POST', collection, { body: object() })).code).toBe(409);

      const labelled = await t.send('PATCH', `${collection}/${name}`, {
        body: { metadata: { labels: { pan: 'si' } } },
        headers: merge,
      });
      expect(labelled.code).toBe(200);
      const { body: listed } = await t.send('GET', `${collection}?labelSelector=pan%3Dsi`);
      expect(
        (listed as unknown as { kind: string; items: Json[] }).items.map(({ metadata }) => metadata['name']),
      ).toEqual([name]);
      expect(listed.kind).toBe(definition.listKind ?? `${kind}List`);

      const current = await get();
      const put = await t.send('PUT', `${collection}/${name}`, { body: current });
      expect(put.code).toBe(200);
      expect(put.body.metadata.resourceVersion).toBe(current.metadata['resourceVersion']);
      const stale = { ...current, metadata: { ...current.metadata, resourceVersion: '1' } };
      expect((await t.send('PUT', `${collection}/${name}`, { body: stale })).code).toBe(409);

      await t.send('DELETE', `${collection}/${name}?gracePeriodSeconds=0`);
      await settle();
      const types = watch.events.map(({ type }) => type);
      expect(types.slice(0, 2)).toEqual(['ADDED', 'MODIFIED']);
      watch.stop();
    });

    it('is shown as a table with a cell per column', async () => {
      await t.send('POST', collection, { body: object() });
      const { body } = await t.send('GET', collection, {
        headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      });
      const { columnDefinitions, rows } = body as unknown as {
        columnDefinitions: { name: string }[];
        rows: { cells: unknown[] }[];
      };
      expect(columnDefinitions[0]?.name).toMatch(/^(Name|Last Seen)$/);
      expect(rows.length).toBeGreaterThan(0);
      for (const { cells } of rows) expect(cells).toHaveLength(columnDefinitions.length);
    });

    it('keeps what is wanted and what is apart', async () => {
      if (definition.subresources?.status === undefined) return;
      await t.send('POST', collection, { body: object() });
      const before = await get();
      await t.send('PATCH', `${collection}/${name}`, { body: { status: { nada: 'x' } }, headers: merge });
      expect((await get()).status).toEqual(before.status);
      await t.send('PATCH', `${collection}/${name}/status`, {
        body: { spec: { nada: 'x' } },
        headers: merge,
      });
      const after = await get();
      expect(after.spec).toEqual(before.spec);
      expect((await t.send('GET', `${collection}/${name}/status`)).body).toEqual(after);
    });

    it('applied twice changes nothing the second time', async () => {
      // Their names say what they are.
      if (kind === 'CustomResourceDefinition' || kind === 'APIService') return;
      const apply = () =>
        t.send('PATCH', `${collection}/aplicada?fieldManager=ana`, {
          body: { ...object(), metadata: { name: 'aplicada', labels: { pan: 'si' } } },
          headers: { 'content-type': 'application/apply-patch+yaml' },
        });
      const first = await apply();
      expect(first.body.message).toBeUndefined();
      expect(first.code).toBe(201);
      const second = await apply();
      expect(second.code).toBe(200);
      expect(second.body).toEqual(first.body);
    });

    it('is served in every version it says, with the same identity', async () => {
      await t.send('POST', collection, { body: object() });
      const { metadata } = await get();
      for (const other of definition.alsoServed ?? []) {
        const path = `/apis/${other.group}/${other.version}${namespaced ? '/namespaces/default' : ''}/${plural}/${name}`;
        const { body } = await t.send('GET', path);
        expect(body).toMatchObject({
          apiVersion: `${other.group}/${other.version}`,
          metadata: { uid: metadata['uid'] },
        });
      }
    });
  },
);
