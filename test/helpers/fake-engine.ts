import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDocker } from '../../src/backends/docker/connect.ts';
import type { Engine } from '../../src/backends/docker/engine.ts';
import { systemClock } from '../../src/base/clock.ts';

type Answer = (response: http.ServerResponse, request: http.IncomingMessage) => void;

/** Something that speaks the Engine API on a socket of its own, for what a real engine does not do on demand. */
export interface FakeEngine {
  /** Path without version nor query → what it answers. Anything else is 404. */
  readonly answers: { [path: string]: Answer };
  open(): Promise<Engine>;
  close(): Promise<void>;
}

export async function startFakeEngine(): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'motor-'));
  const socketPath = join(folder, 'd.sock');
  const answers: { [path: string]: Answer } = { '/_ping': (response) => response.end('OK') };
  const server = http.createServer((request, response) => {
    response.setHeader('Api-Version', '1.41');
    const answer = answers[(request.url ?? '').replace(/^\/v1\.41/, '').replace(/\?.*$/, '')];
    if (answer !== undefined) answer(response, request);
    else response.writeHead(404).end('{"message":"no hay"}');
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    answers,
    async open() {
      const env = { DOCKER_HOST: `unix://${socketPath}` };
      const connected = await connectDocker({ clock: systemClock, env, homeFolder: folder });
      if (!connected.ok) throw new Error(connected.unavailable.why);
      return connected.engine;
    },
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
