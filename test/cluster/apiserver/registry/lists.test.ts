import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { configMap, configMaps, type TestServer, testServer } from '../../../helpers/apiServer.ts';

let t: TestServer;
const url = configMaps();
const names = (body: object) =>
  (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
const list = async (query = '') => (await t.send('GET', `${url}${query}`)).body as unknown as List;
interface List {
  readonly items: { metadata: { name: string; resourceVersion: string } }[];
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}
const create = (name: string, labels = {}) =>
  t.send('POST', url, { body: { ...configMap(name), metadata: { name, labels } } });

beforeEach(async () => {
  t = await testServer();
});

describe('lists', () => {
  it('are in the order of their keys, with no type on the items, and empty rather than null', async () => {
    expect((await list()).items).toEqual([]);
    for (const name of ['b', 'a', 'c10', 'c2']) await create(name);
    const answer = await list();
    expect(names(answer)).toEqual(['a', 'b', 'c10', 'c2']);
    expect(answer).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(Object.keys(answer.items[0] ?? {})).toEqual(['metadata']);
  });

  it('span namespaces, by namespace first', async () => {
    await create('z');
    await t.send('POST', configMaps('kube-system'), { body: configMap('a') });
    const { body } = await t.send('GET', '/api/v1/configmaps');
    expect(names(body)).toEqual(['z', 'a']);
  });

  it('come in pages of one moment: what is made meanwhile is not seen, what is deleted still is', async () => {
    for (const name of ['a', 'b', 'c']) await create(name);
    const first = await list('?limit=2');
    expect(names(first)).toEqual(['a', 'b']);
    expect(first.metadata.remainingItemCount).toBe(1);
    await create('b2');
    await t.send('DELETE', `${url}/c`);
    const second = await list(`?limit=2&continue=${first.metadata.continue}`);
    expect(names(second)).toEqual(['c']);
    expect(second.metadata.continue).toBeUndefined();
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('give pages that put together are the whole, whatever the sizes and the selector', async () => {
    for (let i = 0; i < 23; i++) await create(`n${i}`, { even: String(i % 2 === 0) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 25 }), fc.boolean(), async (limit, selected) => {
        const selector = selected ? '&labelSelector=even%3Dtrue' : '';
        const found: string[] = [];
        let token = '';
        for (let pages = 0; pages < 30; pages++) {
          const page = await list(`?limit=${limit}${selector}${token}`);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          found.push(...names(page));
          if (page.metadata.continue === undefined) break;
          if (!selected) expect(page.metadata.remainingItemCount).toBe(23 - found.length);
          token = `&continue=${page.metadata.continue}`;
        }
        expect(found).toEqual(names(await list(`?limit=0${selector}`)));
      }),
      { numRuns: 30 },
    );
  });

  it('show the past, the present and no future', async () => {
    const { body } = await create('a');
    await create('b');
    const version = body.metadata.resourceVersion;
    expect(names(await list(`?resourceVersion=${version}&resourceVersionMatch=Exact`))).toEqual(['a']);
    expect(names(await list(`?resourceVersion=${version}&resourceVersionMatch=NotOlderThan`))).toEqual([
      'a',
      'b',
    ]);
    expect(names(await list('?resourceVersion=0'))).toEqual(['a', 'b']);
    expect(await list('?resourceVersion=999999')).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(await list('?resourceVersion=999999&resourceVersionMatch=Exact')).toMatchObject({ code: 500 });
  });

  it('tell a forgotten past with a token to go on from the same place', async () => {
    for (const name of ['a', 'b', 'c']) await create(name);
    const { metadata } = await list('?limit=1');
    await create('d');
    await t.store.compact(t.store.revision);
    const expired = (await list(`?limit=1&continue=${metadata.continue}`)) as unknown as {
      code: number;
      reason: string;
      metadata: { continue: string };
    };
    expect(expired).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = await list(`?continue=${expired.metadata.continue}`);
    expect(names(rest)).toEqual(['b', 'c', 'd']);
    expect(
      await list(`?resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`),
    ).toMatchObject({
      code: 410,
      reason: 'Expired',
    });
  });

  it.each([
    ['?limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['?labelSelector=%3D%3D', 400, ''],
    [
      '?fieldSelector=spec.x%3D1',
      400,
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['?continue=%21', 400, 'invalid continue token'],
    ['?continue=e30', 400, 'server does not recognize this encoded version'],
    ['?resourceVersion=x', 500, 'strconv.ParseUint: parsing "x": invalid syntax'],
    [
      '?resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    ['?resourceVersion=1&resourceVersionMatch=Nada', 422, 'supported values: "Exact", "NotOlderThan", ""'],
    ['?sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
  ])('refuse %s', async (query, code, message) => {
    const { body, code: got } = await t.send('GET', `${url}${query}`);
    expect(got).toBe(code);
    expect(body.message).toContain(message);
  });

  it('can be had as tables and as metadata alone', async () => {
    await create('a');
    const as = (kind: string) => ({ accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` });
    const table = (await t.send('GET', url, { headers: as('Table') })).body as unknown as {
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[]; object: { kind: string } }[];
    };
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Data', 'Age']);
    expect(table.rows).toMatchObject([{ cells: ['a', 0, '0s'], object: { kind: 'PartialObjectMetadata' } }]);
    const bare = (await t.send('GET', `${url}?includeObject=None`, { headers: as('Table') }))
      .body as unknown as typeof table;
    expect(bare.rows[0]?.object).toBeNull();
    const partial = (await t.send('GET', url, { headers: as('PartialObjectMetadataList') })).body;
    expect(partial).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    const wrong = await t.send('GET', url, { headers: as('PartialObjectMetadata') });
    expect(wrong.body.message).toBe(
      'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
    );
  });
});
