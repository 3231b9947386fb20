import { mkdtemp, rm } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { type Balancer, PortTaken, startBalancer } from '../../../src/cluster/front/balancer.ts';
import { createHttpFront, type HttpFront } from '../../../src/cluster/front/http-front.ts';
import { ensurePki, type Pki } from '../../../src/cluster/pki/pki.ts';
import { makeKeyPair, privateKeyPem } from '../../../src/cluster/pki/x509.ts';
import type { ApiRequest, ApiResponse } from '../../../src/kube/transport.ts';

let folder: string;
let pki: Pki;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'curso-front-'));
  pki = await ensurePki(folder, systemClock);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A busy machine takes its time. */
const patient = { timeout: 60_000 };
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const text = (body: string, status = 200): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body: { kind: 'bytes', bytes: body },
});

async function serve(
  ...handlers: ((request: ApiRequest) => Promise<ApiResponse>)[]
): Promise<{ balancer: Balancer; fronts: HttpFront[]; up: boolean[] }> {
  const up = handlers.map(() => true);
  const fronts = handlers.map((handle) => createHttpFront({ handle, pki, maxBodyBytes: 1000 }));
  const balancer = await startBalancer(
    0,
    fronts.map((front, i) => ({ healthy: () => up[i] === true, accept: (socket) => front.accept(socket) })),
  );
  closers.push(() => balancer.close(), ...fronts.map((front) => () => front.close()));
  return { balancer, fronts, up };
}

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

function call(port: number, options: https.RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      { host: '127.0.0.1', port, ca: pki.caPem, agent: false, ...options },
      (response) => {
        let received = '';
        response.on('data', (chunk) => {
          received += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const who = async (request: ApiRequest) => text(JSON.stringify(request.identity ?? null));

describe('who comes through TLS', () => {
  it('is the subject of a certificate of our authority', async () => {
    const { balancer } = await serve(who);
    const answer = await call(balancer.port, { cert: pki.admin.certificate, key: pki.admin.key });
    expect(JSON.parse(answer.body)).toMatchObject({
      name: 'kubernetes-admin',
      groups: ['system:masters'],
      via: 'X509',
    });
  });

  it('is nobody without one', async () => {
    const { balancer } = await serve(who);
    expect((await call(balancer.port)).body).toBe('null');
  });

  it('is refused with one of another authority, or an expired one', async () => {
    const { balancer } = await serve(who);
    const other = await mkdtemp(path.join(folder, 'other-'));
    const stranger = await ensurePki(other, systemClock);
    const strange = await call(balancer.port, { cert: stranger.admin.certificate, key: stranger.admin.key });
    expect(strange.status).toBe(401);
    expect(JSON.parse(strange.body)).toMatchObject({ kind: 'Status', reason: 'Unauthorized' });
    const keys = makeKeyPair();
    const old = pki.signClient('ana', [], keys.publicKey, systemClock.now() - 1000);
    expect((await call(balancer.port, { cert: old, key: privateKeyPem(keys.privateKey) })).status).toBe(401);
  });
});

describe('what passes', () => {
  it('keeps repeated impersonation headers apart', async () => {
    const { balancer } = await serve(async (request) =>
      text(JSON.stringify(request.headers['impersonate-group'])),
    );
    const answer = await call(balancer.port, {
      headers: { 'Impersonate-User': 'ana', 'Impersonate-Group': ['a, b', 'c'] },
    });
    expect(JSON.parse(answer.body)).toEqual(['a, b', 'c']);
  });

  it('reads no more of a body than the limit and one byte', async () => {
    const { balancer } = await serve(async (request) =>
      text(request.body?.kind === 'bytes' ? String(request.body.bytes.length) : 'none'),
    );
    expect((await call(balancer.port)).body).toBe('none');
    expect((await call(balancer.port, { method: 'POST' }, 'x'.repeat(1000))).body).toBe('1000');
    const large = await call(balancer.port, { method: 'POST' }, Buffer.alloc(5_000_000));
    expect(large.body).toBe('1001');
    expect(large.headers.connection).toBe('close');
  });

  it('answers HEAD with the length and without the body', async () => {
    const { balancer } = await serve(async () => text('hola'));
    const answer = await call(balancer.port, { method: 'HEAD' });
    expect([answer.headers['content-length'], answer.body]).toEqual(['4', '']);
  });

  it('streams, and tells the server when the client goes away', async () => {
    let told: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      told = resolve;
    });
    const { balancer } = await serve(async (request) => ({
      status: 200,
      headers: {},
      body: {
        kind: 'events',
        events: (async function* () {
          request.signal.addEventListener('abort', () => told());
          yield { bytes: () => 'uno\n' };
          yield { bytes: () => 'dos\n' };
          await gone;
        })(),
      },
    }));
    await new Promise<void>((resolve, reject) => {
      const request = https.get(
        { host: '127.0.0.1', port: balancer.port, ca: pki.caPem, agent: false },
        (response) => {
          let received = '';
          response.on('data', (chunk) => {
            received += chunk;
            if (received === 'uno\ndos\n') {
              request.destroy();
              resolve();
            }
          });
        },
      );
      request.on('error', (error) => (request.destroyed ? undefined : reject(error)));
    });
    await gone;
  });

  it('hands the connection over when the server takes it', async () => {
    const { balancer } = await serve(async (request) => ({
      status: 101,
      headers: {},
      body: {
        kind: 'upgrade',
        protocol: String(request.headers['upgrade']),
        accept: (socket) => {
          (socket as net.Socket).end(
            'HTTP/1.1 101 Switching Protocols\r\nUpgrade: eco\r\nConnection: Upgrade\r\n\r\nhola',
          );
        },
      },
    }));
    const answer = await new Promise<string>((resolve, reject) => {
      const request = https.request({
        host: '127.0.0.1',
        port: balancer.port,
        ca: pki.caPem,
        agent: false,
        headers: { Connection: 'Upgrade', Upgrade: 'eco' },
      });
      request.on('upgrade', (_response, socket, head) => {
        let received = head.toString();
        socket.on('data', (chunk) => {
          received += chunk;
        });
        socket.on('end', () => resolve(received));
      });
      request.on('error', reject);
      request.end();
    });
    expect(answer).toBe('hola');
  });

  it('answers an upgrade that is refused, and what is no HTTP', async () => {
    const { balancer } = await serve(async () => text('aquí no', 404));
    const refused = await call(balancer.port, { headers: { Connection: 'Upgrade', Upgrade: 'eco' } });
    expect([refused.status, refused.body]).toEqual([404, 'aquí no']);
    const raw = await new Promise<string>((resolve) => {
      const socket = net.connect(balancer.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
      });
      socket.on('close', () => resolve(received));
      socket.on('error', () => undefined);
    });
    expect(raw).not.toContain('200');
  });
});

describe('a server that keeps nobody', () => {
  it('answers what is under way, ends watches and lets go of who rests, until it keeps them again', async () => {
    let finish = () => {};
    const { balancer, fronts } = await serve(async ({ url, signal }) => {
      if (url === '/lento') await new Promise<void>((resolve) => (finish = resolve));
      if (url !== '/mira') return text('ya');
      const events = async function* () {
        yield { bytes: () => 'uno\n' };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      };
      return { status: 200, headers: {}, body: { kind: 'events', events: events() } };
    });
    const agents = [0, 1, 2].map(() => new https.Agent({ keepAlive: true, maxSockets: 1 }));
    closers.push(...agents.map((agent) => () => agent.destroy()));
    const ask = (at: number, path: string) => call(balancer.port, { agent: agents[at], path });
    await ask(0, '/');
    const slow = ask(1, '/lento');
    const watch = ask(2, '/mira');
    await expect.poll(() => fronts[0]?.connections(), patient).toBe(3);
    fronts[0]?.keep(false);
    expect((await watch).body).toBe('uno\n');
    await expect.poll(() => fronts[0]?.connections(), patient).toBe(1);
    finish();
    expect(await slow).toMatchObject({ body: 'ya', headers: { connection: 'close' } });
    await expect.poll(() => fronts[0]?.connections(), patient).toBe(0);
    fronts[0]?.keep(true);
    expect((await ask(0, '/')).headers['connection']).toBe('keep-alive');
    expect(fronts[0]?.connections()).toBe(1);
  });
});

describe('the balancer', () => {
  it('spreads connections, skips who is down, and refuses when all are', async () => {
    const { balancer, fronts, up } = await serve(
      async () => text('uno'),
      async () => text('dos'),
    );
    const seen = [await call(balancer.port), await call(balancer.port)].map(({ body }) => body);
    expect(seen.sort()).toEqual(['dos', 'uno']);
    up[0] = false;
    fronts[0]?.close();
    expect([(await call(balancer.port)).body, (await call(balancer.port)).body]).toEqual(['dos', 'dos']);
    up[1] = false;
    await expect(call(balancer.port)).rejects.toThrow();
  });

  it('says that the port is taken', async () => {
    const { balancer } = await serve(who);
    const attempt = startBalancer(balancer.port, []);
    await expect(attempt).rejects.toThrow(PortTaken);
    await expect(attempt).rejects.toMatchObject({ port: balancer.port, code: 'EADDRINUSE' });
  });
});
