import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { readText, writeText } from '../../base/files.ts';
import type { Owner } from '../../base/platform.ts';
import { issueCertificate, makeKeyPair, privateKeyPem } from './x509.ts';

/** The cluster's own keys and certificates, made on the first start and kept in `folder` (mode 0600 each). */
export interface Pki {
  readonly caPem: string;
  readonly server: { readonly certificate: string; readonly key: string };
  /** CN kubernetes-admin, group system:masters. */
  readonly admin: { readonly certificate: string; readonly key: string };
  /** Signs ServiceAccount tokens (ES256). */
  readonly serviceAccountKey: KeyObject;
  /** A certificate signed by this authority for a client, as PEM. `notAfter` in milliseconds. */
  signClient(
    commonName: string,
    organizations: readonly string[],
    publicKey: KeyObject,
    notAfter: number,
  ): string;
}

/** The folder cannot be read or written. `message` is Spanish. */
export class PkiError extends Error {}

const dayMs = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
const leafDays = 365;
/** A certificate is made anew when it has less than this left. */
const renewDays = 30;
const authorityName = 'curso-k8s';

const mostMasters = 5;

/** Where a master is in the cluster's network. `at` counts from 0. */
export const masterAddress = (at: number): string => `192.168.0.${2 + at}`;

/** What a client may call the server by. Loopback, and the names and addresses that Pods know. */
export const serverNames: readonly string[] = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '127.0.0.1',
  '::1',
  '10.0.0.1',
  ...Array.from({ length: mostMasters }, (_, at) => masterAddress(at)),
];

/**
 * Reads what is there and makes what is missing, damaged, about to expire, without a name it should have or not signed by this
 * authority. A new authority makes everything else anew. Rejects with `PkiError`.
 */
export async function ensurePki(folder: string, clock: Clock, owner?: Owner): Promise<Pki> {
  const now = clock.now();
  const files = { folder, owner };
  let fresh = false;
  let authority = await readPair(files, 'ca');
  if (authority === undefined || !lastsLonger(authority.certificate, now)) {
    const keys = makeKeyPair();
    const certificate = issueCertificate(
      {
        commonName: authorityName,
        use: 'authority',
        notBefore: now - dayMs,
        notAfter: now + authorityDays * dayMs,
        publicKey: keys.publicKey,
      },
      { commonName: authorityName, ...keys },
    );
    authority = await writePair(files, 'ca', certificate, keys.privateKey);
    fresh = true;
  }
  const issuer = {
    commonName: authorityName,
    privateKey: authority.key,
    publicKey: createPublicKey(authority.key),
  };
  const leaf = async (
    name: string,
    subject: { commonName: string; organizations?: string[]; names?: string[] },
  ) => {
    const found = fresh ? undefined : await readPair(files, name);
    if (
      found !== undefined &&
      lastsLonger(found.certificate, now) &&
      found.certificate.verify(issuer.publicKey) &&
      hasNames(found.certificate, subject.names ?? [])
    )
      return found;
    const keys = makeKeyPair();
    const certificate = issueCertificate(
      {
        ...subject,
        use: name === 'apiserver' ? 'server' : 'client',
        notBefore: now - dayMs,
        notAfter: now + leafDays * dayMs,
        publicKey: keys.publicKey,
      },
      issuer,
    );
    return writePair(files, name, certificate, keys.privateKey);
  };
  const server = await leaf('apiserver', { commonName: 'kube-apiserver', names: [...serverNames] });
  const admin = await leaf('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'] });
  return {
    caPem: authority.certificate.toString(),
    server: { certificate: server.certificate.toString(), key: privateKeyPem(server.key) },
    admin: { certificate: admin.certificate.toString(), key: privateKeyPem(admin.key) },
    serviceAccountKey: await serviceAccountKey(files),
    signClient: (commonName, organizations, publicKey, notAfter) =>
      issueCertificate(
        {
          commonName,
          organizations,
          use: 'client',
          notBefore: clock.now() - 5 * 60_000,
          notAfter,
          publicKey,
        },
        issuer,
      ),
  };
}

interface Files {
  readonly folder: string;
  readonly owner: Owner | undefined;
}

interface Pair {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

const maxBytes = 64 * 1024;

/** Undefined when either file is missing or damaged, or they do not belong together. */
async function readPair({ folder }: Files, name: string): Promise<Pair | undefined> {
  const certificateText = await read(path.join(folder, `${name}.crt`));
  const keyText = await read(path.join(folder, `${name}.key`));
  if (certificateText === undefined || keyText === undefined) return undefined;
  try {
    const certificate = new X509Certificate(certificateText);
    const key = createPrivateKey(keyText);
    return certificate.checkPrivateKey(key) ? { certificate, key } : undefined;
  } catch {
    return undefined;
  }
}

async function read(file: string): Promise<string | undefined> {
  const result = await readText(file, maxBytes);
  if (result.state === 'unreadable') throw new PkiError(`no se puede leer ${file}: ${result.why}`);
  return result.state === 'read' ? result.value : undefined;
}

async function write({ folder, owner }: Files, name: string, text: string): Promise<void> {
  const file = path.join(folder, name);
  const result = await writeText(file, text, owner);
  if (!result.kept) throw new PkiError(`no se puede escribir ${file}: ${result.why}`);
}

/** The key goes first: a certificate without its key would only be made again. */
async function writePair(files: Files, name: string, certificate: string, key: KeyObject): Promise<Pair> {
  await write(files, `${name}.key`, privateKeyPem(key));
  await write(files, `${name}.crt`, certificate);
  return { certificate: new X509Certificate(certificate), key };
}

async function serviceAccountKey(files: Files): Promise<KeyObject> {
  const text = await read(path.join(files.folder, 'sa.key'));
  if (text !== undefined) {
    try {
      return createPrivateKey(text);
    } catch {
      // Damaged: old tokens stop working, as they would after a rotation.
    }
  }
  const { privateKey } = makeKeyPair();
  await write(files, 'sa.key', privateKeyPem(privateKey));
  return privateKey;
}

function lastsLonger(certificate: X509Certificate, now: number): boolean {
  return (
    Date.parse(certificate.validTo) - now > renewDays * dayMs && Date.parse(certificate.validFrom) <= now
  );
}

/** One that an earlier version made may lack some. */
function hasNames(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)));
}
