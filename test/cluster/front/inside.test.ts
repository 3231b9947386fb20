import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createHttpFront } from '../../../src/cluster/front/http-front.ts';
import { ensurePki, type Pki } from '../../../src/cluster/pki/pki.ts';
import type { ApiRequest, ApiResponse } from '../../../src/kube/transport.ts';
import { duplexPair } from '../../helpers/duplexPair.ts';

let folder: string;
let pki: Pki;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'curso-inside-'));
  pki = await ensurePki(folder, systemClock);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const who = async ({ identity, remoteAddress, headers }: ApiRequest): Promise<ApiResponse> => ({
  status: 200,
  headers: {},
  body: {
    kind: 'bytes',
    bytes: JSON.stringify({ name: identity?.name, remoteAddress, host: headers['host'] }),
  },
});

/** One end of a connection into the front, as if from a Pod. */
function knock(): Duplex {
  const front = createHttpFront({ handle: who, pki, maxBodyBytes: 1000 });
  closers.push(() => front.close());
  const [here, there] = duplexPair();
  front.acceptInside(there, '10.244.1.7');
  return here;
}

function ask(options: tls.ConnectionOptions, host = 'kubernetes.default.svc'): Promise<string> {
  const socket = tls.connect({ socket: knock(), ca: pki.caPem, servername: host, host, ...options });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    const request = http.get({ createConnection: () => socket, path: '/', headers: { host } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}

describe('the API server from inside the cluster', () => {
  it('answers to every name that Pods know it by, and knows who calls', async () => {
    for (const host of ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc.cluster.local'])
      expect(JSON.parse(await ask({}, host))).toEqual({ remoteAddress: '10.244.1.7', host });
    expect(JSON.parse(await ask({ checkServerIdentity: () => undefined }, 'pan.example'))).toMatchObject({
      host: 'pan.example',
    });
  });

  it('takes certificates of its own authority, and no others', async () => {
    const { certificate: cert, key } = pki.admin;
    expect(JSON.parse(await ask({ cert, key }))).toMatchObject({ name: 'kubernetes-admin' });
    const other = await ensurePki(await mkdtemp(path.join(folder, 'other-')), systemClock);
    const refused = await ask({ cert: other.admin.certificate, key: other.admin.key });
    expect(JSON.parse(refused)).toMatchObject({ code: 401 });
  });

  it('is not believed by whoever has another authority, nor under a name that is not its own', async () => {
    await expect(ask({ ca: [] })).rejects.toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    await expect(ask({}, 'pan.example')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('tells whoever forgets the s, as Go does', async () => {
    const connection = knock();
    connection.write('GET / HTTP/1.1\r\nHost: kubernetes\r\n\r\n');
    let text = '';
    for await (const chunk of connection) text += chunk;
    expect(text).toBe('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
  });
});
