import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { ApiRequest, ApiResponse, RequestBody, Transport } from '../../kube/transport.ts';
import type { Pki } from '../pki/pki.ts';
import { type BodyReader, createBodyReader, hasBody } from './body-reader.ts';
import { certificateIdentity } from './certificate.ts';
import { createInsideTls } from './inside.ts';
import { LazyAbort } from './lazy-abort.ts';
import { isOurHost, isOurOrigin } from './local-names.ts';
import * as refusals from './refusals.ts';
import { sendRefusal, sendResponse } from './response.ts';
import { endStalled } from './stalled.ts';

/** HTTPS in front of one API server: bytes and certificates on one side, a Transport on the other. Opens no port itself. */
export interface HttpFront {
  /** Takes a connection that somebody else accepted (the balancer), before any byte of it was read. */
  accept(socket: Socket): void;
  /** The same from inside the cluster, where there are no sockets. */
  acceptInside(connection: Duplex, peerIp: string): void;
  /**
   * `false`: nobody is to stay at this server. Connections at rest and watches end, what is under way is answered and its
   * connection ends with it; what became another protocol goes on.
   */
  keep(on: boolean): void;
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
  /** Default: the system's. */
  readonly clock?: Clock;
}

const connectionLimit = 2_000;
/** What bodies of all connections together may take. */
const allBodiesBytes = 256 * 1024 * 1024;
/** Requests that one connection sends before it is answered. */
const pipelineLimit = 64;
const stalledMs = 60_000;

interface Front {
  readonly handle: Transport;
  readonly bodies: BodyReader;
  readonly maxBodyBytes: number;
  /** What each connection has asked for and was not answered yet. */
  readonly unanswered: WeakMap<object, Set<LazyAbort>>;
  /** Answers that go on. */
  readonly streams: Set<LazyAbort>;
  keeps: boolean;
  /** Connections that became something else: who serves them says how long they may be silent. */
  released(socket: Duplex): void;
  /** Who is at the other end of connections from inside the cluster. */
  readonly insiders: WeakMap<object, string>;
}

export function createHttpFront(options: HttpFrontOptions): HttpFront {
  const { handle, pki, maxBodyBytes, clock = systemClock } = options;
  const sockets = new Set<Duplex>();
  const secured = new Set<Socket>();
  const front: Front = {
    handle,
    maxBodyBytes,
    bodies: createBodyReader(maxBodyBytes, allBodiesBytes),
    unanswered: new WeakMap(),
    streams: new Set(),
    keeps: true,
    released: (socket) => secured.delete(socket as Socket),
    insiders: new WeakMap(),
  };
  const server: Server = createServer(
    {
      key: pki.server.key,
      cert: pki.server.certificate,
      ca: pki.caPem,
      requestCert: true,
      // Whoever has no certificate may have a token; the API server decides.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      keepAlive: true,
      noDelay: true,
      maxHeaderSize: 128 * 1024,
      handshakeTimeout: 20_000,
      requestTimeout: 60_000,
      headersTimeout: 20_000,
      keepAliveTimeout: 120_000,
    },
    (request, response) => {
      void answer(front, request, response);
    },
  );
  server.on('secureConnection', (socket) => {
    secured.add(socket);
    socket.on('close', () => secured.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void upgrade(front, request, socket, head);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // In the middle of an answer nothing else can be said.
    if (socket.writable && (front.unanswered.get(socket)?.size ?? 0) === 0)
      socket.end(refusals.notHttp(error.code));
    else socket.destroy();
  });
  // A handshake that fails is the client's affair: it sees its own error.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const stopLooking = endStalled(clock, secured, stalledMs);
  const inside = createInsideTls(pki, clock);
  const isTaken = (socket: Duplex): boolean => {
    if (sockets.size >= connectionLimit) {
      socket.destroy();
      return false;
    }
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return true;
  };
  return {
    accept(socket) {
      if (isTaken(socket)) server.emit('connection', socket);
    },
    acceptInside(connection, peerIp) {
      if (!isTaken(connection)) return;
      inside.accept(connection, (socket) => {
        front.insiders.set(socket, peerIp);
        server.emit('secureConnection', socket);
      });
    },
    keep(on) {
      front.keeps = on;
      if (on) return;
      for (const stream of front.streams) stream.abort();
      for (const socket of secured) if ((front.unanswered.get(socket)?.size ?? 0) === 0) socket.end();
    },
    close() {
      stopLooking();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
    connections: () => sockets.size,
  };
}

async function answer(front: Front, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { socket } = message;
  const unanswered = unansweredOn(front, socket);
  if (unanswered.size >= pipelineLimit) {
    socket.destroy();
    return;
  }
  const control = new LazyAbort();
  unanswered.add(control);
  response.on('close', () => {
    unanswered.delete(control);
    front.streams.delete(control);
    control.abort();
  });
  response.on('error', () => control.abort());
  try {
    const body = await front.bodies.read(message);
    const answered = body === 'full' ? refusals.tooBusy : await handled(front, message, control, body);
    const tooBig = body === 'full' || (body !== undefined && body.length > front.maxBodyBytes);
    if (tooBig || !front.keeps) response.shouldKeepAlive = false;
    if (answered.body.kind === 'events') front.streams.add(control);
    await sendResponse(message, response, answered, control);
    if (answered.body.kind === 'events' && !front.keeps) socket.end();
  } catch {
    // The client went away while it was sending.
    response.destroy();
  }
}

/** Node does not tell the answers that wait behind another one that their connection is gone. */
function unansweredOn({ unanswered }: Front, socket: Socket): Set<LazyAbort> {
  const known = unanswered.get(socket);
  if (known !== undefined) return known;
  const fresh = new Set<LazyAbort>();
  unanswered.set(socket, fresh);
  socket.on('close', () => {
    for (const control of fresh) control.abort();
  });
  return fresh;
}

async function handled(
  front: Front,
  message: IncomingMessage,
  control: LazyAbort,
  bytes: Buffer | undefined,
): Promise<ApiResponse> {
  try {
    return await handle(front, message, control, bytes);
  } finally {
    if (bytes !== undefined) front.bodies.release(bytes.length);
  }
}

async function handle(
  front: Front,
  message: IncomingMessage,
  control: LazyAbort,
  bytes: Buffer | undefined,
): Promise<ApiResponse> {
  const insider = front.insiders.get(message.socket);
  const foreign = insider === undefined ? foreignPage(message) : undefined;
  if (foreign !== undefined) return foreign;
  const identity = certificateIdentity(message.socket);
  if (identity === 'bad') return refusals.badCertificate;
  const remoteAddress = insider ?? message.socket.remoteAddress;
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
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  };
  return front.handle(request);
}

/** Browsers are on this computer, not inside of the cluster. */
function foreignPage({ headers: { host, origin } }: IncomingMessage): ApiResponse | undefined {
  // Only HTTP/1.0 may leave the host out, which no browser speaks.
  if (host !== undefined && !isOurHost(host)) return refusals.foreign('Host', host);
  if (origin !== undefined && !isOurOrigin(origin)) return refusals.foreign('Origin', origin);
  return undefined;
}

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

async function upgrade(front: Front, message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const control = new LazyAbort();
  socket.on('close', () => control.abort());
  socket.on('error', () => socket.destroy());
  try {
    // What follows belongs to the other protocol: a body (the options of a deletion, say) would get lost.
    const answered = hasBody(message)
      ? refusals.upgradeWithBody
      : await handle(front, message, control, undefined);
    if (answered.body.kind === 'upgrade') {
      front.released(socket);
      answered.body.accept(socket, head);
    } else sendRefusal(socket, answered.body.kind === 'events' ? refusals.noStream : answered);
  } catch {
    socket.destroy();
  }
}
