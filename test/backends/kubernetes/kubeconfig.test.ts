import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { couldNotLook } from '../../../src/backends/kubernetes/advice.ts';
import { createHttpsTransport } from '../../../src/backends/kubernetes/https-transport.ts';
import { KubeconfigProblem, readKubeconfig } from '../../../src/backends/kubernetes/kubeconfig.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { createClient } from '../../../src/kube/create-client.ts';
import { failure } from '../../../src/kube/status.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'curso-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let serial = 0;
function write(content: unknown): string {
  const file = path.join(folder, `config-${serial++}`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const config = (user: object, more: object = {}) => ({
  'current-context': 'aula',
  contexts: [{ name: 'aula', context: { cluster: 'c', user: 'ana', namespace: 'panaderia' } }],
  clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443/' } }],
  users: [{ name: 'ana', user }],
  ...more,
});

const read = (content: unknown, context?: string) =>
  readKubeconfig({
    env: { KUBECONFIG: write(content) },
    ...(context === undefined ? {} : { context }),
  });

async function problem(reading: Promise<unknown>): Promise<{ readonly why: string; readonly next: string }> {
  const error = await reading.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof KubeconfigProblem))
    throw new Error(`was read, or failed otherwise: ${String(error)}`);
  return { why: error.message, next: error.next };
}

describe('a kubeconfig', () => {
  it.each([
    [{}, { kind: 'none' }],
    [{ token: 'abc' }, { kind: 'token', token: 'abc' }],
    [{ tokenFile: 'ficha' }, { kind: 'tokenFile', file: path.join(folder, 'ficha') }],
    [
      { username: 'u', password: 'p' },
      { kind: 'basic', username: 'u', password: 'p' },
    ],
    [
      {
        'client-certificate-data': Buffer.from('C').toString('base64'),
        'client-key-data': Buffer.from('K').toString('base64'),
      },
      { kind: 'certificate', certificate: 'C', key: 'K' },
    ],
    [
      {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: './bin/entra',
          args: ['x'],
          env: [{ name: 'A', value: 'b' }],
        },
      },
      {
        kind: 'exec',
        plugin: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: path.join(folder, 'bin', 'entra'),
          args: ['x'],
          env: { A: 'b' },
        },
      },
    ],
  ])('says who one is: %j', async (user, credential) => {
    const access = await read(config(user));
    expect(access).toMatchObject({
      context: 'aula',
      server: 'https://10.0.0.1:6443',
      namespace: 'panaderia',
    });
    expect(access.credential).toEqual(credential);
  });

  it('may be several files: the first to say something wins', async () => {
    const first = write({ 'current-context': 'otro' });
    const second = write(config({ token: 'a' }));
    const third = write({
      'current-context': 'aula',
      contexts: [
        { name: 'otro', context: { cluster: 'c', user: 'ana' } },
        { name: 'aula', context: { cluster: 'nadie', user: 'nadie' } },
      ],
    });
    const missing = path.join(folder, 'no-hay');
    const access = await readKubeconfig({
      env: { KUBECONFIG: [missing, first, second, third].join(path.delimiter) },
    });
    expect(access).toMatchObject({ context: 'otro', namespace: 'default', clusterName: 'c' });
    const chosen = await readKubeconfig({
      env: { KUBECONFIG: [first, second, third].join(path.delimiter) },
      context: 'aula',
    });
    expect(chosen).toMatchObject({ namespace: 'panaderia', credential: { token: 'a' } });
  });

  it.each([
    ['{', /no es YAML correcto/, /Corrígelo/],
    [{}, /no dice cuál es el contexto actual/, /Hay: ninguno/],
    [config({}, { 'current-context': 'x' }), /ningún contexto llamado «x»/, /Hay: aula/],
    [config({}, { clusters: [] }), /usa el clúster «c», y el kubeconfig no dice dónde está/, /clusters/],
    [
      config({}, { clusters: [{ name: 'c', cluster: { server: 'ftp://x' } }] }),
      /no dice dónde está/,
      /clusters/,
    ],
    [
      config({}, { clusters: [{ name: 'c', cluster: { server: 'https://x', 'proxy-url': 'http://p' } }] }),
      /proxy-url/,
      /directamente/,
    ],
    [
      config({ 'client-certificate': 'no-hay', 'client-key': 'no-hay' }),
      /nombra .*no-hay: no existe/,
      /ruta/,
    ],
    [config({ 'auth-provider': {} }), /auth-provider/, /Vuelve a generar/],
    [config({ exec: {} }), /`exec` sin `command`/, /users/],
    [config({}, { contexts: { aula: 1 } }), /ningún contexto llamado «aula»/, /Hay: ninguno/],
  ])('that is wrong is told: %j', async (content, why, next) => {
    const said = await problem(read(content));
    expect(said.why).toMatch(why);
    expect(said.next).toMatch(next);
  });

  it('that is nowhere is told with where it was looked for', async () => {
    const said = await problem(readKubeconfig({ env: { HOME: folder } }));
    expect(said.why).toContain(path.join(folder, '.kube', 'config'));
    expect(said.next).toContain('KUBECONFIG');
  });

  it('never is read for its prototype', async () => {
    const evil = '{"current-context":"a","contexts":[{"name":"a","context":{"__proto__":{"cluster":"c"}}}]}';
    expect((await problem(read(evil))).why).toMatch(/no dice dónde está/);
  });
});

describe('calls to a cluster', () => {
  interface Heard {
    readonly method: string;
    readonly authorization: string;
    readonly length: string;
    readonly body: string;
  }
  const heard: Heard[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { authorization = '' } = request.headers;
      const length = request.headers['content-length'] ?? '';
      heard.push({ method: request.method ?? '', authorization, length, body });
      const status = authorization.includes('mala') ? 401 : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      const kind = status === 200 ? { kind: 'Pod', metadata: { name: 'x' } } : { kind: 'Status', code: 401 };
      response.end(JSON.stringify({ apiVersion: 'v1', ...kind }));
    });
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const pods = { group: '', version: 'v1', plural: 'pods' };
  const call = async (user: object, method: 'get' | 'delete') => {
    const access = await read({ ...config(user), clusters: [{ name: 'c', cluster: { server: url } }] });
    const { transport, close } = createHttpsTransport(access, systemClock);
    try {
      const client = createClient(transport, { userAgent: 'prueba' });
      if (method === 'get') await client.get(pods, 'p', 'x');
      else await client.delete(pods, 'p', 'x', { propagationPolicy: 'Background' });
    } finally {
      close();
    }
    return heard.at(-1);
  };

  it('frame the body of a DELETE', async () => {
    const last = await call({}, 'delete');
    expect(last?.method).toBe('DELETE');
    expect(JSON.parse(last?.body ?? '')).toMatchObject({ propagationPolicy: 'Background' });
    expect(last?.length).toBe(String(last?.body.length));
  });

  it('carry a token, read again when it is in a file', async () => {
    expect((await call({ token: 'abc' }, 'get'))?.authorization).toBe('Bearer abc');
    const file = path.join(folder, 'ficha');
    writeFileSync(file, 'una\n');
    expect((await call({ tokenFile: file }, 'get'))?.authorization).toBe('Bearer una');
    writeFileSync(file, 'dos\n');
    expect((await call({ tokenFile: file }, 'get'))?.authorization).toBe('Bearer dos');
  });

  it('carry name and password', async () => {
    const both = Buffer.from('u:p').toString('base64');
    expect((await call({ username: 'u', password: 'p' }, 'get'))?.authorization).toBe(`Basic ${both}`);
  });

  const plugin = (script: string) => {
    const file = path.join(folder, `entra-${serial++}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: file } };
  };
  const credential = (status: object) =>
    `printf '%s' '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })}'`;

  it('carry what a plugin gives', async () => {
    expect((await call(plugin(credential({ token: 'del-plugin' })), 'get'))?.authorization).toBe(
      'Bearer del-plugin',
    );
  });

  it.each([
    [{ exec: { command: 'no-hay-tal-programa' } }, /pide el programa `no-hay-tal-programa`/],
    [() => plugin('echo caduca >&2; exit 3'), /no dio ninguna credencial: caduca/],
    [() => plugin('echo hola'), /no contestó un ExecCredential/],
  ])('say what a plugin lacks', async (user, why) => {
    const said = await problem(call(typeof user === 'function' ? user() : user, 'get'));
    expect(said.why).toMatch(why);
  });

  it('go on elsewhere when their connection was ended while it rested, but writes are not repeated', async () => {
    let served = 0;
    // What a master that leaves does to a connection on which the next question is already on its way.
    const leaving = http.createServer((request, response) => {
      served += 1;
      if (served % 2 === 0) request.socket.resetAndDestroy();
      else
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }));
    });
    await new Promise<void>((resolve) => leaving.listen(0, '127.0.0.1', resolve));
    const { port } = leaving.address() as AddressInfo;
    const access = await read({
      ...config({}),
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    });
    const { transport, close } = createHttpsTransport(access, systemClock);
    try {
      const client = createClient(transport, { userAgent: 'prueba' });
      await client.get(pods, 'p', 'x');
      expect((await client.get(pods, 'p', 'x')).metadata.name).toBe('x');
      expect(served).toBe(3);
      const refused = await client.delete(pods, 'p', 'x', {}).catch((caught: unknown) => caught);
      expect(served).toBe(4);
      expect(couldNotLook(refused, 'Arráncalo.').unavailable.reason).toBe('cluster-unsettled');
    } finally {
      close();
      leaving.close();
    }
  });

  it.each([
    [429, 'cluster-unsettled'],
    [500, 'cluster-unsettled'],
    [503, 'cluster-unsettled'],
    [504, 'cluster-unsettled'],
    [422, 'cluster-stopped'],
  ])('answered with %d are %s', (code, reason) => {
    const { unavailable } = couldNotLook(failure(code, 'Timeout', 'there is no leader'), 'Arráncalo.');
    expect(unavailable).toMatchObject({ reason, why: expect.stringContaining('there is no leader') });
  });

  it.each([
    [{ token: 'mala' }, 'cluster-forbidden', /no acepta la credencial/],
    [{ tokenFile: 'nada' }, 'cluster-missing', /No se puede leer el token/],
  ])('that are refused are told in Spanish: %j', async (user, reason, why) => {
    const error = await call(user, 'get').catch((caught: unknown) => caught);
    const { unavailable } = couldNotLook(error, 'Arráncalo.');
    expect(unavailable.reason).toBe(reason);
    expect(unavailable.why).toMatch(why);
  });

  it('to nobody say that it is not running', async () => {
    const access = await read({
      ...config({}),
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    });
    const { transport, close } = createHttpsTransport(access, systemClock);
    const asked = createClient(transport, { userAgent: 'prueba' }).get(pods, 'p', 'x');
    const error = await asked.catch((caught: unknown) => caught);
    close();
    expect(couldNotLook(error, 'Arráncalo.').unavailable).toEqual({
      reason: 'cluster-stopped',
      why: 'El clúster no contesta: no está en marcha.',
      next: 'Arráncalo.',
    });
  });
});
