import { TLSSocket } from 'node:tls';
import type { Identity } from '../../kube/transport.ts';

const identities = new WeakMap<object, Identity | 'bad' | 'none'>();

/** The subject of a certificate of our own authority: CN is the user, each O a group. Looked up once a connection. */
export function certificateIdentity(socket: unknown): Identity | 'bad' | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  let known = identities.get(socket);
  if (known === undefined) {
    known = lookAtCertificate(socket);
    identities.set(socket, known);
  }
  return known === 'none' ? undefined : known;
}

function lookAtCertificate(socket: TLSSocket): Identity | 'bad' | 'none' {
  const certificate = socket.getPeerCertificate();
  if (certificate === null || Object.keys(certificate).length === 0) return 'none';
  if (!socket.authorized) return 'bad';
  const subject = certificate.subject as unknown as { CN?: string | string[]; O?: string | string[] };
  const list = (value: string | string[] | undefined) =>
    value === undefined ? [] : Array.isArray(value) ? value : [value];
  const name = list(subject.CN)[0];
  if (name === undefined || name === '') return 'bad';
  return {
    name,
    groups: list(subject.O),
    extra: {
      'authentication.kubernetes.io/credential-id': [
        `X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`,
      ],
    },
    via: 'X509',
  };
}
