import type { ByteChannel } from '../byte-channel.ts';
import { ByteQueue } from '../byte-queue.ts';
import { WebSocketConnection } from './connection.ts';

const mostWaiting = 512 * 1024;

/** A WebSocket whose binary messages, one after the other, are the bytes of another protocol. Mirrors client-go's TunnelingConnection. */
export function tunnelChannel(channel: ByteChannel): ByteChannel {
  const socket = new WebSocketConnection(channel);
  const queue = new ByteQueue(mostWaiting);
  void socket.run((piece) => queue.push(piece.bytes)).then(() => queue.end());
  return {
    input: queue,
    closed: channel.closed,
    write: (bytes) => socket.send(false, bytes),
    end: () => void socket.close(),
    destroy: () => channel.destroy(),
  };
}
