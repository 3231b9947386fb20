import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProxyRequest, ProxyResponse } from '../../../../src/cluster/apiserver/node-access.ts';
import { connectSubresources } from '../../../../src/cluster/apiserver/subresources/connect.ts';
import { type TestServer, testServer } from '../../../helpers/apiServer.ts';
import { type FakeNodes, fakeNodes } from '../../../helpers/fakeNodeAccess.ts';
import { makePod, seedNode } from '../../../helpers/streamServer.ts';

const base = '/api/v1/namespaces/default';

let nodes: FakeNodes;
let api: TestServer;
let asked: { readonly ip: string; readonly port: number; readonly request: ProxyRequest } | undefined;

const page = (
  body: string,
  headers: { readonly [name: string]: string } = {},
  status = 200,
): ProxyResponse => ({
  status,
  headers,
  body: Buffer.from(body),
});

beforeEach(async () => {
  nodes = fakeNodes();
  asked = undefined;
  answering(page('hola'));
  api = await testServer({
    parts: ({ clock }) => ({
      authenticators: [{ authenticate: () => ({ name: 'jefa', groups: [], via: 'X509' }) }],
      subresources: connectSubresources({ nodes, clock, wire: clock }),
    }),
  });
  await seedNode(api);
  await makePod(api, 'p');
});

function answering(response: ProxyResponse): void {
  nodes.answer = (ip, port, request) => {
    asked = { ip, port, request };
    return response;
  };
}

const refusal = async (method: string, url: string) => {
  const { code, body } = await api.send(method, url);
  return `${code} ${body.message}`;
};

async function service(ports: readonly object[], subsets: readonly object[] | undefined): Promise<void> {
  const metadata = { name: 'tienda' };
  const made = await api.send('POST', `${base}/services`, {
    body: { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } },
  });
  expect(made.code).toBe(201);
  if (subsets === undefined) return;
  const told = await api.send('POST', `${base}/endpoints`, {
    body: { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets },
  });
  expect(told.code).toBe(201);
}

describe('the proxy of a Pod', () => {
  it('passes on path, query, method and body, and nobody’s credentials', async () => {
    answering(page('hecho', { 'content-type': 'text/plain', 'x-pan': 'si', connection: 'close' }, 201));
    const answer = await api.send('POST', `${base}/pods/p:81/proxy/a%20b//c/?x=1&y=%2F`, {
      raw: 'masa',
      headers: {
        host: 'localhost:1',
        authorization: 'Bearer x',
        'impersonate-user': 'ana',
        'x-otro': '1',
        te: 'x',
      },
    });
    expect([answer.code, answer.text, answer.headers['x-pan']]).toEqual([201, 'hecho', 'si']);
    expect(answer.headers['connection']).toBeUndefined();
    expect(asked).toMatchObject({ ip: '10.1.0.5', port: 81 });
    expect(asked?.request).toMatchObject({
      method: 'POST',
      path: '/a%20b//c/?x=1&y=%2F',
      body: Buffer.from('masa'),
    });
    expect(asked?.request.headers).toEqual({
      host: 'localhost:1',
      'content-type': 'application/json',
      'x-otro': '1',
      'x-forwarded-uri': `${base}/pods/p:81/proxy/a%20b//c/`,
    });
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])('knows %s', async (method) => {
    expect((await api.send(method, `${base}/pods/p/proxy/`)).code).toBe(200);
    expect(asked).toMatchObject({ port: 8080, request: { method, path: '/' } });
  });

  it('sends who leaves out the slash to where it is', async () => {
    const answer = await api.send('GET', `${base}/pods/p/proxy?x=1`);
    expect([answer.code, answer.headers['location']]).toEqual([301, `${base}/pods/p/proxy/?x=1`]);
    expect(asked).toBeUndefined();
    expect((await api.send('POST', `${base}/pods/p/proxy`)).code).toBe(200);
  });

  it('says what stands in the way', async () => {
    expect(await refusal('GET', `${base}/pods/nada/proxy/`)).toBe('404 pods "nada" not found');
    expect(await refusal('GET', `${base}/pods/ftp:p:1/proxy/`)).toBe('400 invalid pod request "ftp:p:1"');
    expect(await refusal('GET', `${base}/pods/p:web/proxy/`)).toBe(
      '503 error trying to reach service: dial tcp: lookup tcp/web: unknown port',
    );
    nodes.answer = () => Promise.reject(new Error('dial tcp 10.1.0.5:8080: connect: connection refused'));
    const refused = await api.send('GET', `${base}/pods/http:p:8080/proxy/`);
    expect(refused.body).toMatchObject({
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'error trying to reach service: dial tcp 10.1.0.5:8080: connect: connection refused',
    });
  });
});

describe('links of what is proxied', () => {
  const prefix = `${base}/pods/p/proxy`;
  const fetch = async (headers: { readonly [name: string]: string } = {}) =>
    api.send('GET', `${prefix}/dir/`, { headers: { host: 'localhost:1', ...headers } });

  it.each([
    ['/otra?x=1#y', `${prefix}/otra?x=1#y`],
    ['/', `${prefix}/`],
    [`${prefix}/ya`, `${prefix}/ya`],
    ['otra', 'otra'],
    ['../otra', '../otra'],
    ['http://10.1.0.5:8080/otra', `${prefix}/otra`],
    ['https://localhost:1/otra', `https://localhost:1${prefix}/otra`],
    ['https://example.com/otra', 'https://example.com/otra'],
  ])('Location %s is %s', async (given, expected) => {
    answering(page('', { Location: given }, 302));
    const answer = await fetch();
    expect([answer.code, answer.headers['location']]).toEqual([302, expected]);
  });

  it('in HTML lead through the proxy when they are absolute; comments and scripts are left alone', async () => {
    const html = `<!DOCTYPE html><!-- <a href="/no"> --><a class=x href="/si">1</a><A HREF='otra'>2</A>
<img src=/foto.png alt="/no"><script src="/guion.js">if (a<b) x='<a href="/no">'</script><p title="/no">a &lt; b</p>`;
    answering(page(html, { 'content-type': 'text/html; charset=utf-8', 'content-length': '9' }));
    expect((await fetch()).text).toBe(
      `<!DOCTYPE html><!-- <a href="/no"> --><a class=x href="${prefix}/si">1</a><A HREF='otra'>2</A>
<img src="${prefix}/foto.png" alt="/no"><script src="${prefix}/guion.js">if (a<b) x='<a href="/no">'</script><p title="/no">a &lt; b</p>`,
    );
  });

  it('in other texts, or packed in ways nobody knows, are left alone', async () => {
    answering(page('<a href="/x">', { 'content-type': 'text/plain' }));
    expect((await fetch()).text).toBe('<a href="/x">');
    answering(page('<a href="/x">', { 'content-type': 'text/html', 'content-encoding': 'br' }));
    expect((await fetch()).text).toBe('<a href="/x">');
    const packed = { status: 200, headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' } };
    answering({ ...packed, body: gzipSync('<a href="/x">') });
    const response = await api.server.handle({
      method: 'GET',
      url: `${prefix}/`,
      headers: {},
      signal: new AbortController().signal,
    });
    if (response.body.kind !== 'bytes') throw new Error('no bytes');
    expect(gunzipSync(response.body.bytes).toString()).toBe(`<a href="${prefix}/x">`);
    answering({ ...packed, body: Buffer.from('nothing packed') });
    expect((await fetch()).code).toBe(200);
  });
});

describe('the proxy of a Service', () => {
  const addresses = [{ ip: '10.1.0.5' }, { ip: '10.1.0.6' }];

  it('goes to one ready endpoint after the other, by the port’s name or number', async () => {
    await service([{ name: 'web', port: 80 }], [{ addresses, ports: [{ name: 'web', port: 8080 }] }]);
    const places = new Set<string>();
    for (const name of ['tienda:web', 'tienda:80', 'http:tienda:web', 'tienda:80']) {
      expect((await api.send('GET', `${base}/services/${name}/proxy/a`)).text).toBe('hola');
      places.add(`${asked?.ip}:${asked?.port}`);
    }
    expect([...places].sort()).toEqual(['10.1.0.5:8080', '10.1.0.6:8080']);
  });

  it('needs no port when the only one has no name', async () => {
    await service([{ port: 80 }], [{ addresses, ports: [{ port: 8080 }] }]);
    expect((await api.send('GET', `${base}/services/tienda/proxy/`)).code).toBe(200);
  });

  it('says what stands in the way', async () => {
    expect(await refusal('GET', `${base}/services/nada:80/proxy/`)).toBe('404 services "nada" not found');
    expect(await refusal('GET', `${base}/services/nada/proxy/`)).toBe('404 endpoints "nada" not found');
    await service([{ name: 'web', port: 80 }], []);
    expect(await refusal('GET', `${base}/services/tienda:81/proxy/`)).toBe(
      '503 no service port 81 found for service "tienda"',
    );
    expect(await refusal('GET', `${base}/services/tienda:web/proxy/`)).toBe(
      '503 no endpoints available for service "tienda"',
    );
    const notReady = [{ notReadyAddresses: addresses, ports: [{ name: 'web', port: 8080 }] }];
    await api.send('PUT', `${base}/endpoints/tienda`, {
      body: { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'tienda' }, subsets: notReady },
    });
    expect(await refusal('GET', `${base}/services/tienda:web/proxy/`)).toBe(
      '503 no endpoints available for service "tienda:web"',
    );
  });
});

describe('the proxy of a node', () => {
  const node = (path: string) => api.send('GET', `/api/v1/nodes/nodo-1/proxy${path}`);

  it('shows what its kubelet says of itself', async () => {
    const uid = 'u';
    nodes.stats = (name) => ({
      node: name,
      atMs: 1000,
      windowMs: 1000,
      cpuMilli: 10,
      memoryBytes: 2048,
      pods: [
        {
          pod: { namespace: 'default', name: 'p', uid },
          containers: [{ name: 'c', cpuMilli: 1, memoryBytes: 1024 }],
        },
      ],
    });
    expect((await node('/healthz')).text).toBe('ok');
    expect((await node('/pods')).body).toMatchObject({
      kind: 'PodList',
      items: [{ metadata: { name: 'p' } }],
    });
    expect((await node('/stats/summary')).body).toMatchObject({
      node: { nodeName: 'nodo-1', cpu: { usageNanoCores: 10_000_000 } },
      pods: [{ podRef: { name: 'p', uid }, containers: [{ name: 'c', memory: { workingSetBytes: 1024 } }] }],
    });
    expect((await node('/metrics/resource')).text).toContain(
      'container_memory_working_set_bytes{container="c",namespace="default",pod="p"} 1024 1000\n',
    );
    expect((await node('/configz')).body).toMatchObject({ kubeletconfig: { kind: 'KubeletConfiguration' } });
    expect((await node('/nada')).code).toBe(404);
  });

  it('reaches its other ports too, and says when it does not answer', async () => {
    expect((await api.send('GET', '/api/v1/nodes/nodo-1:9100/proxy/metrics')).text).toBe('hola');
    expect(asked).toMatchObject({ ip: '10.9.0.1', port: 9100 });
    nodes.off.set('nodo-1', 'dial tcp 10.9.0.1:10250: connect: connection refused');
    expect(await refusal('GET', '/api/v1/nodes/nodo-1/proxy/healthz')).toBe(
      '503 error trying to reach service: dial tcp 10.9.0.1:10250: connect: connection refused',
    );
    expect(await refusal('GET', '/api/v1/nodes/nada/proxy/')).toBe('404 nodes "nada" not found');
  });
});
