import type { WatchEvent } from './client.ts';
import type { Dict } from './object.ts';
import { type Status, StatusError } from './status.ts';
import type { ApiResponse, StreamItem } from './transport.ts';

/** What the client makes of an answer. */

/** The object of an answer; throws the server's refusal. */
export function objectOf(response: ApiResponse): Dict {
  const { body } = response;
  if (body.kind === 'events' || body.kind === 'upgrade')
    throw new Error(`an answer of kind ${body.kind} is no object`);
  const object = (body.kind === 'object' ? body.object : parse(body.bytes)) as Dict;
  if (response.status < 400) return object;
  throw new StatusError(
    object['kind'] === 'Status'
      ? (object as unknown as Status)
      : strangeAnswer(response.status, body.kind === 'bytes' ? text(body.bytes) : ''),
  );
}

/** The body as it is. Throws for a stream, which has no end to wait for. */
export function textOf({ body }: ApiResponse): string {
  if (body.kind === 'events' || body.kind === 'upgrade')
    throw new Error(`an answer of kind ${body.kind} is no text`);
  return text(body.kind === 'object' ? body.bytes() : body.bytes);
}

const text = (bytes: Uint8Array | string) =>
  typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8');

function parse(bytes: Uint8Array | string): unknown {
  try {
    return JSON.parse(text(bytes));
  } catch {
    return {};
  }
}

/** Somebody in between answered, not the API server. */
function strangeAnswer(code: number, message: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message.slice(0, 500),
    reason: code === 404 ? 'NotFound' : 'Unknown',
    code,
  };
}

export async function* watchEvents<T>(open: () => Promise<ApiResponse>): AsyncIterable<WatchEvent<T>> {
  const response = await open();
  if (response.body.kind !== 'events') {
    objectOf(response);
    throw new Error('a watch was answered with an object');
  }
  yield* eventsOf<T>(response.body.events);
}

async function* eventsOf<T>(items: AsyncIterable<StreamItem>): AsyncIterable<WatchEvent<T>> {
  let rest = '';
  for await (const item of items) {
    if (item.event !== undefined) {
      yield item.event as WatchEvent<T>;
      continue;
    }
    const lines = (rest + text(item.bytes())).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as WatchEvent<T>;
  }
}
