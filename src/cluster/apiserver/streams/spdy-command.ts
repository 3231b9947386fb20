import type { Clock } from '../../../base/clock.ts';
import type { ByteChannel } from './byte-channel.ts';
import {
  type Command,
  type CommandStreams,
  printMessage,
  printStatus,
  serveCommand,
} from './command-session.ts';
import { watchIdle } from './idle.ts';
import { SpdyConnection } from './spdy/connection.ts';
import type { SpdyStream } from './spdy/stream.ts';

/** In the order of preference in which upstream names them. */
export const spdyCommandProtocols = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const;

/** How long a client may take to open its streams, and to go away once all has been said. */
const creationMs = 30_000;
const leaveMs = 10_000;

/**
 * exec and attach over SPDY: the client opens one stream each for its error, stdin, stdout, stderr and window sizes. Mirrors
 * createHTTPStreamStreams (kubelet/pkg/cri/streaming/remotecommand).
 */
export function serveSpdyCommand(
  channel: ByteChannel,
  protocol: string,
  command: Command,
  clock: Clock,
): void {
  const { stdin, stdout, stderr, tty } = command.options;
  const resizes = protocol === 'v4.channel.k8s.io' || protocol === 'v3.channel.k8s.io';
  const expected = new Set(['error']);
  if (stdin) expected.add('stdin');
  if (stdout) expected.add('stdout');
  if (stderr) expected.add('stderr');
  if (tty && resizes) expected.add('resize');

  const streams = new Map<string, SpdyStream>();
  const idle = watchIdle(clock, () => channel.destroy());
  const cancelCreation = clock.after(creationMs, () => void connection.close());
  const connection = new SpdyConnection(channel, {
    onStream(stream) {
      const type = stream.headers.get('streamtype') ?? '';
      if (!expected.has(type) || streams.has(type)) return undefined;
      streams.set(type, stream);
      if (streams.size < expected.size) return undefined;
      cancelCreation();
      // After the reply to this last one.
      queueMicrotask(() => void serve());
      return undefined;
    },
    onActivity: () => idle.touch(),
  });
  const serve = async () => {
    await serveCommand(commandStreams(channel, connection, streams, protocol), command);
    const cancel = clock.after(leaveMs, () => channel.destroy());
    channel.closed.addEventListener('abort', cancel);
  };
  void connection.run().then(() => {
    cancelCreation();
    idle.stop();
  });
}

function commandStreams(
  channel: ByteChannel,
  connection: SpdyConnection,
  streams: ReadonlyMap<string, SpdyStream>,
  protocol: string,
): CommandStreams {
  const write = (type: string) => (bytes: Uint8Array) => streams.get(type)?.write(bytes) ?? Promise.resolve();
  return {
    stdin: streams.get('stdin')?.input,
    resize: streams.get('resize')?.input,
    stdout: write('stdout'),
    stderr: write('stderr'),
    closed: channel.closed,
    async finish(status) {
      await streams.get('stdout')?.finish();
      await streams.get('stderr')?.finish();
      await write('error')(protocol === 'v4.channel.k8s.io' ? printStatus(status) : printMessage(status));
      for (const stream of streams.values()) await stream.finish();
      await connection.close();
    },
  };
}
