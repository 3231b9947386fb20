import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { dialLoopback, realProgram } from '../helpers/fakeNodeAccess.ts';
import { startKubectl, waitFor } from '../helpers/runningKubectl.ts';
import { startStreamServer } from '../helpers/streamServer.ts';
import { describeWithKubectls, type StreamWorld, streamCases } from './stream-cases.ts';

/** The API server with a scripted node, whose containers are processes of this machine. */
async function scripted(): Promise<StreamWorld> {
  const server = await startStreamServer();
  const { nodes, folder } = server;
  const real = realProgram(folder);
  for (const name of ['sh', 'cat', 'tar', 'true', 'test']) nodes.programs.set(name, real);
  nodes.programs.set('attach', (io) => real(io, ['cat']));
  const web = createServer((request, response) => response.end(`pan ${request.url}`));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const port = (web.address() as AddressInfo).port;
  nodes.dial = (_pod, asked) =>
    asked === 8080 ? dialLoopback(port) : Promise.reject(new Error('dial tcp4: connect: connection refused'));
  nodes.logs = async function* (_pod, _container, { follow }, signal) {
    yield Buffer.from('primera\n');
    if (!follow) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  return {
    kubeconfig: server.kubeconfig,
    folder,
    inside: folder,
    web: { pod: 'p', port: 8080, says: 'pan /' },
    async stop() {
      web.closeAllConnections();
      web.close();
      await server.stop();
    },
  };
}

describe('streams of a scripted node', () => {
  describeWithKubectls(scripted, (here) => {
    streamCases(here);

    it('attach joins the main process', async () => {
      const { run } = here();
      const ran = await run(['attach', '-i', 'p'], 'hola\n');
      expect([ran.exit, ran.stdout]).toEqual([0, 'hola\n']);
    });

    it('logs -f shows a line at once, and ends when it is told to', async () => {
      const { kubectl, world } = here();
      const logs = startKubectl(kubectl, world, ['logs', '-f', 'p']);
      expect(await waitFor(() => (logs.stdout() === '' ? undefined : logs.stdout()), logs)).toBe('primera\n');
      expect(logs.ended()).toBe(false);
      await logs.stop();
    });

    it('top and proxy read from the nodes', async () => {
      const { run } = here();
      expect((await run(['top', 'nodes'])).stdout).toContain('nodo-1');
      expect((await run(['get', '--raw', '/api/v1/nodes/nodo-1/proxy/healthz'])).stdout).toBe('ok');
    });
  });
});
