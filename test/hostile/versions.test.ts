import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../helpers/cluster.ts';
import { messageOf, RawClient } from './rawClient.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

let test: TestCluster;
let client: RawClient;
beforeAll(async () => {
  test = await startTestCluster();
  client = new RawClient(test.cluster.kubeconfig);
});
afterAll(() => test.stop());

const get = (query: string) => client.send('GET', `${configMaps}?${query}`);

describe('forged versions', () => {
  it.each(['-1', '1.5', '1e5', 'abc', '0x1', ' 1', '٣'])('%j is no number', async (version) => {
    const answer = await get(`resourceVersion=${encodeURIComponent(version)}`);
    expect([answer.status, messageOf(answer)]).toEqual([500, expect.stringContaining('invalid syntax')]);
  });

  it.each(['18446744073709551616', '1'.repeat(5000)])('%j is too large to be read', async (version) => {
    const answer = await get(`resourceVersion=${version}`);
    expect([answer.status, messageOf(answer)]).toEqual([500, expect.stringContaining('value out of range')]);
  });

  it('of the future are waited for no longer than it is worth', async () => {
    const answer = await get('resourceVersion=99999999');
    expect([answer.status, messageOf(answer)]).toEqual([
      504,
      expect.stringContaining('Too large resource version: 99999999'),
    ]);
  });

  it('in the name of what was read last go on from there only', async () => {
    const put = await client.send(
      'PUT',
      `${configMaps}/kube-root-ca.crt`,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"kube-root-ca.crt","resourceVersion":"1"}}',
    );
    expect([put.status, messageOf(put)]).toEqual([409, expect.stringContaining('modified')]);
  });
});

describe('forged continue tokens', () => {
  const token = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const v = 'meta.k8s.io/v1';

  it.each([
    ['of nothing', 'null'],
    ['that are lists', '[]'],
    ['of another version', { v: 'x', rv: 1, start: 'a' }],
    ['that hide in a prototype', `{"__proto__":{"v":"${v}","rv":1,"start":"a"}}`],
    ['of half a version', { v, rv: 1.5, start: 'a' }],
    ['of a version beyond all', `{"v":"${v}","rv":1e300,"start":"a"}`],
    ['that lead to other kinds', { v, rv: 100, start: '../../secrets/x' }],
    ['nested deeply', '['.repeat(9000)],
  ])('%s are refused', async (_what, value) => {
    const answer = await get(`limit=1&continue=${token(value)}`);
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      expect.stringContaining('invalid continue token: continue key is not valid: '),
    ]);
  });

  it('never leave the collection', async () => {
    for (const start of ['\uffff', 'kube-system/zz', '/', '\0']) {
      const answer = await get(`limit=500&continue=${token({ v, rv: 150, start })}`);
      const { items } = JSON.parse(answer.body) as { items: { metadata: { namespace: string } }[] };
      for (const { metadata } of items) expect(metadata.namespace).toBe('default');
    }
  });
});

describe('selectors', () => {
  it.each([
    '('.repeat(20_000),
    '!'.repeat(10_000),
    'a/'.repeat(10_000),
    `${'a.'.repeat(20_000)}/x`,
    'a in (',
    '%00',
    '__proto__',
  ])('that nobody can read are refused (%#)', async (selector) => {
    const answer = await get(`labelSelector=${encodeURIComponent(selector)}`);
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      expect.stringMatching(/unable to parse requirement|^found /),
    ]);
  });

  it.each(['constructor', 'valueOf', 'hasOwnProperty'])('know no label called %s', async (key) => {
    const answer = await get(`labelSelector=${key}`);
    expect(JSON.parse(answer.body)).toMatchObject({ items: [] });
  });
});

describe('what would be stored', () => {
  it('has a bound, whatever the request was like', async () => {
    const data = Object.fromEntries(Array.from({ length: 38_000 }, (_, i) => [`${'k'.repeat(36)}${i}`, '']));
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'tiny' }, data });
    const answer = await client.send('POST', configMaps, body);
    expect([answer.status, messageOf(answer)]).toEqual([500, 'etcdserver: request is too large']);
  });
});

describe('a watch that wants to last for centuries', () => {
  it('does not end at once', async () => {
    const socket = await client.connect();
    let text = '';
    const seen = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        text += String(chunk);
        if (text.includes('"name":"later"')) resolve();
      });
      socket.on('close', () => resolve());
    });
    socket.write(
      `GET ${configMaps}?watch=1&timeoutSeconds=2147483648 HTTP/1.1\r\nHost: ${client.host}\r\n\r\n`,
    );
    await new Promise<void>((resolve) => socket.once('data', () => resolve()));
    await client.send(
      'POST',
      configMaps,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"later"}}',
    );
    await seen;
    expect(text).toContain('"name":"later"');
    socket.destroy();
  });
});
