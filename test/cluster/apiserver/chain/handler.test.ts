import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../../src/cluster/apiserver/audit/event.ts';
import type { Route } from '../../../../src/cluster/apiserver/contracts.ts';
import { createMemoryStore } from '../../../../src/cluster/store/memory-store.ts';
import { StoreError } from '../../../../src/cluster/store/store.ts';
import { forbidden, unauthorized } from '../../../../src/kube/status.ts';
import { configMap, configMaps, testServer } from '../../../helpers/apiServer.ts';

const url = configMaps();

describe('the chain', () => {
  it('answers 404 by text where nothing is, and by a Status inside a group', async () => {
    const t = await testServer();
    for (const path of ['/nada', '/apis/nada.example.com/v1/cosas']) {
      const { code, text, headers } = await t.send('GET', path);
      expect([code, text, headers['content-type']]).toEqual([
        404,
        '404 page not found\n',
        'text/plain; charset=utf-8',
      ]);
    }
    for (const path of ['/api/v1/nadas', '/api/v9/pods', `${url}/a/nada`, '/apis/apps/v1/deployments/x'])
      expect((await t.send('GET', path)).body).toMatchObject({
        code: 404,
        message: 'the server could not find the requested resource',
        details: {},
      });
  });

  it.each([
    ['POST', `${url}/a`],
    ['PUT', url],
    ['PATCH', url],
    ['DELETE', '/api/v1/configmaps'],
    ['POST', '/api/v1/configmaps'],
    ['HEAD', url],
    ['TRACE', url],
    ['DELETE', '/api/v1/namespaces'],
    ['GET', '/apis/authorization.k8s.io/v1/nada'],
  ])('does not allow %s %s', async (method, path) => {
    const t = await testServer();
    const { code } = await t.send(method, path);
    expect([404, 405]).toContain(code);
    if (!path.endsWith('nada')) expect(code).toBe(405);
  });

  it('gives up after its time, and says so', async () => {
    let release = () => {};
    const slow: Route = {
      path: '/lenta',
      handle: () => new Promise((resolve) => (release = () => resolve(undefined))),
    };
    const t = await testServer({ parts: () => ({ routes: [slow] }) });
    const answer = t.send('GET', '/lenta');
    await t.clock.advance(60_000);
    expect(await answer).toMatchObject({ code: 504, body: { reason: 'Timeout' } });
    release();
  });

  it('takes no more at once than it is told, but watches do not count', async () => {
    let release = () => {};
    const slow: Route = {
      path: '/lenta',
      handle: () =>
        new Promise((resolve) => {
          release = () => resolve(undefined);
        }),
    };
    const t = await testServer({ maxInFlight: 1, parts: () => ({ routes: [slow] }) });
    const first = t.send('GET', '/lenta');
    const watch = await t.watch(`${url}?watch=1`);
    const second = await t.send('GET', url);
    expect(second).toMatchObject({ code: 429, body: { reason: 'TooManyRequests' } });
    expect(second.headers['retry-after']).toBe('1');
    release();
    expect((await first).code).toBe(404);
    expect((await t.send('GET', url)).code).toBe(200);
    watch.stop();
  });

  it('asks who it is, what they may do, and tells the audit', async () => {
    const events: AuditEvent[] = [];
    const t = await testServer({
      parts: () => ({
        authenticators: [
          {
            authenticate({ headers }) {
              if (headers['authorization'] === 'Bearer mal') throw unauthorized();
              return headers['x-user'] === undefined
                ? undefined
                : { name: String(headers['x-user']), groups: ['g'], via: 'Prueba' };
            },
          },
        ],
        authorizer: { authorize: ({ user }) => ({ allowed: user.name === 'ana', reason: 'no es ana' }) },
        audit: { record: (event) => events.push(event) },
      }),
    });
    const headers = {
      'x-user': 'ana',
      'user-agent': 'kubectl/v1.32',
      'kubectl-command': 'kubectl apply',
      'kubectl-session': 's',
    };
    expect((await t.send('POST', url, { body: configMap('a'), headers })).code).toBe(201);
    expect((await t.send('GET', url, { headers: { 'x-user': 'bea' } })).body.message).toBe(
      'configmaps is forbidden: User "bea" cannot list resource "configmaps" in API group "" in the namespace "default": no es ana',
    );
    expect((await t.send('GET', '/nada')).body.message).toContain(
      'forbidden: User "system:anonymous" cannot get path "/nada"',
    );
    expect((await t.send('GET', url, { headers: { authorization: 'Bearer mal' } })).code).toBe(401);
    expect((await t.send('GET', url, { headers: { authorization: 'Bearer otro' } })).code).toBe(401);
    expect(events.map(({ user, verb, resource, code }) => [user, verb, resource, code])).toEqual([
      ['ana', 'create', 'configmaps', 201],
      ['bea', 'list', 'configmaps', 403],
      ['system:anonymous', 'get', '', 403],
      ['system:anonymous', 'list', 'configmaps', 401],
      ['system:anonymous', 'list', 'configmaps', 401],
    ]);
    expect(events[0]).toMatchObject({
      kubectlCommand: 'kubectl apply',
      kubectlSession: 's',
      userAgent: 'kubectl/v1.32',
      resourceVersion: String(t.store.revision),
    });
    expect(events[1]?.reason).toBe('Forbidden');
  });

  it('lets admission change, warn and refuse', async () => {
    const t = await testServer({
      parts: () => ({
        admission: [
          {
            name: 'Prueba',
            mutate(request) {
              if (request.object !== undefined) request.object.metadata.labels = { puesto: 'si' };
              request.warn('cuidado con "comillas"');
            },
            validate(request) {
              if (request.operation === 'DELETE')
                throw forbidden({ group: '', resource: 'configmaps' }, 'a', 'no');
            },
          },
        ],
      }),
    });
    const made = await t.send('POST', url, { body: configMap('a') });
    expect(made.body.metadata.labels).toEqual({ puesto: 'si' });
    expect(made.headers['warning']).toEqual(['299 - "cuidado con \\"comillas\\""']);
    expect((await t.send('DELETE', `${url}/a`)).body.message).toBe('configmaps "a" is forbidden: no');
    expect((await t.send('GET', `${url}/a`)).code).toBe(200);
  });

  it.each([
    ['disk', 507, 'InsufficientStorage'],
    ['unavailable', 504, 'Timeout'],
    ['closed', 503, 'ServiceUnavailable'],
    ['unknown-outcome', 504, 'Timeout'],
  ] as const)('says what a store that fails with %s means', async (failure, code, reason) => {
    const store = createMemoryStore();
    const t = await testServer({ store });
    Object.assign(store, { commit: () => Promise.reject(new StoreError(failure, 'no se puede')) });
    expect((await t.send('POST', url, { body: configMap('a') })).body).toMatchObject({ code, reason });
    expect((await t.send('GET', url)).code).toBe(200);
  });
});

describe('an answer', () => {
  it('is compressed when it is large and the client can read it', async () => {
    const t = await testServer();
    await t.send('POST', url, { body: configMap('grande', { data: { x: 'p'.repeat(200_000) } }) });
    const headers = { 'accept-encoding': 'gzip' };
    const large = await t.send('GET', `${url}/grande`, { headers });
    expect(large.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    const small = await t.send('GET', `${url}?limit=1&fieldSelector=metadata.name%3Dnada`, { headers });
    expect(small.headers['content-encoding']).toBeUndefined();
    expect(small.body.kind).toBe('ConfigMapList');
  });

  it('is indented for people, and compact for programs', async () => {
    const t = await testServer();
    const text = async (query: string, agent: string) =>
      (await t.send('GET', `${url}/nada${query}`, { headers: { 'user-agent': agent } })).text;
    expect(await text('', 'kubectl/v1.32')).toMatch(/^\{"kind":"Status".*\}\n$/);
    expect(await text('', 'curl/8.0')).toContain('\n  "kind": "Status"');
    expect(await text('?pretty=true', 'kubectl/v1.32')).toContain('\n  "kind": "Status"');
    expect(await text('?pretty=false', 'curl/8.0')).not.toContain('\n  ');
  });

  it('is YAML when that is asked for, but a watch is not', async () => {
    const t = await testServer();
    const headers = { accept: 'application/yaml' };
    const { headers: got, text } = await t.send('GET', `${url}?limit=1`, { headers });
    expect(got['content-type']).toBe('application/yaml');
    expect(text).toContain('kind: ConfigMapList\n');
    expect((await t.send('GET', `${url}?watch=1`, { headers })).code).toBe(406);
    expect(
      (await t.send('GET', url, { headers: { accept: 'application/vnd.kubernetes.protobuf' } })).code,
    ).toBe(406);
  });

  it('is a Status also when a part of the server fails', async () => {
    const broken: Route = {
      path: '/rota',
      handle: () => {
        throw new TypeError('vaya');
      },
    };
    const t = await testServer({ parts: () => ({ routes: [broken] }) });
    expect((await t.send('GET', '/rota')).body).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message: 'Internal error occurred: vaya',
    });
  });
});

describe('what nobody should send', () => {
  it.each([
    ['more than 3 MiB', 'x'.repeat(3 * 1024 * 1024 + 1), 413],
    ['half an object', '{"kind":', 400],
    ['an endless nesting', '['.repeat(100_000), 400],
    [
      'a nesting inside an object',
      `{"metadata":{"name":"a"},"data":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`,
      400,
    ],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 400],
    ['nothing', '', 400],
  ])('%s is refused with a Status', async (_, raw, code) => {
    const t = await testServer();
    const answer = await t.send('POST', url, { raw });
    expect(answer.code).toBe(code);
    expect(answer.body.kind).toBe('Status');
  });

  it('a YAML bomb, an unknown media type and broken protobuf are refused too', async () => {
    const t = await testServer();
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let i = 0; i < 12; i++) {
      const [one, next] = [String.fromCharCode(97 + i), String.fromCharCode(98 + i)];
      lines.push(`${next}: &${next} [${Array(9).fill(`*${one}`).join(',')}]`);
    }
    const bomb = await t.send('POST', url, {
      raw: lines.join('\n'),
      headers: { 'content-type': 'application/yaml' },
    });
    expect(bomb.code).toBe(400);
    const odd = await t.send('POST', url, { raw: '{}', headers: { 'content-type': 'text/html' } });
    expect(odd.code).toBe(415);
    const broken = await t.send('POST', url, {
      raw: Buffer.from([0x6b, 0x38, 0x73, 0, 0xff, 0xff]),
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    });
    expect(broken.code).toBe(400);
  });

  it('keys of objects’ own machinery are plain data', async () => {
    const t = await testServer();
    const raw =
      '{"metadata":{"name":"a","labels":{"constructor":"x"}},"data":{"__proto__":"y","toString":"z"}}';
    const answer = await t.send('POST', url, { raw });
    expect(answer.code).toBe(201);
    expect(answer.text).toContain('"__proto__":"y"');
    expect((await t.send('GET', `${url}/a`)).text).toContain('"__proto__":"y"');
    expect(({} as { y?: string }).y).toBeUndefined();
    expect((await t.send('GET', '/api/v1/__proto__')).code).toBe(404);
    expect((await t.send('GET', `${url}/__proto__`)).code).toBe(404);
  });

  it('paths with tricks find nothing', async () => {
    const t = await testServer();
    for (const path of [
      '/api/v1/namespaces/default/../secrets',
      `${url}/..`,
      `${url}/%2e%2e`,
      `${url}/a%2Fb`,
      '/api/v1/%zz',
    ])
      expect([400, 404]).toContain((await t.send('GET', path)).code);
  });
});
