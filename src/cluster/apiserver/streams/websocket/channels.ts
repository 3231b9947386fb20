import type { OnPiece, WebSocketConnection } from './connection.ts';
import { WebSocketError } from './frames.ts';

/** How a subprotocol of Kubernetes puts several streams into the messages of one WebSocket. */
export interface ChannelProtocol {
  /** '' when the client named none. */
  readonly name: string;
  /** Messages are text: the channel's digit, then base64. Else the channel's byte, then bytes. */
  readonly base64: boolean;
  /** A message of 255 and a channel says that nothing more comes on it (v5). */
  readonly closes: boolean;
  /** The error channel carries a `Status` as JSON (from v4 on), else its message. */
  readonly statusAsJson: boolean;
}

/** In the order in which upstream's kubelet knows them. Mirrors apimachinery's util/httpstream/wsstream. */
export const commandProtocols: readonly ChannelProtocol[] = [
  { name: '', base64: false, closes: false, statusAsJson: false },
  { name: 'channel.k8s.io', base64: false, closes: false, statusAsJson: false },
  { name: 'base64.channel.k8s.io', base64: true, closes: false, statusAsJson: false },
  { name: 'v4.channel.k8s.io', base64: false, closes: false, statusAsJson: true },
  { name: 'v4.base64.channel.k8s.io', base64: true, closes: false, statusAsJson: true },
];

/** The one that the API server itself ends; older ones it would hand on to the kubelet. */
export const newestCommandProtocol: ChannelProtocol = {
  name: 'v5.channel.k8s.io',
  base64: false,
  closes: true,
  statusAsJson: true,
};

const closeSignal = 255;

/** What becomes of what the client sends. */
export interface ChannelReader {
  /** A promise: wait before more comes. */
  data(channel: number, bytes: Uint8Array): Promise<void> | undefined;
  /** The client has half-closed the channel. */
  end(channel: number): void;
}

/** Takes the messages of a WebSocket apart. Channels nobody knows are passed over. */
export function channelPieces({ base64, closes }: ChannelProtocol, reader: ChannelReader): OnPiece {
  let channel: number | undefined;
  let closing: number[] | undefined;
  let kept = '';
  return ({ first, last, bytes }) => {
    let rest: Buffer = bytes;
    let patience: Promise<void> | undefined;
    if (first) {
      channel = undefined;
      closing = undefined;
      kept = '';
    }
    if (channel === undefined && closing === undefined && rest.length > 0) {
      const byte = rest.readUInt8(0);
      if (closes && byte === closeSignal) closing = [];
      else channel = base64 ? byte - 0x30 : byte;
      rest = rest.subarray(1);
    }
    if (closing !== undefined) {
      closing.push(...rest.subarray(0, 2));
      if (!last) return undefined;
      const [target] = closing;
      if (target === undefined || closing.length !== 1)
        throw new WebSocketError('a close signal of no channel');
      reader.end(target);
    } else if (channel !== undefined) {
      if (base64) {
        kept += rest.toString('latin1');
        // Four characters are three bytes; the rest waits for what follows in the same message.
        const whole = last ? kept.length : kept.length - (kept.length % 4);
        rest = Buffer.from(kept.slice(0, whole), 'base64');
        kept = kept.slice(whole);
      }
      if (rest.length > 0) patience = reader.data(channel, rest);
    }
    return patience;
  };
}

/** One message on a channel; an empty one tells the client that the connection stands. */
export function sendOnChannel(
  socket: WebSocketConnection,
  { base64 }: ChannelProtocol,
  channel: number,
  bytes: Uint8Array,
): Promise<void> {
  if (!base64) return socket.send(false, Uint8Array.of(channel), bytes);
  const text = `${channel}${Buffer.from(bytes).toString('base64')}`;
  return socket.send(true, Buffer.from(text, 'latin1'));
}
