import { createServer, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { Attach, Exec, KubeConfig, Log, PortForward, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialLoopback } from '../../../helpers/fakeNodeAccess.ts';
import { type StreamServer, startStreamServer } from '../../../helpers/streamServer.ts';

let server: StreamServer;
let config: KubeConfig;

beforeAll(async () => {
  server = await startStreamServer();
  config = new KubeConfig();
  config.loadFromFile(server.kubeconfig);
});

afterAll(() => server.stop());

function collected(): { readonly stream: PassThrough; readonly text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk) => {
    text += String(chunk);
  });
  return { stream, text: () => text };
}

describe('the JavaScript client', () => {
  it('runs a command with input and learns how it ended', async () => {
    server.nodes.programs.set('pan', async (io) => {
      let size = 0;
      for await (const bytes of io.stdin ?? []) size += bytes.length;
      await io.stdout(Buffer.from(`${size}\n`));
      await io.stderr(Buffer.from('mal\n'));
      return { kind: 'exit', exitCode: 4 };
    });
    const [out, err] = [collected(), collected()];
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec(
          'default',
          'p',
          'c',
          ['pan'],
          out.stream,
          err.stream,
          Readable.from([Buffer.alloc(1_000_000)]),
          false,
          resolve,
        )
        .catch(reject);
    });
    expect([out.text(), err.text()]).toEqual(['1000000\n', 'mal\n']);
    expect(status.details?.causes).toEqual([{ reason: 'ExitCode', message: '4' }]);
  });

  it('attaches', async () => {
    server.nodes.programs.set('attach', async (io) => {
      await io.stdout(Buffer.from('hola\n'));
      return { kind: 'exit', exitCode: 0 };
    });
    const out = collected();
    const socket = await new Attach(config).attach('default', 'p', 'c', out.stream, null, null, false);
    await new Promise((resolve) => {
      socket.onclose = resolve;
    });
    expect(out.text()).toBe('hola\n');
  });

  it('forwards a port', async () => {
    const far = createServer((socket: Socket) => {
      socket.on('data', (bytes) => socket.end(`eco ${String(bytes)}`));
    });
    await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
    const address = far.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    server.nodes.dial = () => dialLoopback(address.port);
    const out = collected();
    const input = new PassThrough();
    const socket = await new PortForward(config).portForward('default', 'p', [80], out.stream, null, input);
    const seen = new Promise((resolve) => out.stream.once('data', resolve));
    input.write('hola');
    await seen;
    expect(out.text()).toBe('eco hola');
    if ('close' in socket) socket.close();
    far.close();
  });

  it('follows a log', async () => {
    server.nodes.logs = async function* () {
      yield Buffer.from('uno\n');
      yield Buffer.from('dos\n');
    };
    const out = collected();
    await new Log(config).log('default', 'p', 'c', out.stream, { follow: true });
    await new Promise((resolve) => out.stream.once('end', resolve));
    expect(out.text()).toBe('uno\ndos\n');
  });
});
