import { createServer, type Server, type Socket } from 'node:net';
import { errorCode } from '../../base/files.ts';

/** The one address that clients know: hands each connection to a master that answers, in turn. Loopback only. */
export interface Balancer {
  readonly port: number;
  close(): Promise<void>;
}

export interface Backend {
  /** Asked for each connection. */
  healthy(): boolean;
  /** False: only when no other is healthy. */
  preferred?(): boolean;
  accept(socket: Socket): void;
}

/** The port is taken by somebody else, or may not be opened. */
export class PortTaken extends Error {
  readonly port: number;
  readonly code: string;
  constructor(port: number, code: string) {
    super(`cannot listen on 127.0.0.1:${port}: ${code}`);
    this.port = port;
    this.code = code;
  }
}

/** Listens on 127.0.0.1 (`port` 0: any). Rejects with `PortTaken`. Connections are refused while no backend is healthy. */
export async function startBalancer(port: number, backends: readonly Backend[]): Promise<Balancer> {
  let turn = 0;
  const next = (suits: (backend: Backend) => boolean): Backend | undefined => {
    for (let tried = 0; tried < backends.length; tried += 1) {
      const backend = backends[turn % backends.length];
      turn += 1;
      if (backend?.healthy() === true && suits(backend)) return backend;
    }
    return undefined;
  };
  const server: Server = createServer({ noDelay: true }, (socket) => {
    const backend = next((one) => one.preferred?.() !== false) ?? next(() => true);
    if (backend === undefined) socket.resetAndDestroy();
    else backend.accept(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new PortTaken(port, errorCode(error) || error.message)));
    server.listen({ host: '127.0.0.1', port }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
