import type { Clock } from '../../../base/clock.ts';
import type { ByteChannel } from './byte-channel.ts';
import { ByteQueue } from './byte-queue.ts';
import { watchIdle } from './idle.ts';
import { type DialPort, forward } from './port-forward.ts';
import { portOf } from './spdy-port-forward.ts';
import { type ChannelProtocol, channelPieces, sendOnChannel } from './websocket/channels.ts';
import { WebSocketConnection } from './websocket/connection.ts';

/** Without SPDY: what upstream's kubelet has kept for clients that know nothing else. */
export const forwardProtocols: readonly ChannelProtocol[] = [
  { name: '', base64: false, closes: false, statusAsJson: false },
  { name: 'v4.channel.k8s.io', base64: false, closes: false, statusAsJson: false },
  { name: 'v4.base64.channel.k8s.io', base64: true, closes: false, statusAsJson: false },
];

const mostWaiting = 512 * 1024;
const mostPorts = 100;

/** The ports that the query names, several in one parameter or each in its own. A text: what is wrong. */
export function forwardedPorts(query: URLSearchParams): readonly number[] | string {
  const given = query.getAll('ports').length > 0 ? query.getAll('ports') : query.getAll('port');
  if (given.length === 0) return 'query parameter "port" is required';
  const ports: number[] = [];
  for (const text of given) {
    if (text === '') return 'query parameter "port" cannot be empty';
    for (const one of text.split(',')) {
      const port = portOf(one);
      if (typeof port === 'string') return port;
      ports.push(port);
    }
  }
  return ports.length > mostPorts ? 'too many ports' : ports;
}

/** One connection for each port: channel 2n for its data, 2n+1 for its error; each begins with the port, two bytes, low first. */
export function serveWebSocketPortForward(
  channel: ByteChannel,
  protocol: ChannelProtocol,
  ports: readonly number[],
  pod: string,
  dial: DialPort,
  clock: Clock,
): void {
  const idle = watchIdle(clock, () => channel.destroy());
  const socket = new WebSocketConnection(channel);
  const inputs = ports.map(() => new ByteQueue(mostWaiting));
  const send = (to: number, bytes: Uint8Array) => {
    idle.touch();
    return sendOnChannel(socket, protocol, to, bytes);
  };
  const serve = async (port: number, at: number, input: ByteQueue) => {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    await send(2 * at, number);
    await send(2 * at + 1, number);
    await forward(port, pod, dial, {
      input,
      gone: channel.closed,
      write: (bytes) => send(2 * at, bytes),
      finish: () => Promise.resolve(),
      fail: (message) => (message === '' ? Promise.resolve() : send(2 * at + 1, Buffer.from(message))),
    });
  };
  const pieces = channelPieces(protocol, {
    data(from, bytes) {
      idle.touch();
      return from % 2 === 0 ? inputs[from / 2]?.push(bytes) : undefined;
    },
    end: () => undefined,
  });
  void socket.run(pieces).then(() => {
    idle.stop();
    for (const input of inputs) input.end();
  });
  void Promise.all(inputs.map((input, at) => serve(ports[at] ?? 0, at, input))).then(() => socket.close());
}
