import http from 'node:http';
import type { Duplex } from 'node:stream';
import { type HttpRequest, type HttpResponse, NetworkError } from '../contract.ts';

/** A body that is larger is refused (413), or ends the exchange. */
const maxBodyBytes = 16 * 1024 * 1024;

/** What the parser writes itself, or that only makes sense on one connection. */
const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

type Handle = (request: HttpRequest, signal: AbortSignal) => HttpResponse | Promise<HttpResponse>;

/**
 * Lets a server of messages answer on connections of bytes, with Node's parser; it never listens. Each connection may carry
 * many requests, one after the other.
 */
export function serveOverBytes(handle: Handle): (connection: Duplex, peerIp: string) => void {
  const peers = new WeakMap<object, string>();
  // No real time here: what waits, waits on the cluster's clock.
  const options = { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, insecureHTTPParser: false };
  const server = http.createServer(options, (incoming, outgoing) => {
    void answer(handle, incoming, outgoing, peers.get(incoming.socket) ?? '');
  });
  // A client may end its half once it has asked (`printf … | nc`); one that is gone closes the connection.
  Object.assign(server, { httpAllowHalfOpen: true });
  return (connection, peerIp) => {
    peers.set(connection, peerIp);
    server.emit('connection', connection);
  };
}

async function answer(
  handle: Handle,
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  peerIp: string,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort(new NetworkError('ECONNRESET', peerIp)));
  outgoing.on('error', () => undefined);
  outgoing.sendDate = false;
  try {
    const body = await readBody(incoming);
    if (body === undefined) {
      outgoing.writeHead(413, { connection: 'close' });
      outgoing.end();
      return;
    }
    const response = await handle(
      {
        method: incoming.method ?? 'GET',
        path: incoming.url ?? '/',
        headers: plainHeaders(incoming),
        ...(body.length === 0 ? {} : { body }),
        peerIp,
      },
      gone.signal,
    );
    if (outgoing.destroyed) return;
    const bodiless = response.status === 204 || response.status === 304;
    const length = bodiless ? {} : { 'content-length': response.body.length };
    outgoing.writeHead(response.status, asWritten({ ...endToEnd(response.headers), ...length }));
    outgoing.end(incoming.method === 'HEAD' ? undefined : response.body);
  } catch {
    // Whoever serves failed, or said something that is no HTTP: the connection ends, as when a program crashes.
    outgoing.destroy();
  }
}

/** One exchange over a connection of its own. Rejects with `NetworkError` `ECONNRESET`, or with the signal's reason. */
export function exchangeOverBytes(
  connection: Duplex,
  address: string,
  request: HttpRequest,
  signal?: AbortSignal,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    connection.once('error', () => undefined);
    const fail = (error: unknown) => {
      signal?.removeEventListener('abort', onAbort);
      connection.destroy();
      reject(error);
    };
    const onAbort = () => fail(signal?.reason);
    if (signal?.aborted) return fail(signal.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const broken = (why: string) => new NetworkError('ECONNRESET', address, `ECONNRESET ${address}: ${why}`);
    const send = () =>
      http.request(
        {
          createConnection: () => connection,
          method: request.method,
          path: request.path,
          headers: { ...endToEnd(request.headers), 'content-length': request.body?.length ?? 0 },
          setHost: false,
        },
        (incoming) => {
          void readBody(incoming).then(
            (body) => {
              if (body === undefined) return fail(broken('the answer is too large'));
              signal?.removeEventListener('abort', onAbort);
              connection.destroy();
              resolve({ status: incoming.statusCode ?? 0, headers: plainHeaders(incoming), body });
            },
            () => fail(broken('the answer broke off')),
          );
        },
      );
    let outgoing: http.ClientRequest;
    try {
      outgoing = send();
    } catch {
      return fail(broken('that is no HTTP request'));
    }
    outgoing.on('error', (error) =>
      fail(error instanceof NetworkError ? error : broken(error.message || 'no HTTP was answered')),
    );
    outgoing.end(request.body);
  });
}

/** Undefined: too large. Rejects when it breaks off. */
async function readBody(message: http.IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of message) {
    size += (part as Buffer).length;
    if (size > maxBodyBytes) return undefined;
    parts.push(part as Buffer);
  }
  if (!message.complete) throw new Error('it broke off');
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

function plainHeaders(message: http.IncomingMessage): { readonly [name: string]: string } {
  const entries = Object.entries(message.headers).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(entries);
}

function endToEnd(headers: HttpResponse['headers']): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !connectionHeaders.has(name.toLowerCase())),
  );
}

/** Names as servers write them on the wire, `Content-Type`: messages have them in lower case. */
function asWritten(headers: { readonly [name: string]: string | number }): {
  readonly [name: string]: string | number;
} {
  const entries = Object.entries(headers).map(([name, value]): [string, string | number] => [
    unusualNames.get(name) ?? name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries);
}

const unusualNames: ReadonlyMap<string, string> = new Map([
  ['etag', 'ETag'],
  ['www-authenticate', 'WWW-Authenticate'],
]);
