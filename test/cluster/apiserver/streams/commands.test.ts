import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamIo } from '../../../../src/cluster/apiserver/node-access.ts';
import { frameType, words } from '../../../../src/cluster/apiserver/streams/spdy/frames.ts';
import { connectSubresources } from '../../../../src/cluster/apiserver/subresources/connect.ts';
import { settle, type TestServer, testServer } from '../../../helpers/apiServer.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';
import { type FakeNodes, fakeNodes, type Program } from '../../../helpers/fakeNodeAccess.ts';
import { SpdyClient } from '../../../helpers/spdyClient.ts';
import { makePod, seedNode, spdyHeaders, upgrade, webSocketHeaders } from '../../../helpers/streamServer.ts';
import { WebSocketClient } from '../../../helpers/webSocketClient.ts';

const url = (query: string, verb = 'exec') => `/api/v1/namespaces/default/pods/p/${verb}?${query}`;

let nodes: FakeNodes;
let api: TestServer;
let wire: FakeClock;

beforeEach(async () => {
  nodes = fakeNodes();
  wire = new FakeClock(0);
  api = await testServer({
    parts: ({ clock }) => ({ subresources: connectSubresources({ nodes, clock, wire }) }),
  });
  await seedNode(api);
  await makePod(api, 'p');
});

const saying =
  (out: string, err: string, exitCode: number): Program =>
  async (io) => {
    await io.stdout(Buffer.from(out));
    if (err !== '') await io.stderr(Buffer.from(err));
    return { kind: 'exit', exitCode };
  };

const cat: Program = async (io) => {
  for await (const bytes of io.stdin ?? []) await io.stdout(bytes);
  return { kind: 'exit', exitCode: 0 };
};

async function spdy(query: string, types: readonly string[], protocol?: string, verb?: string) {
  const { head, socket } = await upgrade(api, 'POST', url(query, verb), spdyHeaders(protocol));
  const client = new SpdyClient(socket);
  const ids = new Map(types.map((streamtype) => [streamtype, client.open({ streamtype })]));
  const id = (type: string) => ids.get(type) ?? 0;
  return { client, head, id, text: (type: string) => client.text(id(type)) };
}

async function webSocket(query: string, protocol?: string, verb?: string) {
  const { head, socket } = await upgrade(api, 'GET', url(query, verb), webSocketHeaders(protocol));
  return { client: new WebSocketClient(socket), head };
}

/** What kubectl reads of how it ended. */
const status = (text: string) => JSON.parse(text) as { readonly [field: string]: unknown };

describe('exec over SPDY', () => {
  it('runs once all streams are there, and tells the exit code at the end', async () => {
    nodes.programs.set('pan', saying('fuera\n', 'mal\n', 7));
    const types = ['error', 'stdout', 'stderr'];
    const { client, head, text } = await spdy('command=pan&command=-x&stdout=true&stderr=true', types);
    expect(head).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\n' +
        'X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n',
    );
    await client.ended;
    expect([text('stdout'), text('stderr')]).toEqual(['fuera\n', 'mal\n']);
    expect(status(text('error'))).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: error executing command [pan -x], exit code 7',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
    expect([...client.streams.values()].every(({ replied, ended }) => replied && ended)).toBe(true);
    expect(client.others.at(-1)?.type).toBe(frameType.goAway);
  });

  it('succeeds without words but those', async () => {
    nodes.programs.set('pan', saying('', '', 0));
    const { client, text } = await spdy('command=pan&stdout=true', ['error', 'stdout']);
    await client.ended;
    expect(text('error')).toBe('{"metadata":{},"status":"Success"}');
  });

  it('gives stdin until the client half-closes it', async () => {
    nodes.programs.set('cat', cat);
    const { client, id, text } = await spdy('command=cat&stdin=true&stdout=true', [
      'error',
      'stdin',
      'stdout',
    ]);
    await client.send(id('stdin'), 'uno\n');
    await client.send(id('stdin'), 'dos\n', true);
    await client.ended;
    expect(text('stdout')).toBe('uno\ndos\n');
  });

  it('tells window sizes to a terminal, which has no stderr', async () => {
    const sizes: unknown[] = [];
    let io: StreamIo | undefined;
    nodes.programs.set('sh', async (given) => {
      io = given;
      for await (const size of given.resize ?? []) if (sizes.push(size) === 3) break;
      return { kind: 'exit', exitCode: 0 };
    });
    const types = ['error', 'stdin', 'stdout', 'resize'];
    const { client, id } = await spdy('command=sh&stdin=1&stdout=1&stderr=1&tty=1', types);
    await client.send(id('resize'), '{"Width":80,"Hei');
    await client.send(id('resize'), 'ght":24}\n{"Width":100,"Height":30}\n{"Width":1,"Height":2}\n');
    await client.ended;
    expect(io?.tty).toBe(true);
    expect(sizes).toEqual([
      { width: 80, height: 24 },
      { width: 100, height: 30 },
      { width: 1, height: 2 },
    ]);
  });

  it('says why nothing could be run', async () => {
    const { client, text } = await spdy('command=nada&stdout=true', ['error', 'stdout']);
    await client.ended;
    expect(status(text('error'))['message']).toMatch(
      /^Internal error occurred: error executing command in container: failed to exec in container: .*"nada": executable file not found in \$PATH: unknown$/,
    );
  });

  it.each(['v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'])(
    'tells %s a failure as text',
    async (protocol) => {
      nodes.programs.set('pan', saying('', '', 3));
      const { client, text } = await spdy('command=pan&stdout=true', ['error', 'stdout'], protocol);
      await client.ended;
      expect(text('error')).toBe(
        'command terminated with non-zero exit code: error executing command [pan], exit code 3',
      );
    },
  );

  it('gives up a client that does not open its streams', async () => {
    nodes.programs.set('pan', saying('', '', 0));
    const { client } = await spdy('command=pan&stdout=true', ['error']);
    await settle();
    await wire.advance(30_000);
    await client.ended;
    expect(client.others.at(-1)?.type).toBe(frameType.goAway);
  });

  it('ends a connection that has been silent for four hours', async () => {
    let aborted: AbortSignal | undefined;
    nodes.programs.set('sleep', (io) => {
      aborted = io.signal;
      return new Promise(() => undefined);
    });
    const { client } = await spdy('command=sleep&stdout=true', ['error', 'stdout']);
    await settle();
    await wire.advance(4 * 3600 * 1000 - 1);
    await settle();
    expect(aborted?.aborted).toBe(false);
    client.raw(frameType.ping, words(1));
    await wire.advance(1);
    await client.ended.catch(() => undefined);
    await settle();
    expect(aborted?.aborted).toBe(true);
  });

  it('tells the process when its client vanishes', async () => {
    let signal: AbortSignal | undefined;
    nodes.programs.set('sleep', (io) => {
      signal = io.signal;
      return new Promise(() => undefined);
    });
    const { client } = await spdy('command=sleep&stdout=true', ['error', 'stdout']);
    await settle();
    expect(signal?.aborted).toBe(false);
    client.socket.destroy();
    await settle();
    expect(signal?.aborted).toBe(true);
  });
});

describe('exec over a WebSocket', () => {
  it('v5: a channel each, the exit code, and a normal close', async () => {
    nodes.programs.set('pan', saying('fuera\n', 'mal\n', 7));
    const { client, head } = await webSocket('command=pan&stdout=true&stderr=true');
    expect(head).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n',
    );
    // kubectl drops what comes before it has set up its channels.
    await settle();
    expect(client.messages).toEqual([]);
    await wire.advance(25);
    await client.ended;
    expect(client.messages[0]).toEqual({ opcode: 2, bytes: Buffer.of(1) });
    expect([client.onChannel(1), client.onChannel(2)]).toEqual(['fuera\n', 'mal\n']);
    expect(status(client.onChannel(3))).toMatchObject({
      message: 'command terminated with non-zero exit code: command terminated with exit code 7',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
    expect(client.messages.at(-1)).toEqual({ opcode: 8, bytes: Buffer.from([0x03, 0xe8]) });
  });

  it('v5: a close signal ends stdin', async () => {
    nodes.programs.set('cat', cat);
    const { client } = await webSocket('command=cat&stdin=true&stdout=true');
    await client.send(2, '\0uno\n');
    await client.send(2, Buffer.of(255, 0));
    await client.send(2, '\0tarde');
    await client.ended;
    expect([client.onChannel(1), client.onChannel(3)]).toEqual([
      'uno\n',
      '{"metadata":{},"status":"Success"}',
    ]);
  });

  it('v5: tells through the error channel what the kubelet refuses', async () => {
    nodes.missing.add('c');
    const { client } = await webSocket('command=cat&stdout=true');
    await wire.advance(25);
    await client.ended;
    expect(status(client.onChannel(3))).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message: 'Internal error occurred: unable to upgrade connection: container not found ("c")',
    });
  });

  it('v5: tells twice that it is internal when nothing could be run', async () => {
    const { client } = await webSocket('command=nada&stdout=true');
    await wire.advance(25);
    await client.ended;
    expect(status(client.onChannel(3))['message']).toMatch(
      /^Internal error occurred: Internal error occurred: error executing command in container: failed to exec/,
    );
  });

  it('v5: tells that the node does not answer', async () => {
    nodes.off.set('nodo-1', 'dial tcp 10.9.0.1:10250: connect: connection refused');
    const { client } = await webSocket('command=ls&command=a+b&stdin=1&stdout=1&stderr=1');
    await wire.advance(25);
    await client.ended;
    expect(status(client.onChannel(3))['message']).toBe(
      'Internal error occurred: error sending request: Post "https://10.9.0.1:10250/exec/default/p/c?' +
        'command=ls&command=a+b&error=1&input=1&output=1": dial tcp 10.9.0.1:10250: connect: connection refused',
    );
  });

  it.each(['', 'channel.k8s.io', 'v4.channel.k8s.io'])('%j: bytes', async (protocol) => {
    nodes.programs.set('cat', cat);
    const { client, head } = await webSocket('command=cat&stdin=true&stdout=true', protocol);
    expect(head.includes('Sec-WebSocket-Protocol')).toBe(protocol !== '');
    await client.send(2, '\0uno');
    await settle();
    expect(client.onChannel(1)).toBe('uno');
    client.socket.destroy();
  });

  it('v4.base64: text, also where it was cut', async () => {
    nodes.programs.set('cat', cat);
    const { client } = await webSocket('command=cat&stdin=true&stdout=true', 'v4.base64.channel.k8s.io');
    await client.send(1, `0${Buffer.from('pan y vino').toString('base64')}`);
    await settle();
    expect(client.onChannel(1, true)).toBe('pan y vino');
    expect(client.messages[0]?.opcode).toBe(1);
    client.socket.destroy();
  });

  it('answers pings, and a close with a close', async () => {
    nodes.programs.set('cat', cat);
    const { client } = await webSocket('command=cat&stdin=true&stdout=true');
    await client.send(9, 'eo');
    await client.send(8, Buffer.from([0x03, 0xe8]));
    await client.ended;
    expect(client.messages).toEqual([
      { opcode: 10, bytes: Buffer.from('eo') },
      { opcode: 8, bytes: Buffer.from([0x03, 0xe8]) },
    ]);
  });

  it('closes with 1002 on who breaks the rules', async () => {
    nodes.programs.set('cat', cat);
    const { client } = await webSocket('command=cat&stdin=true&stdout=true');
    client.socket.write(Buffer.from('8201ff', 'hex'));
    await client.ended;
    expect(client.messages.at(-1)).toEqual({ opcode: 8, bytes: Buffer.from([0x03, 0xea]) });
  });

  it('is refused without a proper handshake', async () => {
    const ask = (method: string, headers: { readonly [name: string]: string }) =>
      upgrade(api, method, url('command=ls&stdout=1'), { ...webSocketHeaders(), ...headers }).then(
        () => 'accepted',
        (error: unknown) => String(error),
      );
    expect(await ask('GET', { 'sec-websocket-version': '8' })).toBe(
      'Error: 400 missing or bad WebSocket Version',
    );
    expect(await ask('GET', { 'sec-websocket-key': 'x' })).toBe('Error: 400 mismatch challenge/response');
    expect(await ask('POST', {})).toBe('Error: 405 bad method');
    expect(await ask('GET', { 'sec-websocket-protocol': 'pan' })).toMatch(/^Error: 403 requested protocol/);
    expect(await ask('GET', { upgrade: 'pan' })).toMatch(
      /^Error: 400 unable to upgrade: missing upgrade headers/,
    );
  });
});

describe('attach', () => {
  it('joins the main process, and tells how that went', async () => {
    nodes.programs.set('attach', saying('hola\n', '', 3));
    const over = await spdy('stdout=true', ['error', 'stdout'], undefined, 'attach');
    await over.client.ended;
    expect(over.text('stdout')).toBe('hola\n');
    expect(status(over.text('error'))['status']).toBe('Success');
    nodes.programs.set('attach', async () => ({ kind: 'failed', message: 'no main process' }));
    const { client } = await webSocket('stdout=true', undefined, 'attach');
    await wire.advance(25);
    await client.ended;
    expect(status(client.onChannel(3))['message']).toBe(
      'Internal error occurred: Internal error occurred: error attaching to container: no main process',
    );
  });
});
