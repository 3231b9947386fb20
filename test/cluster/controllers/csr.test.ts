import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { signingRequestCleaner } from '../../../src/cluster/controllers/csr-cleaner.ts';
import { parseSigningRequest } from '../../../src/cluster/controllers/csr-request.ts';
import { signingController } from '../../../src/cluster/controllers/csr-signing.ts';
import { type Manager, startManager } from '../../../src/cluster/controllers/manager.ts';
import { bits, implicit, integer, oid, sequence, set, utf8 } from '../../../src/cluster/pki/der.ts';
import { ensurePki, type Pki } from '../../../src/cluster/pki/pki.ts';
import type { CertificateSigningRequest } from '../../../src/kube/api/certificates-v1.ts';
import { type TestServer, testServer } from '../../helpers/apiServer.ts';

const url = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
let folder: string;
let pki: Pki;
let t: TestServer;
let manager: Manager;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'curso-pki-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  t = await testServer();
  pki = await ensurePki(folder, t.clock);
  manager = startManager({
    transport: t.server.handle,
    controllers: [signingController, signingRequestCleaner],
    clock: t.clock,
    random: seededRandom(1),
    caPem: pki.caPem,
    issueToken: () => '',
    signClient: pki.signClient,
    trouble: (what, error) => expect(`${what} ${error}`).toBe(''),
  });
});
afterEach(() => manager.stop());

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A request as openssl makes them, unsigned: nobody checks that. */
function requestFor(commonName: string, ...organizations: readonly string[]): string {
  const attribute = (type: string, text: string) => set(sequence(oid(type), utf8(text)));
  const subject = sequence(
    ...organizations.map((one) => attribute('2.5.4.10', one)),
    attribute('2.5.4.3', commonName),
  );
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const info = sequence(integer(0), subject, key, implicit(0, Buffer.alloc(0)));
  const der = sequence(info, sequence(oid('1.2.840.10045.4.3.2')), bits(Buffer.alloc(8)));
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  return Buffer.from(pem).toString('base64');
}

async function ask(name: string, spec: object): Promise<void> {
  const answer = await t.send('POST', url, {
    body: {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: {
        request: requestFor('ana', 'panaderos'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['client auth'],
        ...spec,
      },
    },
  });
  expect(answer.code).toBe(201);
}
async function decide(name: string, type: string): Promise<void> {
  const { body } = await t.send('GET', `${url}/${name}`);
  const conditions = [{ type, status: 'True', reason: 'KubectlApprove' }];
  const answer = await t.send('PUT', `${url}/${name}/approval`, {
    body: { ...body, status: { conditions } },
  });
  expect(answer.code).toBe(200);
  await t.clock.advance(100);
}
const seen = async (name: string) =>
  (await t.send('GET', `${url}/${name}`)).body as unknown as CertificateSigningRequest;

describe('a request for a certificate', () => {
  it('is answered with one of the cluster’s authority when it is approved', async () => {
    await ask('ana', { expirationSeconds: 3600 });
    await t.clock.advance(1000);
    expect((await seen('ana')).status?.certificate).toBeUndefined();
    await decide('ana', 'Approved');
    const pem = Buffer.from((await seen('ana')).status?.certificate ?? '', 'base64');
    const certificate = new X509Certificate(pem);
    expect(certificate.subject).toBe('O=panaderos\nCN=ana');
    expect(certificate.verify(new X509Certificate(pki.caPem).publicKey)).toBe(true);
    expect(certificate.publicKey.equals(publicKey)).toBe(true);
    expect(Date.parse(certificate.validTo)).toBeLessThanOrEqual(t.clock.now() + 3_600_000);
  });

  it('is not when it is denied, of another signer, or nothing that can be read', async () => {
    await ask('negada', {});
    await ask('ajena', { signerName: 'obrador.example/firma' });
    const broken = '-----BEGIN CERTIFICATE REQUEST-----\nMIIC\n-----END CERTIFICATE REQUEST-----\n';
    await ask('rota', { request: Buffer.from(broken).toString('base64') });
    await decide('negada', 'Denied');
    await decide('ajena', 'Approved');
    await decide('rota', 'Approved');
    for (const name of ['negada', 'ajena', 'rota'])
      expect((await seen(name)).status?.certificate).toBeUndefined();
    expect(() => parseSigningRequest('bm8=')).toThrow('PEM block type');
  });

  it('fails when it asks for what the signer does not give', async () => {
    await ask('servidor', { usages: ['server auth'] });
    await ask('sin-uso', { usages: ['digital signature'] });
    await ask('kubelet', { signerName: 'kubernetes.io/kube-apiserver-client-kubelet' });
    const why: (string | undefined)[] = [];
    for (const name of ['servidor', 'sin-uso', 'kubelet']) {
      await decide(name, 'Approved');
      const failed = (await seen(name)).status?.conditions?.find(({ type }) => type === 'Failed');
      expect(failed?.reason).toBe('SignerValidationFailure');
      why.push(failed?.message);
    }
    expect(why).toEqual([
      'invalid usage for client certificate: server auth',
      'missing required usage for client certificate: client auth',
      'subject organization is not system:nodes',
    ]);
  });

  it('is taken away an hour after it was decided, and a day after it was asked', async () => {
    await ask('ana', {});
    await ask('nadie', {});
    await decide('ana', 'Approved');
    await t.clock.advance(2 * 3_600_000);
    expect((await t.send('GET', `${url}/ana`)).code).toBe(404);
    expect((await t.send('GET', `${url}/nadie`)).code).toBe(200);
    await t.clock.advance(24 * 3_600_000);
    expect((await t.send('GET', `${url}/nadie`)).code).toBe(404);
  });
});
