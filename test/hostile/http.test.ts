import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../helpers/cluster.ts';
import { messageOf, RawClient } from './rawClient.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, more = '') =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}${more}}`;

let test: TestCluster;
let client: RawClient;
beforeAll(async () => {
  test = await startTestCluster();
  client = new RawClient(test.cluster.kubeconfig);
});
afterAll(() => test.stop());

describe('whom a request means to talk to', () => {
  it.each(['127.0.0.1', 'localhost:1', 'LOCALHOST', '[::1]:6443', 'kubernetes.default.svc'])(
    'is us: %s',
    async (host) => {
      expect((await client.send('GET', '/version', undefined, { host })).status).toBe(200);
    },
  );

  it.each([
    'evil.com',
    '127.0.0.1.evil.com',
    '',
    'a@127.0.0.1',
    '127.0.0.1:x',
    '0.0.0.0',
    '__proto__',
    '[::1',
  ])('is somebody else: %j', async (host) => {
    const answer = await client.send('GET', '/version', undefined, { host });
    expect(answer.status).toBe(403);
    expect(messageOf(answer)).toBe(`the Host header ${JSON.stringify(host)} does not name this server`);
  });

  it.each(['http://evil.com', 'null', 'http://localhost:8080', 'https://127.0.0.1.evil.com', 'https://'])(
    'is not asked from a page of %s',
    async (origin) => {
      const answer = await client.send('POST', configMaps, configMap('page'), { origin });
      expect(answer.status).toBe(403);
      expect(messageOf(answer)).toContain('Origin');
      expect((await client.send('GET', `${configMaps}/page`)).status).toBe(404);
    },
  );

  it('may be told by a page of our own', async () => {
    const origin = `https://${client.host}`;
    expect((await client.send('GET', '/version', undefined, { origin })).status).toBe(200);
  });

  it('counts for connections that want to change their protocol too', async () => {
    const answer = await client.send('GET', '/version', undefined, {
      host: 'evil.com',
      connection: 'Upgrade',
      upgrade: 'websocket',
    });
    expect(answer.status).toBe(403);
  });
});

describe('requests that want to change the protocol', () => {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };

  it('are answered as if they had not asked', async () => {
    const answer = await client.send('GET', '/version', undefined, upgrade);
    expect(answer.head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(JSON.parse(answer.body)).toMatchObject({ major: '1' });
  });

  it('lose no body: the options of a deletion would be forgotten', async () => {
    await client.send('POST', configMaps, configMap('precious'));
    const answer = await client.send('DELETE', `${configMaps}/precious`, '{"dryRun":["All"]}', upgrade);
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      'a request with a body cannot change the protocol of its connection',
    ]);
    expect((await client.send('GET', `${configMaps}/precious`)).status).toBe(200);
  });

  it('get no watch', async () => {
    const answer = await client.send('GET', '/api/v1/namespaces?watch=1', undefined, upgrade);
    expect([answer.status, messageOf(answer)]).toEqual([501, expect.stringContaining('plain HTTP only')]);
  });
});

describe('what is no HTTP', () => {
  const start = (line: string) => `${line}\r\nHost: ${client.host}\r\n`;

  it.each([
    ['a word', () => 'hola\r\n\r\n'],
    ['bytes', () => Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10])],
    ['another version', () => `${start('GET / HTTP/9.9')}\r\n`],
    ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an unknown method', () => `${start('FOO / HTTP/1.1')}\r\n`],
    ['a NUL in a header', () => `${start('GET / HTTP/1.1')}x: a\0b\r\n\r\n`],
    ['a folded header', () => `${start('GET / HTTP/1.1')}x: a\r\n b\r\n\r\n`],
    ['no host', () => 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two lengths', () => `${start('POST / HTTP/1.1')}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ['a negative length', () => `${start('POST / HTTP/1.1')}Content-Length: -1\r\n\r\n`],
    [
      'a length and chunks',
      () => `${start('POST / HTTP/1.1')}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a bad chunk', () => `${start('POST / HTTP/1.1')}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    [
      'an endless chunk',
      () => `${start('POST / HTTP/1.1')}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\n`,
    ],
  ])('%s: 400 or the end', async (_what, bytes) => {
    const answer = await client.exchange(bytes());
    expect([0, 400]).toContain(answer.status);
  });

  it.each([
    ['a huge header', () => `x: ${'a'.repeat(200_000)}\r\n`],
    ['thousands of headers', () => Array.from({ length: 40_000 }, (_, i) => `x${i}: a\r\n`).join('')],
  ])('%s: 431', async (_what, headers) => {
    const answer = await client.exchange(`${start('GET /version HTTP/1.1')}${headers()}\r\n`);
    expect([answer.status, answer.body]).toEqual([431, '431 Request Header Fields Too Large']);
  });

  it('an end to a connection that sends on and on without waiting', async () => {
    const one = `GET /api/v1/namespaces?watch=1 HTTP/1.1\r\nHost: ${client.host}\r\n\r\n`;
    const answer = await client.exchange(one.repeat(1000));
    expect(answer.status).not.toBe(200);
    expect((await client.send('GET', '/version')).status).toBe(200);
  });

  it('a tunnel', async () => {
    expect((await client.exchange(`${start('CONNECT 127.0.0.1:80 HTTP/1.1')}\r\n`)).status).toBe(0);
  });
});

describe('paths', () => {
  it.each([
    '/api/v1/../v1/pods',
    '/api/v1/namespaces/..%2fdefault/pods',
    '//api/v1/pods',
    '/api//v1/pods',
    '/api/v1/pods%00',
    '/api/v1/namespaces/default/configmaps/a%2Fb',
    'http://evil.com/api/v1/pods',
    '*',
    '/__proto__',
    '/apis/__proto__/v1/x',
    '/apis/constructor/v1',
    '/apis/apps/v1/toString',
    '/api/v1/constructor',
    '/api/v1/namespaces/constructor',
    '/openapi/v3/apis/__proto__/v1',
    '/healthz/constructor',
    '/readyz/__proto__',
    '/api/v1/watch/constructor',
  ])('%s leads nowhere', async (path) => {
    expect((await client.send('GET', path)).status).toBe(404);
  });

  it.each(['/api/v1/%zz', '/api/v1/%ff', '/%c0%ae%c0%ae/', `/api/v1/pods?${'a=1&'.repeat(1500)}`])(
    'that cannot be read are told so (%#)',
    async (path) => {
      const answer = await client.send('GET', path);
      expect(answer.status).toBe(400);
      expect(messageOf(answer)).toContain('the request');
    },
  );
});

describe('bodies', () => {
  it('of more than 3 MiB are too large', async () => {
    const answer = await client.send('POST', configMaps, `"${'a'.repeat(3 * 1024 * 1024)}"`);
    expect([answer.status, messageOf(answer)]).toEqual([413, 'Request entity too large: limit is 3145728']);
  });

  it('may have fields of any name: the warning comes whole', async () => {
    const answer = await client.send('POST', configMaps, configMap('año', ',"año€😀\\r\\nX-Evil: 1":1'));
    expect(answer.status).toBe(422);
    const named = await client.send('POST', configMaps, configMap('field', ',"año€😀\\r\\nX-Evil: 1":1'));
    expect(named.status).toBe(201);
    expect(named.head).toContain('299 - "unknown field \\"año€😀');
    expect(named.head).not.toMatch(/^X-Evil/m);
  });

  it('that are packed are not guessed', async () => {
    const packed = Buffer.from([0x1f, 0x8b, 8, 0]);
    const answer = await client.send('POST', configMaps, packed, { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(400);
  });

  it.each(['text/plain', 'application/json, application/yaml', '__proto__', 'constructor'])(
    'of type %s are of no known form',
    async (type) => {
      const answer = await client.send('POST', configMaps, configMap('form'), { 'content-type': type });
      expect(answer.status).toBe(415);
      expect(messageOf(answer)).toContain('unknown format');
    },
  );
});
