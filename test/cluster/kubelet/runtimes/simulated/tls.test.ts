import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../../src/base/clock.ts';
import { createHttpFront, type HttpFront } from '../../../../../src/cluster/front/http-front.ts';
import { ensurePki, type Pki } from '../../../../../src/cluster/pki/pki.ts';
import { type Started, simulatedWorld } from './world.ts';

let folder: string;
let front: HttpFront;
let other: Pki;
const containers = new Map<string, Started>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'curso-tls-'));
  const pki = await ensurePki(path.join(folder, 'one'), systemClock);
  other = await ensurePki(path.join(folder, 'other'), systemClock);
  front = createHttpFront({
    handle: async ({ headers }) => ({
      status: headers['authorization'] === 'Bearer good' ? 200 : 403,
      headers: { 'content-type': 'text/plain' },
      body: { kind: 'bytes', bytes: `${headers['user-agent']}\n` },
    }),
    pki,
    maxBodyBytes: 1000,
  });
  const world = await simulatedWorld();
  const server = world.network.attach({
    node: 'master-1',
    namespace: '',
    name: 'kubernetes.default',
    uid: '',
    resolver: { nameservers: [], searches: [], ndots: 1 },
  });
  server.listen(443, { kind: 'bytes', accept: (connection, { ip }) => front.acceptInside(connection, ip) });
  world.network.names.set('pan.example', server.ip);
  for (const image of [
    'docker.io/curlimages/curl:8.16.0',
    'docker.io/library/alpine:3.22',
    'docker.io/library/busybox:1.37',
  ]) {
    const started = await world.run(image, { command: ['sleep', 'infinity'] });
    await started.exec(['sh', '-c', 'cat > /tmp/ca.crt'], pki.caPem);
    await started.exec(['sh', '-c', 'cat > /tmp/other.crt'], other.caPem);
    containers.set(/(\w+):/.exec(image)?.[1] ?? '', started);
  }
});
afterAll(async () => {
  front.close();
  await rm(folder, { recursive: true, force: true });
});

const sh = async (image: string, script: string) => {
  const { out, err, code } = (await containers.get(image)?.exec(['sh', '-c', script])) ?? {};
  return { out, err, code };
};
const url = 'https://kubernetes.default/x';
const advice = [
  'More details here: https://curl.se/docs/sslcerts.html\n\n',
  'curl failed to verify the legitimacy of the server and therefore could not\n',
  'establish a secure connection to it. To learn more about this situation and\n',
  'how to fix it, please visit the webpage mentioned above.\n',
].join('');

describe('curl over TLS', () => {
  it('believes the authority it is given', async () => {
    const asked = `curl -s --cacert /tmp/ca.crt -w '%{http_code}' ${url}`;
    expect(await sh('curl', asked)).toEqual({ out: 'curl/8.16.0\n403', err: '', code: 0 });
    expect(await sh('curl', `${asked} -H 'Authorization: Bearer good'`)).toMatchObject({
      out: 'curl/8.16.0\n200',
    });
  });

  it('believes nobody by itself, nor another authority, and anybody with -k', async () => {
    const refused = {
      out: '',
      err: `curl: (60) SSL certificate problem: unable to get local issuer certificate\n${advice}`,
      code: 60,
    };
    expect(await sh('curl', `curl ${url}`)).toEqual(refused);
    expect(await sh('curl', `curl -sS ${url}`)).toEqual(refused);
    expect(await sh('curl', `curl --cacert /tmp/other.crt ${url}`)).toMatchObject({ out: '', code: 60 });
    expect(await sh('curl', `curl -sk ${url}`)).toMatchObject({ out: 'curl/8.16.0\n', code: 0 });
  });

  it('tells a name that is not in the certificate, and files that hold none', async () => {
    expect(await sh('curl', 'curl --cacert /tmp/ca.crt https://pan.example')).toEqual({
      out: '',
      err: `curl: (60) SSL: no alternative certificate subject name matches target host name 'pan.example'\n${advice}`,
      code: 60,
    });
    expect(await sh('curl', `curl --cacert /nowhere ${url}`)).toEqual({
      out: '',
      err: 'curl: (77) error adding trust anchors from file: /nowhere\n',
      code: 77,
    });
  });
});

describe('wget over TLS', () => {
  it('of busybox believes everybody, and says so', async () => {
    const script = `wget -qO- --header 'Authorization: Bearer good' ${url}`;
    expect(await sh('busybox', script)).toEqual({
      out: 'Wget\n',
      err: 'wget: note: TLS certificate validation not implemented\n',
      code: 0,
    });
    expect(await sh('busybox', script.replace('wget', 'wget --no-check-certificate'))).toEqual({
      out: 'Wget\n',
      err: '',
      code: 0,
    });
  });

  it('of Alpine asks a helper that does not', async () => {
    const script = `wget -qO- --header 'Authorization: Bearer good' ${url}`;
    expect(await sh('alpine', script)).toEqual({
      out: '',
      err: 'ssl_client: kubernetes.default: certificate verification failed: unable to get local issuer certificate\nwget: error getting response: Connection reset by peer\n',
      code: 1,
    });
    expect(await sh('alpine', script.replace('wget', 'wget --no-check-certificate'))).toMatchObject({
      out: 'Wget\n',
      code: 0,
    });
  });
});
