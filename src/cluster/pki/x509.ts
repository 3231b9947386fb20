import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, boolean, explicit, implicit, integer, octets, oid, sequence, set, time, utf8 } from './der.ts';

/** Issuing X.509 v3 certificates with ECDSA P-256 keys (RFC 5280), which node:crypto cannot do. */

export interface CertificateRequest {
  readonly commonName: string;
  /** Kubernetes reads them as groups. */
  readonly organizations?: readonly string[];
  readonly use: 'authority' | 'server' | 'client';
  /** DNS names and IP addresses. */
  readonly names?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: KeyObject;
}

export interface Issuer {
  readonly commonName: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function makeKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The certificate as PEM. An authority signs itself when `issuer` holds its own key. */
export function issueCertificate(request: CertificateRequest, issuer: Issuer): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const body = sequence(
    explicit(0, integer(2)), // v3
    integer(serialNumber(request)),
    algorithm,
    distinguishedName(issuer.commonName, []),
    sequence(time(request.notBefore), time(request.notAfter)),
    distinguishedName(request.commonName, request.organizations ?? []),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(request, issuer))),
  );
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, issuer.privateKey)));
  return pem('CERTIFICATE', certificate);
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Unlike for every key and start; the key is random, so nobody can guess it. */
function serialNumber(request: CertificateRequest): Buffer {
  const bytes = createHash('sha256')
    .update(request.publicKey.export({ type: 'spki', format: 'der' }))
    .update(`${request.commonName} ${request.notBefore}`)
    .digest()
    .subarray(0, 16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40; // positive, and always of the same length
  return bytes;
}

function distinguishedName(commonName: string, organizations: readonly string[]): Buffer {
  const attribute = (type: string, text: string) => set(sequence(oid(type), utf8(text)));
  return sequence(
    ...organizations.map((organization) => attribute('2.5.4.10', organization)),
    attribute('2.5.4.3', commonName),
  );
}

function extensions(request: CertificateRequest, issuer: Issuer): readonly Buffer[] {
  const extension = (type: string, critical: boolean, content: Buffer) =>
    sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(content));
  const authority = request.use === 'authority';
  const list = [
    extension('2.5.29.19', true, authority ? sequence(boolean(true)) : sequence()),
    // digitalSignature + keyCertSign, or digitalSignature + keyEncipherment
    extension('2.5.29.15', true, bits(Buffer.from([authority ? 0x84 : 0xa0]), authority ? 2 : 5)),
    extension('2.5.29.14', false, octets(keyIdentifier(request.publicKey))),
    extension('2.5.29.35', false, sequence(implicit(0, keyIdentifier(issuer.publicKey)))),
  ];
  if (!authority) {
    const purpose = request.use === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2';
    list.push(extension('2.5.29.37', false, sequence(oid(purpose))));
  }
  const names = request.names ?? [];
  if (names.length > 0) list.push(extension('2.5.29.17', false, sequence(...names.map(generalName))));
  return list;
}

function generalName(name: string): Buffer {
  const family = isIP(name);
  if (family === 0) return implicit(2, Buffer.from(name, 'latin1'));
  if (family === 4) return implicit(7, Buffer.from(name.split('.').map(Number)));
  return implicit(7, ipv6Bytes(name));
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const all =
    tail === undefined ? front : [...front, ...Array(8 - front.length - back.length).fill(0), ...back];
  const bytes = Buffer.alloc(16);
  for (const [i, group] of all.entries()) bytes.writeUInt16BE(group, i * 2);
  return bytes;
}

/** SHA-1 of the public key's bits, the usual method of RFC 5280 §4.2.1.2; an identifier, not a protection. */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}
