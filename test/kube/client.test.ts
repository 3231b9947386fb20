import { beforeEach, describe, expect, it } from 'vitest';
import type { ConfigMap } from '../../src/kube/api/core-v1.ts';
import { type KubeClient, resourceRef } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/create-client.ts';
import { createInformer } from '../../src/kube/informer.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { StatusError } from '../../src/kube/status.ts';
import type { ApiResponse, StreamItem, Transport } from '../../src/kube/transport.ts';
import { settle, type TestServer, testServer } from '../helpers/apiServer.ts';

const maps = resourceRef('v1', 'configmaps');
const deployments = resourceRef('apps/v1', 'deployments');
type Map_ = ConfigMap & KubeObject;
const map = (name: string, data: { [key: string]: string } = {}): Map_ => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

/** As over a wire: every body is bytes, a stream comes in pieces that end anywhere. */
function asBytes(transport: Transport): Transport {
  return async (request) => {
    const response = await transport(request);
    if (response.body.kind === 'object')
      return { ...response, body: { kind: 'bytes', bytes: response.body.bytes() } };
    if (response.body.kind !== 'events') return response;
    return {
      ...response,
      body: { kind: 'events', events: pieces(response.body.events) },
    } satisfies ApiResponse;
  };
}

async function* pieces(items: AsyncIterable<StreamItem>): AsyncIterable<StreamItem> {
  for await (const item of items) {
    const text = Buffer.from(item.bytes()).toString();
    const middle = Math.floor(text.length / 2);
    for (const part of [text.slice(0, middle), text.slice(middle)]) yield { bytes: () => part };
  }
}

let t: TestServer;
beforeEach(async () => {
  t = await testServer();
});
const ways = [
  ['in process', (transport: Transport) => transport],
  ['over bytes', asBytes],
] as const;

describe.each(ways)('the client, %s', (_, through) => {
  let client: KubeClient;
  beforeEach(() => {
    client = createClient(through(t.server.handle), { userAgent: 'prueba' });
  });

  it('creates, reads, changes and deletes', async () => {
    const made = await client.create(maps, 'default', map('a', { pan: 'barra' }));
    expect(made.metadata.uid).toBeDefined();
    const changed = await client.update(maps, { ...made, data: { pan: 'hogaza' } });
    expect((await client.get<Map_>(maps, 'default', 'a')).data).toEqual({ pan: 'hogaza' });
    expect(
      (await client.list<Map_>(maps, { namespace: 'default' })).items.map(({ metadata }) => metadata.name),
    ).toContain('a');
    await expect(client.update(maps, { ...made, data: {} })).rejects.toMatchObject({
      status: { reason: 'Conflict' },
    });
    await client.delete(maps, 'default', 'a', { preconditions: { uid: changed.metadata.uid ?? '' } });
    expect(await client.find(maps, 'default', 'a')).toBeUndefined();
    await expect(client.get(maps, 'default', 'a')).rejects.toThrow(StatusError);
  });

  it('patches in four ways, and only pretends when asked', async () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'a' }] } },
      },
    };
    await client.create<KubeObject>(deployments, 'default', deployment);
    const replicas = async () =>
      (await client.get<KubeObject & { spec: { replicas: number } }>(deployments, 'default', 'web')).spec
        .replicas;
    await client.patch(deployments, 'default', 'web', 'merge', { spec: { replicas: 2 } });
    expect(await replicas()).toBe(2);
    await client.patch(deployments, 'default', 'web', 'json', [
      { op: 'replace', path: '/spec/replicas', value: 3 },
    ]);
    expect(await replicas()).toBe(3);
    await client.patch(
      deployments,
      'default',
      'web',
      'strategic',
      { spec: { replicas: 4 } },
      { dryRun: true },
    );
    expect(await replicas()).toBe(3);
    const apply = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 9 },
    };
    const write = { fieldManager: 'otra' };
    await expect(client.patch(deployments, 'default', 'web', 'apply', apply, write)).rejects.toMatchObject({
      status: { code: 409 },
    });
    await client.patch(deployments, 'default', 'web', 'apply', apply, { ...write, force: true });
    expect(await replicas()).toBe(9);
    await client.patch(
      deployments,
      'default',
      'web',
      'merge',
      { spec: { replicas: 1 } },
      { subresource: 'scale' },
    );
    expect(await replicas()).toBe(1);
  });

  it('lists page by page and deletes many at once', async () => {
    for (const name of ['a', 'b', 'c']) await client.create(maps, 'default', map(name));
    const first = await client.list(maps, { namespace: 'default', limit: 2 });
    const rest = await client.list(maps, { namespace: 'default', limit: 2, continue: first.continue });
    // What the server leaves out of the items of a list, who gets one alone must know.
    for (const { apiVersion, kind } of [...first.items, ...rest.items])
      expect([apiVersion, kind]).toEqual(['v1', 'ConfigMap']);
    expect([...first.items, ...rest.items].map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(rest.continue).toBe('');
    await client.deleteCollection(maps, 'default');
    expect((await client.list(maps, { namespace: 'default' })).items).toEqual([]);
  });

  it('watches until it is told to stop', async () => {
    const ending = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of client.watch<Map_>(maps, {
        namespace: 'default',
        resourceVersion: String(t.store.revision),
        signal: ending.signal,
      })) {
        seen.push(`${type} ${object.metadata.name}`);
      }
    })();
    await settle();
    const made = await client.create(maps, 'default', map('a'));
    await client.update(maps, { ...made, data: { x: 'y' } });
    await client.delete(maps, 'default', 'a');
    await settle();
    ending.abort();
    await watching;
    expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('keeps a copy with an informer', async () => {
    await client.create(maps, 'default', map('antes'));
    const informer = createInformer<Map_>(client, maps, { clock: t.clock, namespace: 'default' });
    informer.addIndex('pan', (object) => (object.data?.['pan'] === undefined ? [] : [object.data['pan']]));
    const changes: string[] = [];
    informer.onChange((after, before) =>
      changes.push(`${before?.metadata.name ?? '-'} → ${after?.metadata.name ?? '-'}`),
    );
    informer.start();
    await informer.synced;
    await client.create(maps, 'default', map('luego', { pan: 'barra' }));
    await client.delete(maps, 'default', 'antes');
    await settle();
    expect(changes).toEqual(['- → antes', '- → luego', 'antes → -']);
    expect(informer.list('default').map(({ metadata }) => metadata.name)).toEqual(['luego']);
    expect(informer.byIndex('pan', 'barra')).toHaveLength(1);
    expect(informer.byIndex('pan', 'bollo')).toEqual([]);
    informer.stop();
  });
});

describe('an informer whose server fails', () => {
  it('lists again when the history is gone, and goes on after errors, later and later', async () => {
    const client = createClient(t.server.handle, { userAgent: 'prueba' });
    let calls = 0;
    let failing = 2;
    const flaky: Transport = async (request) => {
      calls += 1;
      if (failing > 0) {
        failing -= 1;
        throw new Error('down');
      }
      return t.server.handle(request);
    };
    const troubles: unknown[] = [];
    const informer = createInformer<Map_>(createClient(flaky, { userAgent: 'prueba' }), maps, {
      clock: t.clock,
      namespace: 'default',
      onTrouble: (error) => troubles.push(error),
    });
    informer.start();
    await settle();
    expect([calls, informer.hasSynced]).toEqual([1, false]);
    await t.clock.advance(100);
    expect(calls).toBe(2);
    await t.clock.advance(199);
    expect(calls).toBe(2);
    await t.clock.advance(1);
    await informer.synced;
    expect(troubles).toHaveLength(2);
    await client.create(maps, 'default', map('a'));
    await settle();
    expect(informer.get('default', 'a')).toBeDefined();
    informer.stop();
  });

  it('tells whoever waits that it was stopped first', async () => {
    const informer = createInformer(
      createClient(() => Promise.reject(new Error('down')), { userAgent: 'x' }),
      maps,
      { clock: t.clock },
    );
    informer.start();
    await settle();
    informer.stop();
    await expect(informer.synced).rejects.toThrow('stopped');
    await t.clock.advance(60_000);
    expect(t.clock.pending).toBeLessThanOrEqual(2); // the server's own timers
  });
});
