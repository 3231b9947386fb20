import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ApiRequest, ApiResponse } from '../../../kube/transport.ts';
import { textResponse } from '../answers/respond.ts';
import { headerOf } from '../chain/exchange.ts';
import { type ByteChannel, socketChannel } from './byte-channel.ts';

/** What the client wants its connection to become. */
export type Upgrade =
  | { readonly kind: 'spdy'; readonly protocols: readonly string[] }
  | { readonly kind: 'websocket'; readonly protocols: readonly string[]; readonly key: string }
  | { readonly kind: 'other' };

/** Undefined: it wants nothing but an answer. Mirrors httpstream.IsUpgradeRequest and wsstream.IsWebSocketRequest. */
export function upgradeOf(request: ApiRequest): Upgrade | undefined {
  if (!headerOf(request, 'connection').toLowerCase().includes('upgrade')) return undefined;
  const wanted = headerOf(request, 'upgrade').toLowerCase();
  if (wanted === 'websocket')
    return {
      kind: 'websocket',
      protocols: listOf(headerOf(request, 'sec-websocket-protocol')),
      key: headerOf(request, 'sec-websocket-key'),
    };
  if (wanted.includes('spdy/3.1'))
    return { kind: 'spdy', protocols: listOf(headerOf(request, 'x-stream-protocol-version')) };
  return { kind: 'other' };
}

function listOf(header: string): readonly string[] {
  return header
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** What no handshake can be made with, in the words of golang.org/x/net/websocket; undefined: it can. */
export function webSocketRefusal(request: ApiRequest): ApiResponse | undefined {
  if (request.method !== 'GET') return textResponse(405, 'bad method');
  if (headerOf(request, 'sec-websocket-version') !== '13') {
    const answer = textResponse(400, 'missing or bad WebSocket Version');
    return { ...answer, headers: { ...answer.headers, 'sec-websocket-version': '13' } };
  }
  const key = headerOf(request, 'sec-websocket-key');
  return Buffer.from(key, 'base64').length === 16
    ? undefined
    : textResponse(400, 'mismatch challenge/response');
}

/** `name` '' when the client named none. */
export function webSocketUpgrade(
  key: string,
  name: string,
  serve: (channel: ByteChannel) => void,
): ApiResponse {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return switching('websocket', { 'Sec-WebSocket-Accept': accept, 'Sec-WebSocket-Protocol': name }, serve);
}

export function spdyUpgrade(name: string, serve: (channel: ByteChannel) => void): ApiResponse {
  return switching('SPDY/3.1', { 'X-Stream-Protocol-Version': name }, serve);
}

function switching(
  protocol: string,
  headers: { readonly [name: string]: string },
  serve: (channel: ByteChannel) => void,
): ApiResponse {
  return {
    status: 101,
    headers: {},
    body: {
      kind: 'upgrade',
      protocol,
      accept(connection, head) {
        const socket = connection as Duplex;
        const lines = Object.entries({ Upgrade: protocol, Connection: 'Upgrade', ...headers })
          .filter(([, value]) => value !== '')
          .map(([name, value]) => `${name}: ${value}\r\n`);
        const channel = socketChannel(socket, head);
        void channel.write(
          Buffer.from(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`, 'latin1'),
        );
        serve(channel);
      },
    },
  };
}

/**
 * The first of the client's protocols that is known here, or the answer that says why none is. Mirrors httpstream.Handshake.
 */
export function negotiateSpdy(wanted: readonly string[], known: readonly string[]): string | ApiResponse {
  if (wanted.length === 0)
    return textResponse(400, 'unable to upgrade: X-Stream-Protocol-Version is required\n');
  const agreed = wanted.find((one) => known.includes(one));
  if (agreed !== undefined) return agreed;
  const answer = textResponse(
    403,
    'unable to upgrade: unable to negotiate protocol: client supports ' +
      `[${wanted.join(' ')}], server accepts [${known.join(' ')}]\n`,
  );
  return { ...answer, headers: { ...answer.headers, 'x-accepted-stream-protocol-versions': known } };
}
