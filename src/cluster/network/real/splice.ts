import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Makes one connection of a real one and one of the cluster: bytes, ends and resets pass in both directions. */
export function splice(socket: Socket, inner: Duplex): void {
  socket.pipe(inner);
  inner.pipe(socket);
  socket.once('error', (error) => inner.destroy(error));
  inner.once('error', () => socket.resetAndDestroy());
  socket.once('close', () => inner.destroy());
  inner.once('close', () => {
    // What it has said already still goes out.
    if (!socket.destroyed) socket.end();
    if (!inner.readableEnded) socket.destroy();
  });
}
