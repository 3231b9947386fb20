import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiResponse, StreamItem } from '../../kube/transport.ts';

interface Control {
  readonly aborted: boolean;
  readonly signal: AbortSignal;
}

/** Writes an answer; a stream goes on until it ends or the client goes away. */
export async function sendResponse(
  message: IncomingMessage,
  response: ServerResponse,
  answer: ApiResponse,
  control: Control,
): Promise<void> {
  const { body } = answer;
  const headers = sendable(answer.headers);
  if (body.kind === 'events') {
    response.writeHead(answer.status, headers);
    response.flushHeaders();
    if (message.method !== 'HEAD') await sendStream(response, body.events, control);
    response.end();
    return;
  }
  const bytes = body.kind === 'upgrade' ? '' : body.kind === 'bytes' ? body.bytes : body.bytes();
  response.writeHead(answer.status, { ...headers, 'content-length': Buffer.byteLength(bytes) });
  if (message.method === 'HEAD') response.end();
  else response.end(bytes);
}

/** Answers a request to change the protocol as if it had not asked, and ends the connection. Not for streams. */
export function sendRefusal(socket: Duplex, { status, headers, body }: ApiResponse): void {
  const bytes = body.kind === 'bytes' ? body.bytes : body.kind === 'object' ? body.bytes() : '';
  const all = {
    ...sendable(headers),
    'content-length': String(Buffer.byteLength(bytes)),
    connection: 'close',
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one) => `${name}: ${one.replace(/[\r\n]/g, ' ')}\r\n`),
  );
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`, 'latin1');
  socket.end(bytes);
}

/** Headers are bytes: what is not ASCII (a warning about a field called `año`) goes as UTF-8, as Go sends it. */
function sendable(headers: ApiResponse['headers']): { [name: string]: string | string[] } {
  let result = headers as { [name: string]: string | string[] };
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (typeof value === 'string' ? isAscii(value) : value.every(isAscii)) continue;
    result = { ...result, [name]: typeof value === 'string' ? asUtf8(value) : value.map(asUtf8) };
  }
  return result;
}

const isAscii = (text: string) => /^[\x20-\x7e\t]*$/.test(text);
const asUtf8 = (text: string) =>
  Buffer.from(text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ' '), 'utf8').toString('latin1');

async function sendStream(
  response: ServerResponse,
  events: AsyncIterable<StreamItem>,
  control: Control,
): Promise<void> {
  for await (const item of events) {
    if (control.aborted) return;
    if (!response.write(item.bytes()) && !control.aborted) await drained(response, control);
  }
}

/** Also when the connection goes, which an answer that waits behind another one is not told. */
function drained(response: ServerResponse, { signal }: Control): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.on('drain', done);
    signal.addEventListener('abort', done);
  });
}
