import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ApiRequest, ApiResponse, Identity, RequestBody, Transport } from '../../kube/transport.ts';
import type { Pki } from '../pki/pki.ts';
import { sendResponse } from './response.ts';

/** HTTPS in front of one API server: bytes and certificates on one side, a Transport on the other. Opens no port itself. */
export interface HttpFront {
  /** Takes a connection that somebody else accepted (the balancer), before any byte of it was read. */
  accept(socket: Socket): void;
  /** Ends every connection at once, as a killed process would. */
  close(): void;
  /** How many connections there are. */
  connections(): number;
}

export interface HttpFrontOptions {
  readonly handle: Transport;
  readonly pki: Pki;
  /** Bodies are read up to here, and one byte more, so that the API server can refuse them. */
  readonly maxBodyBytes: number;
}

const connectionLimit = 2_000;

export function createHttpFront(options: HttpFrontOptions): HttpFront {
  const sockets = new Set<Socket>();
  const server: Server = createServer(
    {
      key: options.pki.server.key,
      cert: options.pki.server.certificate,
      ca: options.pki.caPem,
      requestCert: true,
      // Whoever has no certificate may have a token; the API server decides.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      keepAlive: true,
      noDelay: true,
      requestTimeout: 60_000,
      headersTimeout: 20_000,
      keepAliveTimeout: 120_000,
    },
    (request, response) => {
      void answer(options, request, response);
    },
  );
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void upgrade(options, request, socket, head);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  // A handshake that fails is the client's affair: it sees its own error.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return {
    accept(socket) {
      if (sockets.size >= connectionLimit) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
      server.emit('connection', socket);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
    connections: () => sockets.size,
  };
}

async function answer(
  options: HttpFrontOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const control = new LazyAbort();
  response.on('close', () => control.abort());
  response.on('error', () => control.abort());
  try {
    const body = await readBody(message, options.maxBodyBytes);
    const answered = await handle(options, message, control, body);
    if (body !== undefined && body.length > options.maxBodyBytes) response.shouldKeepAlive = false;
    await sendResponse(message, response, answered, control);
  } catch {
    // The client went away while it was sending.
    response.destroy();
  }
}

async function handle(
  options: HttpFrontOptions,
  message: IncomingMessage,
  control: LazyAbort,
  bytes: Buffer | undefined,
): Promise<ApiResponse> {
  const identity = certificateIdentity(message.socket);
  if (identity === 'bad') return refusedCertificate;
  const body: RequestBody | undefined = bytes === undefined ? undefined : { kind: 'bytes', bytes };
  const request: ApiRequest = {
    method: message.method ?? 'GET',
    url: message.url ?? '/',
    headers: headersOf(message),
    ...(body === undefined ? {} : { body }),
    ...(identity === undefined ? {} : { identity }),
    get signal() {
      return control.signal;
    },
    ...(message.socket.remoteAddress === undefined ? {} : { remoteAddress: message.socket.remoteAddress }),
  };
  return options.handle(request);
}

const refusedCertificate: ApiResponse = {
  status: 401,
  headers: { 'content-type': 'application/json' },
  body: {
    kind: 'bytes',
    bytes:
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n',
  },
};

/** Node joins repeated headers with commas, which a group's name may contain: those of impersonation stay apart. */
function headersOf(message: IncomingMessage): ApiRequest['headers'] {
  const { headers } = message;
  for (const name of Object.keys(headers)) {
    if (!name.startsWith('impersonate-')) continue;
    const apart: { [name: string]: string | string[] | undefined } = { ...headers };
    for (const [key, values] of Object.entries(message.headersDistinct)) {
      if (key.startsWith('impersonate-')) apart[key] = values;
    }
    return apart;
  }
  return headers;
}

/** Resolves with undefined without a body; never with more than `limit + 1` bytes. Rejects when the client goes away. */
function readBody(message: IncomingMessage, limit: number): Promise<Buffer | undefined> | undefined {
  const { headers } = message;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return undefined;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      if (size > limit) return; // read and forgotten, so that the refusal reaches the client
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) resolve(Buffer.concat(chunks).subarray(0, limit + 1));
    });
    message.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    message.on('error', reject);
    message.on('aborted', () => reject(new Error('aborted')));
  });
}

const identities = new WeakMap<object, Identity | 'bad' | 'none'>();

/** The subject of a certificate of our own authority: CN is the user, each O a group. Looked up once a connection. */
function certificateIdentity(socket: unknown): Identity | 'bad' | undefined {
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

async function upgrade(
  options: HttpFrontOptions,
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const control = new LazyAbort();
  socket.on('close', () => control.abort());
  socket.on('error', () => socket.destroy());
  const answered = await handle(options, message, control, undefined);
  if (answered.body.kind === 'upgrade') {
    answered.body.accept(socket, head);
    return;
  }
  const bytes =
    answered.body.kind === 'events'
      ? ''
      : answered.body.kind === 'bytes'
        ? answered.body.bytes
        : answered.body.bytes();
  const lines = Object.entries(answered.headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one) => `${name}: ${one}\r\n`),
  );
  socket.write(
    `HTTP/1.1 ${answered.status} Refused\r\n${lines.join('')}content-length: ${Buffer.byteLength(bytes)}\r\nconnection: close\r\n\r\n`,
  );
  socket.end(bytes);
}

/** Most requests never look at their signal: the controller is made when somebody does. */
export class LazyAbort {
  #controller: AbortController | undefined;
  #aborted = false;
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }
  get aborted(): boolean {
    return this.#aborted;
  }
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
