import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensurePki, PkiError } from '../../../src/cluster/pki/pki.ts';
import { makeKeyPair } from '../../../src/cluster/pki/x509.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';

const day = 24 * 60 * 60 * 1000;
const start = Date.parse('2026-11-23T10:00:00Z');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'curso-pki-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the keys of the cluster', () => {
  it('are made once, private to the user, and found again', async () => {
    const clock = new FakeClock(start);
    const first = await ensurePki(folder, clock);
    const again = await ensurePki(folder, clock);
    expect(again.caPem).toBe(first.caPem);
    expect(again.server).toEqual(first.server);
    expect(again.admin).toEqual(first.admin);
    for (const file of await readdir(folder)) {
      expect((await stat(path.join(folder, file))).mode & 0o077, file).toBe(0);
    }
  });

  it('form certificates that say who and for what', async () => {
    const pki = await ensurePki(folder, new FakeClock(start));
    const authority = new X509Certificate(pki.caPem);
    const server = new X509Certificate(pki.server.certificate);
    const admin = new X509Certificate(pki.admin.certificate);
    expect(authority.ca).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBeDefined();
    expect(server.checkIP('192.0.2.1')).toBeUndefined();
    expect(server.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(admin.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(admin.subject).toBe('O=system:masters\nCN=kubernetes-admin');
    expect(Date.parse(server.validTo) - start).toBe(365 * day);
  });

  it('sign a certificate for somebody else', async () => {
    const pki = await ensurePki(folder, new FakeClock(start));
    const { publicKey } = makeKeyPair();
    const certificate = new X509Certificate(
      pki.signClient('ana', ['panaderas', 'turno'], publicKey, start + day),
    );
    expect(certificate.subject).toBe('O=panaderas\nO=turno\nCN=ana');
    expect(certificate.verify(new X509Certificate(pki.caPem).publicKey)).toBe(true);
    expect(certificate.publicKey.equals(publicKey)).toBe(true);
  });

  it('are made again when they are about to expire, with the same authority', async () => {
    const before = await ensurePki(folder, new FakeClock(start));
    const after = await ensurePki(folder, new FakeClock(start + 340 * day));
    expect(after.caPem).toBe(before.caPem);
    expect(after.admin.certificate).not.toBe(before.admin.certificate);
    expect(createPublicKey(after.serviceAccountKey).equals(createPublicKey(before.serviceAccountKey))).toBe(
      true,
    );
  });

  it('are made again when a file is damaged, or its key is another', async () => {
    const before = await ensurePki(folder, new FakeClock(start));
    await writeFile(path.join(folder, 'admin.key'), await readFile(path.join(folder, 'apiserver.key')));
    await writeFile(path.join(folder, 'apiserver.crt'), 'nada');
    const after = await ensurePki(folder, new FakeClock(start));
    expect(after.caPem).toBe(before.caPem);
    expect(
      new X509Certificate(after.admin.certificate).verify(new X509Certificate(after.caPem).publicKey),
    ).toBe(true);
    expect(after.server.certificate).not.toBe(before.server.certificate);
  });

  it('all change with the authority', async () => {
    const before = await ensurePki(folder, new FakeClock(start));
    await rm(path.join(folder, 'ca.key'));
    const after = await ensurePki(folder, new FakeClock(start));
    expect(after.caPem).not.toBe(before.caPem);
    expect(
      new X509Certificate(after.server.certificate).verify(new X509Certificate(after.caPem).publicKey),
    ).toBe(true);
  });

  it('say in Spanish why the folder does not serve', async () => {
    const file = path.join(folder, 'archivo');
    await writeFile(file, '');
    await expect(ensurePki(path.join(file, 'pki'), new FakeClock(start))).rejects.toThrow(PkiError);
    await expect(ensurePki(path.join(file, 'pki'), new FakeClock(start))).rejects.toThrow(
      /no se puede escribir .*ca\.key/,
    );
  });
});
