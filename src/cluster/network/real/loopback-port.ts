import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../../base/clock.ts';

/** How often a port that somebody else has is tried again, and how many connections one takes at a time. */
const retryMs = 5_000;
const mostConnections = 2_000;

export type PortState =
  /** It is being opened. */
  | { readonly state: 'opening' }
  | { readonly state: 'open'; readonly port: number }
  /** Tried again until it is free; `code` as the system says it. */
  | { readonly state: 'taken'; readonly code: string };

export interface LoopbackPort {
  readonly state: PortState;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 of this machine (`port` 0: any that is free). One that is somebody else's: with `orAny`, any other;
 * otherwise it goes on trying. `onState` is told when it opens and when it is found taken.
 */
export function openLoopbackPort(options: {
  readonly port: number;
  readonly orAny: boolean;
  readonly accept: (socket: Socket) => void;
  readonly clock: Clock;
  readonly onState: (state: PortState) => void;
}): LoopbackPort {
  const { orAny, accept, clock, onState } = options;
  let { port } = options;
  const sockets = new Set<Socket>();
  let state: PortState = { state: 'opening' };
  let server: Server | undefined;
  let closed = false;
  let cancelRetry = () => {};

  const become = (next: PortState) => {
    if (closed) return;
    const same = state.state === next.state;
    state = next;
    if (!same) onState(next);
  };
  const open = () => {
    const own = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      // Without a listener, a client that resets would take the process with it.
      socket.on('error', () => undefined);
      accept(socket);
    });
    own.maxConnections = mostConnections;
    server = own;
    own.once('error', (error: NodeJS.ErrnoException) => {
      if (orAny && port !== 0) {
        port = 0;
        if (!closed) open();
        return;
      }
      become({ state: 'taken', code: error.code ?? error.message });
      if (!closed) cancelRetry = clock.after(retryMs, open);
    });
    own.listen({ host: '127.0.0.1', port }, () => {
      const address = own.address();
      become({ state: 'open', port: typeof address === 'object' && address !== null ? address.port : port });
    });
  };
  open();
  return {
    get state() {
      return state;
    },
    close() {
      closed = true;
      cancelRetry();
      for (const socket of sockets) socket.destroy();
      const last = server;
      return new Promise((resolve) => {
        if (last?.listening === true) last.close(() => resolve());
        else {
          // It may still be on its way to listening.
          last?.close();
          resolve();
        }
      });
    },
  };
}
