import type { Duplex } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { connectSubresources } from '../../../../src/cluster/apiserver/subresources/connect.ts';
import { settle, type TestServer, testServer } from '../../../helpers/apiServer.ts';
import { duplexPair } from '../../../helpers/duplexPair.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';
import { type FakeNodes, fakeNodes } from '../../../helpers/fakeNodeAccess.ts';
import { SpdyClient } from '../../../helpers/spdyClient.ts';
import { makePod, seedNode, spdyHeaders, upgrade, webSocketHeaders } from '../../../helpers/streamServer.ts';
import { WebSocketClient } from '../../../helpers/webSocketClient.ts';

const url = '/api/v1/namespaces/default/pods/p/portforward';

let nodes: FakeNodes;
let api: TestServer;
let wire: FakeClock;
/** The Pod's ends of the connections that were made. */
let dialled: { readonly port: number; readonly end: Duplex }[];

beforeEach(async () => {
  nodes = fakeNodes();
  wire = new FakeClock(0);
  dialled = [];
  nodes.dial = async (_pod, port) => {
    if (port === 9999) throw new Error('dial tcp4 127.0.0.1:9999: connect: connection refused');
    const [ours, theirs] = duplexPair();
    dialled.push({ port, end: theirs });
    return ours;
  };
  api = await testServer({
    parts: ({ clock }) => ({ subresources: connectSubresources({ nodes, clock, wire }) }),
  });
  await seedNode(api);
  await makePod(api, 'p');
});

async function connected(): Promise<SpdyClient> {
  const { socket } = await upgrade(api, 'POST', url, spdyHeaders('portforward.k8s.io'));
  return new SpdyClient(socket);
}

function pair(client: SpdyClient, port: number, requestid: string): { error: number; data: number } {
  const error = client.open({ streamtype: 'error', port: String(port), requestid });
  return { error, data: client.open({ streamtype: 'data', port: String(port), requestid }) };
}

const echo = async (end: Duplex) => {
  try {
    for await (const bytes of end.iterator({ destroyOnReturn: false })) end.write(bytes);
    end.end();
  } catch {
    // Cut off.
  }
};

describe('port-forward over SPDY', () => {
  it('carries any number of connections at once, each to its end', async () => {
    const client = await connected();
    const pairs = Array.from({ length: 50 }, (_, at) => pair(client, 8000 + at, String(at)));
    await settle();
    expect(dialled.map(({ port }) => port)).toEqual(pairs.map((_, at) => 8000 + at));
    for (const { end } of dialled) void echo(end);
    const text = (at: number) => `pan ${at} `.repeat(1000);
    await Promise.all(pairs.map(({ data }, at) => client.send(data, text(at), true)));
    while (pairs.some(({ error }) => !client.of(error).ended)) await settle();
    expect(pairs.every(({ data }, at) => client.text(data) === text(at))).toBe(true);
    expect(pairs.every(({ error }) => client.text(error) === '')).toBe(true);
    client.socket.destroy();
  });

  it('tells on the error stream that nobody listens, and goes on', async () => {
    const client = await connected();
    const refused = pair(client, 9999, '0');
    await settle();
    expect(client.text(refused.error)).toMatch(
      /^error forwarding port 9999 to pod [-0-9a-f]{36}, uid : dial tcp4 127.0.0.1:9999: connect: connection refused$/,
    );
    expect([client.of(refused.error).ended, client.of(refused.data).ended]).toEqual([true, true]);
    pair(client, 80, '1');
    await settle();
    expect(dialled).toHaveLength(1);
    client.socket.destroy();
  });

  it('ends the Pod’s side with the client’s: of one connection, or of all', async () => {
    const client = await connected();
    const [one, two] = [pair(client, 80, '0'), pair(client, 80, '1')];
    await settle();
    const reset = Buffer.alloc(8);
    reset.writeUInt32BE(one.data);
    reset.writeUInt32BE(5, 4);
    client.raw(3, reset);
    await settle();
    expect(dialled.map(({ end }) => end.destroyed)).toEqual([true, false]);
    expect([client.of(one.error).ended, client.of(two.error).ended]).toEqual([true, false]);
    client.socket.destroy();
    await settle();
    expect(dialled.map(({ end }) => end.destroyed)).toEqual([true, true]);
  });

  it('pairs the streams of clients that give no number', async () => {
    const client = await connected();
    client.open({ streamtype: 'error', port: '80' });
    client.open({ streamtype: 'data', port: '80' });
    await settle();
    expect(dialled).toHaveLength(1);
    client.socket.destroy();
  });

  it('refuses streams without a port or a type, twice the same, or out of order', async () => {
    const client = await connected();
    const wrong: readonly { readonly [name: string]: string }[] = [
      { streamtype: 'data' },
      { streamtype: 'data', port: 'x' },
      { streamtype: 'data', port: '0' },
      { streamtype: 'data', port: '70000' },
      { port: '80' },
      { streamtype: 'pan', port: '80' },
    ];
    const ids = wrong.map((headers) => client.open(headers));
    const first = client.open({ streamtype: 'data', port: '80', requestid: '1' });
    const again = client.open({ streamtype: 'data', port: '80', requestid: '1' });
    const back = client.open({ streamtype: 'data', port: '80', requestid: '2' }, { id: first });
    const even = client.open({ streamtype: 'data', port: '80', requestid: '3' }, { id: 1000 });
    await settle();
    expect(ids.map((id) => client.of(id).reset)).toEqual(ids.map(() => 3));
    expect([client.of(again).reset, client.of(back).reset, client.of(even).reset]).toEqual([3, 1, 1]);
    expect(dialled).toEqual([]);
    client.socket.destroy();
  });

  it('waits 30 s for the second stream of a pair', async () => {
    const client = await connected();
    const error = client.open({ streamtype: 'error', port: '80', requestid: '7' });
    await wire.advance(30_000);
    expect(client.text(error)).toBe('(request=7) timed out waiting for streams');
    expect(client.of(error).ended).toBe(true);
    client.socket.destroy();
  });
});

describe('port-forward over a WebSocket', () => {
  it('carries SPDY in its messages, however they are cut', async () => {
    const { head, socket } = await upgrade(api, 'GET', url, webSocketHeaders('SPDY/3.1+portforward.k8s.io'));
    expect(head).toContain('Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n');
    const outer = new WebSocketClient(socket);
    const [inside, end] = duplexPair();
    const client = new SpdyClient(inside);
    void (async () => {
      for await (const chunk of end.iterator({ destroyOnReturn: false }))
        for (const byte of chunk as Buffer) await outer.send(2, Buffer.of(byte));
    })();
    let given = 0;
    const pump = () => {
      for (; given < outer.messages.length; given++) {
        const { opcode, bytes } = outer.messages[given] ?? { opcode: 0, bytes: Buffer.alloc(0) };
        if (opcode === 2) end.write(bytes);
      }
    };
    const { data, error } = pair(client, 80, '0');
    for (let turn = 0; dialled.length === 0 && turn < 200; turn++) await settle();
    for (const one of dialled) void echo(one.end);
    await client.send(data, 'hola', true);
    for (let turn = 0; !client.of(error).ended && turn < 200; turn++) {
      await settle();
      pump();
    }
    expect(client.text(data)).toBe('hola');
    socket.destroy();
  });

  it('without SPDY gives each port two channels, which begin with its number', async () => {
    const { socket } = await upgrade(
      api,
      'GET',
      `${url}?ports=80&ports=9999`,
      webSocketHeaders('v4.channel.k8s.io'),
    );
    const client = new WebSocketClient(socket);
    await settle();
    for (const { end } of dialled) void echo(end);
    await client.send(2, '\0hola');
    await settle();
    const port = (number: number) => Buffer.of(number & 255, number >> 8).toString();
    expect(client.onChannel(0)).toBe(`${port(80)}hola`);
    expect(client.onChannel(1)).toBe(port(80));
    expect(client.onChannel(3)).toMatch(/error forwarding port 9999 to pod .*connection refused$/);
    socket.destroy();
  });

  it('is refused without ports, or with a protocol that nobody speaks', async () => {
    const ask = (query: string, protocol: string) =>
      upgrade(api, 'GET', `${url}${query}`, webSocketHeaders(protocol)).catch((error: unknown) =>
        String(error),
      );
    expect(await ask('', 'v4.channel.k8s.io')).toBe('Error: 400 query parameter "port" is required\n');
    expect(await ask('?ports=0', 'v4.channel.k8s.io')).toBe('Error: 400 port "0" must be > 0\n');
    expect(await ask('?ports=80', 'pan')).toMatch(/^Error: 403 requested protocol/);
    expect(await ask('', 'SPDY/3.1+pan.k8s.io')).toMatch(
      /^Error: 403 unable to upgrade: unable to negotiate/,
    );
  });
});
