import { beforeEach, describe, expect, it } from 'vitest';
import { configMap, configMaps, type TestServer, testServer } from '../../../helpers/apiServer.ts';

let t: TestServer;
const url = configMaps();
const pods = '/api/v1/namespaces/default/pods';
const pod = (more = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { nodeName: 'n', containers: [{ name: 'c', image: 'pan' }], ...more },
});
const guarded = { ...configMap('a'), metadata: { name: 'a', finalizers: ['pan.example.com/f'] } };
const patch = (path: string, body: unknown) =>
  t.send('PATCH', path, { body, headers: { 'content-type': 'application/merge-patch+json' } });

beforeEach(async () => {
  t = await testServer();
});

describe('deleting', () => {
  it('answers a Status that says what went', async () => {
    const { body } = await t.send('POST', url, { body: configMap('a') });
    const answer = await t.send('DELETE', `${url}/a`);
    expect(answer.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: body.metadata.uid },
    });
    expect((await t.send('DELETE', `${url}/a`)).code).toBe(404);
  });

  it('waits for the finalizers, and goes with the last', async () => {
    await t.send('POST', url, { body: guarded });
    const marked = (await t.send('DELETE', `${url}/a`)).body;
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: '2026-01-02T03:04:05Z',
      deletionGracePeriodSeconds: 0,
    });
    const extra = await patch(`${url}/a`, {
      metadata: { finalizers: ['pan.example.com/f', 'otro.example.com/g'] },
    });
    expect(extra.body.message).toContain('no new finalizers can be added if the object is being deleted');
    expect((await patch(`${url}/a`, { metadata: { finalizers: null } })).code).toBe(200);
    expect((await t.send('GET', `${url}/a`)).code).toBe(404);
  });

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ])('leaves %s to the garbage collector', async (propagationPolicy, finalizers) => {
    await t.send('POST', url, { body: configMap('a') });
    const { body } = await t.send('DELETE', `${url}/a`, { body: { propagationPolicy } });
    expect(body.metadata.finalizers).toEqual(finalizers);
    expect(body.metadata.deletionTimestamp).toBeDefined();
  });

  it('respects what must be so', async () => {
    const { body } = await t.send('POST', url, { body: configMap('a') });
    const wrong = await t.send('DELETE', `${url}/a`, { body: { preconditions: { uid: 'x' } } });
    expect(wrong.code).toBe(409);
    expect(wrong.body.message).toContain('the UID in the precondition (x) does not match the UID in record');
    const { uid, resourceVersion } = body.metadata;
    expect(
      (await t.send('DELETE', `${url}/a`, { body: { preconditions: { uid, resourceVersion } } })).code,
    ).toBe(200);
  });

  it('gives Pods their grace, which can only get shorter', async () => {
    await t.send('POST', pods, { body: pod() });
    const grace = async (gracePeriodSeconds?: number) =>
      (
        await t.send(
          'DELETE',
          `${pods}/p`,
          gracePeriodSeconds === undefined ? {} : { body: { gracePeriodSeconds } },
        )
      ).body.metadata;
    expect(await grace()).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: '2026-01-02T03:04:35Z',
    });
    expect((await grace(60)).deletionGracePeriodSeconds).toBe(30);
    expect(await grace(5)).toMatchObject({
      deletionGracePeriodSeconds: 5,
      deletionTimestamp: '2026-01-02T03:04:10Z',
    });
    expect((await grace(0)).deletionGracePeriodSeconds).toBe(0);
    expect((await t.send('GET', `${pods}/p`)).code).toBe(404);
  });

  it('takes Pods that no node has at once', async () => {
    const { nodeName: _, ...spec } = pod().spec;
    await t.send('POST', pods, { body: { ...pod(), spec } });
    await t.send('DELETE', `${pods}/p`);
    expect((await t.send('GET', `${pods}/p`)).code).toBe(404);
  });

  it('changes nothing in a dry run', async () => {
    await t.send('POST', url, { body: configMap('a') });
    expect((await t.send('DELETE', `${url}/a?dryRun=All`)).code).toBe(200);
    expect((await t.send('GET', `${url}/a`)).code).toBe(200);
  });

  it('of a collection takes what is selected, each by its own rules', async () => {
    for (const [name, app] of [
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'x'],
    ])
      await t.send('POST', url, { body: { ...configMap(name ?? ''), metadata: { name, labels: { app } } } });
    const { body } = await t.send('DELETE', `${url}?labelSelector=app%3Dx`);
    expect((body as unknown as { items: unknown[] }).items).toHaveLength(2);
    const left = (await t.send('GET', url)).body as unknown as { items: { metadata: { name: string } }[] };
    expect(left.items.map(({ metadata }) => metadata.name)).toEqual(['b']);
  });

  it('of a namespace marks it until its content has gone', async () => {
    const ns = '/api/v1/namespaces/obrador';
    await t.send('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'obrador' } },
    });
    expect((await t.send('DELETE', ns)).body).toMatchObject({
      status: { phase: 'Terminating' },
      spec: { finalizers: ['kubernetes'] },
    });
    expect((await t.send('GET', ns)).code).toBe(200);
    const empty = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'obrador' }, spec: {} };
    expect((await t.send('PUT', `${ns}/finalize`, { body: empty })).code).toBe(200);
    expect((await t.send('GET', ns)).code).toBe(404);
  });

  it.each([
    [{ raw: '{' }, 500, "couldn't get version/kind; json parse error: unexpected end of JSON input"],
    [
      { body: { gracePeriodSeconds: 'x' } },
      500,
      'cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    [{ body: { kind: 'Nada', apiVersion: 'v1' } }, 500, 'no kind "Nada" is registered'],
    [
      { body: { propagationPolicy: 'Nada' } },
      422,
      'supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [{ body: { propagationPolicy: 'Orphan', orphanDependents: true } }, 422, 'cannot be both set'],
  ])('refuses %j', async (options, code, message) => {
    await t.send('POST', url, { body: configMap('a') });
    const answer = await t.send('DELETE', `${url}/a`, options);
    expect(answer.code).toBe(code);
    expect(answer.body.message).toContain(message);
    expect((await t.send('GET', `${url}/a`)).code).toBe(200);
  });
});
