import type { Clock } from '../../../base/clock.ts';
import type { ByteChannel } from './byte-channel.ts';
import { watchIdle } from './idle.ts';
import { type DialPort, forward } from './port-forward.ts';
import { SpdyConnection } from './spdy/connection.ts';
import type { SpdyStream } from './spdy/stream.ts';

export const spdyForwardProtocols = ['portforward.k8s.io'] as const;

const creationMs = 30_000;

interface Pair {
  error?: SpdyStream;
  data?: SpdyStream;
  readonly cancel: () => void;
}

/**
 * Any number of connections over one: for each, the client opens a stream for its error and one for its data, which say the
 * port and a number that ties them together. Mirrors handleHTTPStreams (kubelet/pkg/cri/streaming/portforward).
 */
export function serveSpdyPortForward(channel: ByteChannel, pod: string, dial: DialPort, clock: Clock): void {
  const idle = watchIdle(clock, () => channel.destroy());
  const pairs = new Map<string, Pair>();
  const pairOf = (request: string): Pair => {
    const known = pairs.get(request);
    if (known !== undefined) return known;
    const late = () => {
      pairs.delete(request);
      void fail(pair.error, `(request=${request}) timed out waiting for streams`);
      void pair.data?.finish();
    };
    const pair: Pair = { cancel: clock.after(creationMs, late) };
    pairs.set(request, pair);
    return pair;
  };
  const connection = new SpdyConnection(channel, {
    onActivity: () => idle.touch(),
    onStream(stream) {
      const port = portOf(stream.headers.get('port') ?? '');
      const type = stream.headers.get('streamtype') ?? '';
      if (typeof port === 'string') return port;
      if (type !== 'error' && type !== 'data')
        return type === ''
          ? '"streamType" header is required'
          : `invalid stream type ${JSON.stringify(type)}`;
      const request = requestOf(stream, type);
      const pair = pairOf(request);
      if (pair[type] !== undefined) {
        void fail(
          pair.error,
          `error processing stream for request ${request}: ${type} stream already assigned`,
        );
        return `${type} stream already assigned`;
      }
      pair[type] = stream;
      const { error, data } = pair;
      if (error === undefined || data === undefined) return undefined;
      pair.cancel();
      pairs.delete(request);
      error.input.discard();
      // After the reply to this second one.
      queueMicrotask(
        () =>
          void forward(port, pod, dial, {
            input: data.input,
            gone: data.gone,
            write: (bytes) => data.write(bytes),
            finish: () => data.finish(),
            fail: (message) => fail(error, message),
          }),
      );
      return undefined;
    },
  });
  void connection.run().then(() => {
    idle.stop();
    for (const { cancel } of pairs.values()) cancel();
  });
}

async function fail(stream: SpdyStream | undefined, message: string): Promise<void> {
  if (stream === undefined) return;
  await stream.write(Buffer.from(message));
  await stream.finish();
}

/** Clients of long ago give no number: theirs are two streams in a row, first the error's. */
function requestOf(stream: SpdyStream, type: 'error' | 'data'): string {
  const named = stream.headers.get('requestid') ?? '';
  if (named !== '') return named;
  return `stream ${type === 'error' ? stream.id : stream.id - 2}`;
}

/** A text: why it is none. */
export function portOf(text: string): number | string {
  if (text === '') return '"port" header is required';
  if (!/^\d{1,10}$/.test(text))
    return `unable to parse ${JSON.stringify(text)} as a port: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  const port = Number(text);
  if (port > 65_535)
    return `unable to parse ${JSON.stringify(text)} as a port: strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`;
  return port > 0 ? port : `port ${JSON.stringify(text)} must be > 0`;
}
