import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';

const lookEveryMs = 10_000;

interface Progress {
  written: number;
  sinceMs: number;
}

/**
 * Ends connections whose client has read nothing of what waits for it in `limitMs`: a watch that nobody reads, a list
 * that nobody takes. Idle connections, with nothing to send, are not its affair. Returns how to stop.
 */
export function endStalled(clock: Clock, sockets: Iterable<Socket>, limitMs: number): () => void {
  const seen = new WeakMap<Socket, Progress>();
  return clock.every(lookEveryMs, () => {
    const now = clock.now();
    for (const socket of sockets) {
      const waiting = socket.writableLength;
      if (waiting === 0) {
        seen.delete(socket);
        continue;
      }
      const written = socket.bytesWritten - waiting;
      const before = seen.get(socket);
      if (before === undefined || before.written !== written) seen.set(socket, { written, sinceMs: now });
      else if (now - before.sinceMs >= limitMs) socket.destroy();
    }
  });
}
