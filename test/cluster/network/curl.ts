import http from 'node:http';
import net from 'node:net';
import type { ClusterNetwork } from '../../../src/cluster/network/index.ts';

export interface CurlAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: http.IncomingHttpHeaders;
}

let tries = 0;

/** A port of the range of node ports that nobody has now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 30000 + (((process.pid % 400) * 6 + tries++) % 2700);
    const server = net.createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise<void>((resolve) => server.close(() => resolve()));
    return port;
  }
}

/** The system opens ports on a time of its own. */
export async function opened(network: ClusterNetwork): Promise<void> {
  while (network.ports().some(({ state }) => state.state === 'opening'))
    await new Promise((resolve) => setImmediate(resolve));
}

/** A connection of its own, unless an agent keeps them. */
export function curl(
  port: number,
  options: {
    readonly path?: string;
    readonly host?: string;
    readonly agent?: http.Agent;
    readonly body?: string;
  } = {},
): Promise<CurlAnswer> {
  const { path = '/', host, agent, body } = options;
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: body === undefined ? 'GET' : 'POST',
        agent: agent ?? false,
        headers: host === undefined ? {} : { host },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
