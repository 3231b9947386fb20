import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectSubresources } from '../../../../src/cluster/apiserver/subresources/connect.ts';
import { settle, testServer } from '../../../helpers/apiServer.ts';
import { duplexPair } from '../../../helpers/duplexPair.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';
import { fakeNodes } from '../../../helpers/fakeNodeAccess.ts';
import { makePod, seedNode, upgrade } from '../../../helpers/streamServer.ts';

/** What real kubectls sent after their upgrade, byte for byte. */
interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  /** Base64. */
  readonly sent: string;
}

const file = path.resolve(import.meta.dirname, '../../../fixtures/streams/clients.json');
const recorded = JSON.parse(readFileSync(file, 'utf8')) as { readonly [name: string]: Recorded };

/** Plays it back in pieces of `size` bytes and tells what reached the container. */
async function replay({ method, url, headers, sent }: Recorded, size: number) {
  const nodes = fakeNodes();
  const wire = new FakeClock(0);
  const seen = { commands: [] as string[], stdin: '', sizes: [] as unknown[], requests: '', tty: false };
  nodes.programs.set('sh', async (io, command) => {
    seen.commands.push(command.join(' '));
    seen.tty = io.tty;
    const sizes = (async () => {
      for await (const one of io.resize ?? []) seen.sizes.push(one);
    })();
    for await (const bytes of io.stdin ?? []) seen.stdin += Buffer.from(bytes).toString();
    await sizes;
    return { kind: 'exit', exitCode: 0 };
  });
  nodes.programs.set('cat', nodes.programs.get('sh') ?? (() => Promise.reject(new Error('no sh'))));
  nodes.dial = async () => {
    const [ours, theirs] = duplexPair();
    void (async () => {
      for await (const bytes of theirs) seen.requests += String(bytes);
    })().catch(() => undefined);
    return ours;
  };
  const api = await testServer({
    parts: ({ clock }) => ({ subresources: connectSubresources({ nodes, clock, wire }) }),
  });
  await seedNode(api);
  await makePod(api, 'p');
  const { socket } = await upgrade(api, method, url, headers);
  socket.resume();
  const bytes = Buffer.from(sent, 'base64');
  for (let at = 0; at < bytes.length; at += size) {
    await new Promise<void>((resolve) => {
      socket.write(bytes.subarray(at, at + size), () => resolve());
    });
    await settle();
  }
  await wire.advance(25);
  const before = { ...seen };
  socket.destroy();
  return before;
}

const of = (kind: string) => Object.entries(recorded).filter(([name]) => name.startsWith(kind));

describe.each([1, 7, 20])('real kubectls, %d bytes at a time', (size) => {
  it.each(of('stdin'))('%s: the whole of stdin arrives', async (_, one) => {
    const seen = await replay(one, size);
    expect(seen).toMatchObject({ commands: ['cat'], stdin: 'uno\ndos\n', tty: false });
  });

  it.each(of('tty'))('%s: keys and window sizes', async (_, one) => {
    const seen = await replay(one, size);
    expect(seen).toMatchObject({ commands: ['sh -c read x; exit 5'], tty: true, stdin: 'abc\n' });
    expect(seen.sizes[0]).toEqual({ width: 100, height: 30 });
  });

  it.each(of('port-forward'))('%s: the request reaches the Pod', async (_, one) => {
    const { requests } = await replay(one, size);
    expect(requests).toMatch(/^GET \/a HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
  });
});

describe('real kubectls', () => {
  it('were recorded: before WebSockets, with them, and the newest', () => {
    expect(of('exec').map(([name, { headers }]) => [name, headers['upgrade']])).toEqual([
      ['exec-1.27', 'SPDY/3.1'],
      ['exec-1.30', 'websocket'],
      ['exec-1.33', 'websocket'],
      ['exec-1.36', 'websocket'],
    ]);
  });
});
