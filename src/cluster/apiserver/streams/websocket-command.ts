import type { Clock } from '../../../base/clock.ts';
import type { ByteChannel } from './byte-channel.ts';
import { type Command, commandQueue, printMessage, printStatus, serveCommand } from './command-session.ts';
import { watchIdle } from './idle.ts';
import { type ChannelProtocol, channelPieces, sendOnChannel } from './websocket/channels.ts';
import { WebSocketConnection } from './websocket/connection.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/**
 * kubectl begins to listen to its channels a moment after the handshake and drops what comes before, the exit code too
 * (client-go remotecommand readDemuxLoop). Upstream is never that quick: it has a kubelet to call first.
 */
const firstWordMs = 25;
const leaveMs = 10_000;

/** exec and attach over a WebSocket: one channel each. Mirrors createWebSocketStreams (apiserver/pkg/util/proxy). */
export function serveWebSocketCommand(
  channel: ByteChannel,
  protocol: ChannelProtocol,
  command: Command,
  clock: Clock,
): void {
  const { options } = command;
  const idle = watchIdle(clock, () => channel.destroy());
  const stdin = options.stdin ? commandQueue() : undefined;
  const resize = commandQueue();
  const socket = new WebSocketConnection(channel);
  const send = (to: number, bytes: Uint8Array) => {
    idle.touch();
    return sendOnChannel(socket, protocol, to, bytes);
  };
  let started = false;
  const start = () => {
    if (started || channel.closed.aborted) return;
    started = true;
    cancelStart();
    void serve();
  };
  const cancelStart = clock.after(firstWordMs, start);
  const serve = async () => {
    // Tells clients that wait for a first message that the connection stands.
    const lowest = options.stdout ? channels.stdout : options.stderr ? channels.stderr : channels.error;
    await send(lowest, Buffer.alloc(0));
    await serveCommand(
      {
        stdin,
        resize,
        stdout: (bytes) => send(channels.stdout, bytes),
        stderr: (bytes) => send(channels.stderr, bytes),
        closed: channel.closed,
        async finish(status) {
          const said = protocol.statusAsJson ? printStatus(status) : printMessage(status);
          if (said.length > 0) await send(channels.error, said);
          await socket.close();
        },
      },
      command,
    );
    const cancel = clock.after(leaveMs, () => channel.destroy());
    channel.closed.addEventListener('abort', cancel);
  };
  const pieces = channelPieces(protocol, {
    data(from, bytes) {
      idle.touch();
      // Whoever speaks has set up its channels.
      start();
      if (from === channels.stdin) return stdin?.push(bytes);
      return from === channels.resize ? resize.push(bytes) : undefined;
    },
    end(which) {
      start();
      if (which === channels.stdin) stdin?.end();
      if (which === channels.resize) resize.end();
    },
  });
  void socket.run(pieces).then(() => {
    cancelStart();
    idle.stop();
    stdin?.end();
    resize.end();
  });
}
