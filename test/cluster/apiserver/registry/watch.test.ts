import { beforeEach, describe, expect, it } from 'vitest';
import {
  configMap,
  configMaps,
  settle,
  type TestServer,
  type TestWatch,
  testServer,
} from '../../../helpers/apiServer.ts';

let t: TestServer;
const url = configMaps();
const label = (name: string, app: string) =>
  t.send('PATCH', `${url}/${name}`, {
    body: { metadata: { labels: { app } } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
const create = (name: string, app = 'horno') =>
  t.send('POST', url, { body: { ...configMap(name), metadata: { name, labels: { app } } } });
const seen = ({ events }: TestWatch) =>
  events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());

beforeEach(async () => {
  t = await testServer();
});

describe('a watch', () => {
  it('tells what there is and then every change, as the stored bytes', async () => {
    await create('a');
    const watch = await t.watch(`${url}?watch=1`);
    await create('b');
    await label('a', 'otro');
    await t.send('DELETE', `${url}/b`);
    await settle();
    expect(seen(watch)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
    expect(watch.events[2]?.object).toEqual((await t.send('GET', `${url}/a`)).body);
    watch.stop();
    await watch.ended;
  });

  it('begins after the version it is given, without gap', async () => {
    const { body } = await create('a');
    await create('b');
    const watch = await t.watch(`${url}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    expect(seen(watch)).toEqual(['ADDED b']);
    watch.stop();
  });

  it('sees objects come into its selection and leave it', async () => {
    const watch = await t.watch(`${url}?watch=1&labelSelector=app%3Dhorno`);
    await create('a', 'otro');
    await label('a', 'horno');
    await label('a', 'otro');
    await t.send('DELETE', `${url}/a`);
    await settle();
    expect(seen(watch)).toEqual(['ADDED a', 'DELETED a']);
    watch.stop();
  });

  it('gives the last state of what was deleted, at the version at which it went', async () => {
    const { body } = await create('a');
    const watch = await t.watch(`${url}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await t.send('DELETE', `${url}/a`);
    await settle();
    const [event] = watch.events;
    expect(event?.object).toMatchObject({ metadata: { uid: body.metadata.uid, labels: { app: 'horno' } } });
    expect(Number(event?.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(body.metadata.resourceVersion),
    );
    watch.stop();
  });

  it('says that what there was has been told, when it is asked to', async () => {
    await create('a');
    const watch = await t.watch(
      `${url}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(watch.events[1]?.object.metadata).toMatchObject({
      annotations: { 'k8s.io/initial-events-end': 'true' },
      resourceVersion: String(t.store.revision),
    });
    watch.stop();
  });

  it('gets bookmarks of how far it has come, also past changes of others', async () => {
    const watch = await t.watch(
      `${url}?watch=1&allowWatchBookmarks=true&resourceVersion=${t.store.revision}`,
    );
    await t.send('POST', configMaps('kube-system'), { body: configMap('otro') });
    await t.clock.advance(60_000);
    await settle();
    expect(watch.events).toMatchObject([
      {
        type: 'BOOKMARK',
        object: { kind: 'ConfigMap', metadata: { resourceVersion: String(t.store.revision) } },
      },
    ]);
    watch.stop();
  });

  it('ends after its time, and leaves nothing behind', async () => {
    const watch = await t.watch(`${url}?watch=1&timeoutSeconds=5`);
    await t.clock.advance(5000);
    await watch.ended;
    expect(t.clock.pending).toBe(0);
  });

  it('takes a time of zero for none said', async () => {
    const watch = await t.watch(`${url}?watch=1&timeoutSeconds=0`);
    await t.clock.advance(60_000);
    await create('a');
    await settle();
    expect(seen(watch)).toEqual(['ADDED a']);
    watch.stop();
  });

  it('ends when the server closes', async () => {
    const watch = await t.watch(`${url}?watch=1`);
    t.server.close();
    await watch.ended;
    expect(t.clock.pending).toBe(0);
  });

  it('tells a forgotten version as an ERROR event with 410', async () => {
    const { body } = await create('a');
    await create('b');
    await t.store.compact(t.store.revision);
    const watch = await t.watch(`${url}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await watch.ended;
    expect(watch.events).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
    ]);
  });

  it('has one table row per event, with columns in the first only', async () => {
    await create('a');
    await create('b');
    const watch = await t.watch(`${url}?watch=1`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    const tables = watch.events.map(
      ({ object }) => object as unknown as { columnDefinitions: unknown; rows: unknown[] },
    );
    expect(tables.map(({ rows }) => rows.length)).toEqual([1, 1]);
    expect(tables[0]?.columnDefinitions).toHaveLength(3);
    expect(tables[1]?.columnDefinitions).toBeNull();
    watch.stop();
  });

  it('refuses options that do not go together', async () => {
    const { code, body } = await t.send('GET', `${url}?watch=1&continue=x`);
    expect(code).toBe(422);
    expect(body.message).toContain('resourceVersionMatch is forbidden when continue is provided');
  });
});
