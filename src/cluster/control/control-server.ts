import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ClusterStatus, FaultRefused, type MasterAction, masterActions } from './contract.ts';

/**
 * A door of its own to the process of the cluster, on loopback and with a secret: it answers also when every master is
 * stopped, which the API cannot.
 */
export interface ControlServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface Controlled {
  status(): ClusterStatus;
  fault(master: number, action: MasterAction): Promise<void>;
  /** Called after the answer was sent. */
  stop(): void;
}

export async function startControlServer(cluster: Controlled, token: string): Promise<ControlServer> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void answer(cluster, token, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  cluster: Controlled,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  // A page in a browser can reach loopback; it neither knows the secret nor may look like somebody who does.
  if (
    request.headers.origin !== undefined ||
    !sameSecret(request.headers.authorization ?? '', `Bearer ${token}`)
  ) {
    send(response, 401, { error: 'no autorizado' });
    return;
  }
  const url = request.url ?? '/';
  if (request.method === 'GET' && url === '/estado') {
    send(response, 200, cluster.status());
    return;
  }
  if (request.method === 'POST' && url === '/detener') {
    response.on('close', () => cluster.stop());
    send(response, 200, {});
    return;
  }
  const [, master = '', action = ''] = /^\/master\/(\d{1,9})\/([a-z]+)$/.exec(url) ?? [];
  const known = masterActions.find((one) => one === action);
  if (request.method !== 'POST' || known === undefined) {
    send(response, 404, { error: 'no existe' });
    return;
  }
  try {
    await cluster.fault(Number(master), known);
    send(response, 200, cluster.status());
  } catch (error) {
    if (error instanceof FaultRefused) send(response, 409, { error: error.message });
    else send(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(text);
}

function sameSecret(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
