import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { type HttpRequest, NetworkError } from '../../../../../network/contract.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import type { Agreed, Exchange, Limits, Url } from './http.ts';

/** Whom a client believes, and what it shows of itself; PEM. */
export interface Trust {
  /** False: whoever answers is believed. */
  readonly verify: boolean;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * One exchange over TLS, real TLS over a connection of the simulated network. The answer's body comes as it is read with `rest`.
 * `connectMs` until TLS is there, `totalMs` for all of it.
 */
export function exchangeSecurely(
  sys: Syscalls,
  url: Url,
  /** Where to connect to, when it is not the URL's host. */
  address: string,
  request: HttpRequest,
  trust: Trust,
  limits: Limits,
): Promise<Exchange> {
  const startMs = sys.now();
  const abort = new AbortController();
  const made: { connection?: Duplex; agreed?: Agreed } = {};
  const failed = (code: Extract<Exchange, { kind: 'failed' }>['code'], why = ''): Exchange => {
    const agreed = made.agreed === undefined ? {} : { agreed: made.agreed };
    const reached = made.connection === undefined ? 'name' : 'connection';
    return { kind: 'failed', code, why, address, reached, ms: sys.now() - startMs, ...agreed };
  };
  const giveUp = () => {
    abort.abort();
    made.connection?.destroy();
  };
  return sys.block<Exchange>((done) => {
    let settled = false;
    const finish = (result: Exchange) => {
      if (settled) return;
      settled = true;
      if (result.kind === 'failed') {
        cancelTimer();
        giveUp();
      }
      done(result);
    };
    const late = { now: false };
    const limit = (ms: number | undefined) =>
      ms === undefined
        ? () => undefined
        : sys.after(ms, () => {
            late.now = true;
            finish(failed('TIMEOUT'));
            giveUp();
          });
    const cancelTotal = limit(limits.totalMs);
    const cancelConnect = limit(limits.connectMs);
    const cancelTimer = () => {
      cancelConnect();
      cancelTotal();
    };
    const talk = (connection: Duplex) => {
      made.connection = connection;
      sys.abortSignal().addEventListener('abort', giveUp, { once: true });
      connection.on('error', () => undefined);
      const secure = shakeHands(connection, url, trust);
      if (secure === undefined) return finish(failed('BADCA'));
      let sent: ClientRequest | undefined;
      secure.on('error', (error: NodeJS.ErrnoException) => finish(failed('TLS', tlsProblem(error))));
      secure.on('close', () =>
        finish(failed(sent === undefined ? 'TLS' : 'EMPTY', 'unexpected eof while reading')),
      );
      secure.once('secureConnect', () => {
        cancelConnect();
        made.agreed = agreedOn(secure);
        if (trust.verify && made.agreed.wrong !== undefined)
          return finish(failed('CERTIFICATE', made.agreed.wrong));
        sent = send(secure, request, (incoming) => {
          const { agreed } = made;
          const rest = bodyOf(
            sys,
            incoming,
            () => late.now,
            () => {
              cancelTimer();
              giveUp();
            },
          );
          finish({
            kind: 'response',
            response: {
              status: incoming.statusCode ?? 0,
              headers: headersOf(incoming),
              body: new Uint8Array(0),
            },
            ms: sys.now() - startMs,
            rest,
            ...(agreed === undefined ? {} : { agreed }),
          });
        });
        sent.on('error', () => finish(failed('EMPTY')));
      });
    };
    sys.net.connect(address, url.port, abort.signal).then(talk, (error: unknown) => {
      finish(failed(error instanceof NetworkError ? error.code : 'ECONNRESET'));
    });
    return () => {
      cancelTimer();
      giveUp();
    };
  });
}

/** Undefined: the authorities, or the own certificate, are none. */
function shakeHands(connection: Duplex, { host }: Url, trust: Trust): TLSSocket | undefined {
  const options: ConnectionOptions = {
    socket: connection,
    host,
    // Nobody believes an authority that it was not given: there are none of the world's here.
    ca: trust.ca ?? [],
    rejectUnauthorized: false,
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(trust.certificate === undefined ? {} : { cert: trust.certificate }),
    ...(trust.key === undefined ? {} : { key: trust.key }),
  };
  try {
    return connect(options);
  } catch {
    return undefined;
  }
}

function send(
  secure: TLSSocket,
  request: HttpRequest,
  answered: (incoming: IncomingMessage) => void,
): ClientRequest {
  const { body, method, path, headers } = request;
  const sent = httpRequest(
    { createConnection: () => secure, method, path, headers, setHost: false },
    answered,
  );
  sent.end(body);
  return sent;
}

/** Pieces as they come; undefined: that was all. */
function bodyOf(
  sys: Syscalls,
  incoming: IncomingMessage,
  isLate: () => boolean,
  end: () => void,
): () => Promise<Uint8Array | 'broken' | 'late' | undefined> {
  const pieces: Uint8Array[] = [];
  let wake: () => void = () => undefined;
  incoming.on('data', (piece: Buffer) => {
    pieces.push(piece);
    incoming.pause();
    wake();
  });
  for (const event of ['end', 'close', 'error']) incoming.on(event, () => wake());
  return async () => {
    for (;;) {
      const piece = pieces.shift();
      if (piece !== undefined) return piece;
      if (incoming.complete && incoming.readableEnded) {
        end();
        return undefined;
      }
      if (incoming.destroyed) {
        end();
        return isLate() ? 'late' : incoming.complete ? undefined : 'broken';
      }
      await sys.block<void>((done) => {
        wake = done;
        incoming.resume();
        return end;
      });
    }
  };
}

function headersOf(incoming: IncomingMessage): { readonly [name: string]: string } {
  const entries = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(entries);
}

function agreedOn(secure: TLSSocket): Agreed {
  const { subject, issuer, valid_from: from, valid_to: until } = secure.getPeerCertificate();
  const named = (name: object) =>
    Object.entries(name)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join('; ');
  const code = secure.authorizationError as unknown;
  return {
    protocol: secure.getProtocol() ?? '',
    cipher: secure.getCipher().name,
    subject: named(subject),
    issuer: named(issuer),
    from,
    until,
    wrong: secure.authorized ? undefined : (certificateProblems.get(String(code)) ?? String(code)),
  };
}

const noIssuer = 'unable to get local issuer certificate';
/** By OpenSSL's constants. Ours sends its authority along; a client that does not know it has not found the issuer. */
const certificateProblems: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', noIssuer],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', noIssuer],
  ['UNABLE_TO_GET_ISSUER_CERT', noIssuer],
  ['SELF_SIGNED_CERT_IN_CHAIN', noIssuer],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
  ['CERT_HAS_EXPIRED', 'certificate has expired'],
  ['CERT_NOT_YET_VALID', 'certificate is not yet valid'],
  ['CERT_SIGNATURE_FAILURE', 'certificate signature failure'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'name'],
]);

function tlsProblem({ code = '' }: NodeJS.ErrnoException): string {
  // Whoever answers in plain text: its first bytes are read as the head of a record.
  if (/WRONG_VERSION|PACKET_LENGTH|EPROTO/.test(code))
    return 'error:0A0000C6:SSL routines::packet length too long';
  return 'unexpected eof while reading';
}
