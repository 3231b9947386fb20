import type { Duplex } from 'node:stream';

/** A connection in both directions: a TLS socket after the upgrade, or a WebSocket that carries another protocol. */
export interface ByteChannel {
  /** One reader. Ends with the connection, however that came about. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when more may be written. Never rejects: what goes to a closed connection is lost. */
  write(bytes: Uint8Array): Promise<void>;
  /** After what was written, the end of our direction. */
  end(): void;
  destroy(): void;
  /** Aborts when the connection is gone. */
  readonly closed: AbortSignal;
}

/** `head`: what had already been read of it. */
export function socketChannel(socket: Duplex, head: Uint8Array): ByteChannel {
  const gone = new AbortController();
  const close = () => gone.abort();
  socket.on('close', close);
  socket.on('error', () => socket.destroy());
  // None of these protocols half-closes its connection: a client that ends it is gone.
  socket.on('end', () => socket.end());
  if (socket.destroyed) close();
  // All that write wait together: one listener each, however many streams there are.
  let waiting: (() => void)[] = [];
  const go = () => {
    const all = waiting;
    waiting = [];
    for (const resolve of all) resolve();
  };
  socket.on('drain', go);
  socket.on('close', go);
  return {
    input: read(socket, head),
    closed: gone.signal,
    async write(bytes) {
      if (gone.signal.aborted || socket.writableEnded) return;
      if (!socket.write(bytes)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    end() {
      if (!socket.writableEnded) socket.end();
    },
    destroy() {
      socket.destroy();
    },
  };
}

async function* read(socket: Duplex, head: Uint8Array): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch {
    // Reset, or cut in the middle: it has ended all the same.
  }
}
