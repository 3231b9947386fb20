import { beforeEach, describe, expect, it } from 'vitest';
import { ByteQueue } from '../../../../src/cluster/apiserver/streams/byte-queue.ts';
import { frameType, words } from '../../../../src/cluster/apiserver/streams/spdy/frames.ts';
import { connectSubresources } from '../../../../src/cluster/apiserver/subresources/connect.ts';
import { settle, type TestServer, testServer } from '../../../helpers/apiServer.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';
import { type FakeNodes, fakeNodes } from '../../../helpers/fakeNodeAccess.ts';
import { SpdyClient } from '../../../helpers/spdyClient.ts';
import { makePod, seedNode, spdyHeaders, upgrade } from '../../../helpers/streamServer.ts';

const exec = '/api/v1/namespaces/default/pods/p/exec?command=x&stdin=true&stdout=true';
const window = 64 * 1024;

let nodes: FakeNodes;
let api: TestServer;

beforeEach(async () => {
  nodes = fakeNodes();
  api = await testServer({
    parts: ({ clock }) => ({ subresources: connectSubresources({ nodes, clock, wire: new FakeClock(0) }) }),
  });
  await seedNode(api);
  await makePod(api, 'p');
});

async function connected() {
  const { socket } = await upgrade(api, 'POST', exec, spdyHeaders());
  const client = new SpdyClient(socket);
  const [error, stdin, stdout] = ['error', 'stdin', 'stdout'].map((streamtype) =>
    client.open({ streamtype }),
  );
  return { client, error: error ?? 0, stdin: stdin ?? 0, stdout: stdout ?? 0 };
}

describe('ten megabytes', () => {
  it('go both ways at once through one connection, and are the same', async () => {
    nodes.programs.set('x', async (io) => {
      for await (const bytes of io.stdin ?? []) await io.stdout(bytes);
      return { kind: 'exit', exitCode: 0 };
    });
    const { client, stdin, stdout } = await connected();
    const sent = Buffer.alloc(10 * 1024 * 1024, 'pan y vino; ');
    for (let at = 0; at < sent.length; at += 65_521) await client.send(stdin, sent.subarray(at, at + 65_521));
    await client.send(stdin, '', true);
    await client.ended;
    expect(Buffer.concat(client.of(stdout).bytes).equals(sent)).toBe(true);
  });
});

describe('who does not read', () => {
  it('makes the process wait: no more than a few buffers are held', async () => {
    let written = 0;
    nodes.programs.set('x', async (io) => {
      while (!io.signal.aborted && written < 1000) {
        await io.stdout(Buffer.alloc(32 * 1024));
        written += 1;
      }
      return { kind: 'exit', exitCode: 0 };
    });
    const { socket } = await upgrade(api, 'POST', exec, spdyHeaders());
    const client = new SpdyClient(socket);
    for (const streamtype of ['error', 'stdin', 'stdout']) client.open({ streamtype });
    socket.pause();
    // The reader of the helper is held back too.
    const held = socket.read.bind(socket);
    socket.read = () => null;
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(written).toBeLessThan(20);
    socket.read = held;
    socket.destroy();
  });

  it('of its stdin makes the client wait, and what nobody will read is let go', async () => {
    let go: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      go = resolve;
    });
    nodes.programs.set('x', async () => {
      await end;
      return { kind: 'exit', exitCode: 0 };
    });
    const { client, stdin } = await connected();
    let sent = 0;
    const all = (async () => {
      for (; sent < 400; sent++) await client.send(stdin, Buffer.alloc(16 * 1024));
    })();
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(sent).toBeLessThan(60);
    go();
    await client.ended;
    void all;
    client.socket.destroy();
  });
});

describe('windows', () => {
  const windowUpdates = (client: SpdyClient) =>
    client.others
      .filter(({ type }) => type === frameType.windowUpdate)
      .map(({ payload }) => [payload.readUInt32BE(0), payload.readUInt32BE(4)]);

  it('are given back as the process reads, for the stream and for the whole', async () => {
    nodes.programs.set('x', async (io) => {
      for await (const _ of io.stdin ?? []);
      return { kind: 'exit', exitCode: 0 };
    });
    const { client, stdin } = await connected();
    await client.send(stdin, Buffer.alloc(window / 2));
    await settle();
    expect(windowUpdates(client)).toEqual([
      [0, window / 2],
      [stdin, window / 2],
    ]);
    client.socket.destroy();
  });

  it('bind towards a client that keeps them', async () => {
    nodes.programs.set('x', async (io) => {
      await io.stdout(Buffer.alloc(200_000));
      return { kind: 'exit', exitCode: 0 };
    });
    const { socket } = await upgrade(api, 'POST', exec, spdyHeaders());
    const client = new SpdyClient(socket);
    // SETTINGS_INITIAL_WINDOW_SIZE
    client.raw(frameType.settings, words(1, 7, 1000));
    const [, , stdout = 0] = ['error', 'stdin', 'stdout'].map((streamtype) => client.open({ streamtype }));
    await settle();
    const got = () => Buffer.concat(client.of(stdout).bytes).length;
    expect(got()).toBe(1000);
    client.raw(frameType.windowUpdate, words(stdout, 500));
    await settle();
    expect(got()).toBe(1500);
    client.raw(frameType.windowUpdate, words(stdout, 1_000_000));
    await client.ended;
    expect(got()).toBe(200_000);
  });

  it('of the whole connection bind on their own', async () => {
    nodes.programs.set('x', async (io) => {
      await io.stdout(Buffer.alloc(200_000));
      return { kind: 'exit', exitCode: 0 };
    });
    const { socket } = await upgrade(api, 'POST', exec, spdyHeaders());
    const client = new SpdyClient(socket);
    client.raw(frameType.windowUpdate, words(0, 1));
    const [, , stdout = 0] = ['error', 'stdin', 'stdout'].map((streamtype) => client.open({ streamtype }));
    await settle();
    expect(Buffer.concat(client.of(stdout).bytes).length).toBe(window + 1);
    socket.destroy();
  });

  it('that grow too large reset the stream', async () => {
    nodes.programs.set('x', () => new Promise(() => undefined));
    const { client, stdout } = await connected();
    client.raw(frameType.windowUpdate, words(stdout, 0x7fffffff));
    await settle();
    expect(client.of(stdout).reset).toBe(7);
    client.socket.destroy();
  });
});

describe('a client that breaks the rules', () => {
  it.each([
    ['another version', '8002000100000000'],
    ['data of a stream that was never opened', '000003e900000001aa'],
    ['a control frame that ends too soon', '800300030000000100'],
    ['headers that are none', '80030001000000100000000500000000000000000000000000'],
    ['settings of another length', '800300040000000400000009'],
  ])('%s: GOAWAY, and the end', async (_, hex) => {
    nodes.programs.set('x', () => new Promise(() => undefined));
    const { client } = await connected();
    client.socket.write(Buffer.from(hex, 'hex'));
    await client.ended;
    expect(client.others.at(-1)).toMatchObject({ type: frameType.goAway });
    expect(client.others.at(-1)?.payload.readUInt32BE(4)).toBe(1);
  });

  it('pings are answered, those of the server’s own numbers are not', async () => {
    nodes.programs.set('x', () => new Promise(() => undefined));
    const { client } = await connected();
    client.raw(frameType.ping, words(2));
    client.raw(frameType.ping, words(7));
    await settle();
    expect(client.others).toEqual([{ type: frameType.ping, payload: words(7) }]);
    client.socket.destroy();
  });
});

describe('bytes that wait', () => {
  it('are asked to be patient beyond the limit, and set free by reading or by giving up', async () => {
    let taken = 0;
    const queue = new ByteQueue(10, (count) => {
      taken += count;
    });
    expect(queue.push(Buffer.alloc(10))).toBeUndefined();
    let free = false;
    void queue.push(Buffer.alloc(1))?.then(() => {
      free = true;
    });
    await settle();
    expect(free).toBe(false);
    for await (const bytes of queue) {
      expect(bytes).toHaveLength(10);
      break;
    }
    await settle();
    expect([free, taken]).toEqual([true, 11]);
    expect(queue.push(Buffer.alloc(100))).toBeUndefined();
    expect(taken).toBe(111);
    queue.end();
    expect(queue.push(Buffer.alloc(1))).toBeUndefined();
    expect(taken).toBe(111);
  });
});
