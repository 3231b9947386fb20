import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiResponse, StreamItem } from '../../kube/transport.ts';

/** Writes an answer; a stream goes on until it ends or the client goes away. */
export async function sendResponse(
  message: IncomingMessage,
  response: ServerResponse,
  answer: ApiResponse,
  control: { readonly aborted: boolean },
): Promise<void> {
  const { body } = answer;
  const headers = answer.headers as { [name: string]: string | string[] };
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

async function sendStream(
  response: ServerResponse,
  events: AsyncIterable<StreamItem>,
  control: { readonly aborted: boolean },
): Promise<void> {
  for await (const item of events) {
    if (control.aborted) return;
    if (!response.write(item.bytes()) && !control.aborted) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
