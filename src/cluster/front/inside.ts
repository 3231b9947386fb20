import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Pki } from '../pki/pki.ts';

/** Every TLS record of a client's first words starts so. */
const handshakeRecord = 0x16;
const handshakeMs = 20_000;
/** Go's net/http, to whoever forgets the `s`. */
const notTls = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';

/** Connections of the cluster's own network: no sockets, so that Node's HTTPS server does not do TLS with them by itself. */
export interface InsideTls {
  /** `secured` gets it once TLS is there; before that, nothing is made for a connection that says nothing. */
  accept(connection: Duplex, secured: (socket: TLSSocket) => void): void;
}

export function createInsideTls(pki: Pki, clock: Clock): InsideTls {
  let context: SecureContext | undefined;
  return {
    accept(connection, secured) {
      const tooLate = clock.after(handshakeMs, () => connection.destroy());
      connection.once('close', tooLate);
      connection.once('data', (first: Buffer) => {
        connection.pause();
        if (first[0] !== handshakeRecord) {
          tooLate();
          connection.end(notTls);
          connection.resume();
          return;
        }
        connection.unshift(first);
        context ??= createSecureContext({
          key: pki.server.key,
          cert: pki.server.certificate,
          ca: pki.caPem,
          minVersion: 'TLSv1.2',
        });
        const socket = new TLSSocket(connection, {
          isServer: true,
          secureContext: context,
          requestCert: true,
          rejectUnauthorized: false,
        });
        // A handshake that fails is the client's affair: it sees its own error.
        socket.once('error', () => connection.destroy());
        socket.once('secure', () => {
          tooLate();
          socket.authorized = isOurs(socket.getPeerX509Certificate(), pki, clock);
          secured(socket);
        });
      });
    },
  };
}

/** What `tls.Server` finds out about its own sockets. */
function isOurs(certificate: X509Certificate | undefined, { caPem }: Pki, clock: Clock): boolean {
  if (certificate === undefined) return false;
  const now = clock.now();
  return (
    certificate.verify(new X509Certificate(caPem).publicKey) &&
    Date.parse(certificate.validFrom) <= now &&
    now <= Date.parse(certificate.validTo)
  );
}
