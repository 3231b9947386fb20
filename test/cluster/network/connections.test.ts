import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VirtualServer } from '../../../src/cluster/network/contract.ts';
import {
  ask,
  createWorld,
  get,
  saying,
  service,
  services,
  slice,
  slices,
  type TestPod,
  textOf,
  type World,
} from './world.ts';

let world: World;
let a: TestPod;
let b: TestPod;
beforeEach(async () => {
  world = await createWorld();
  a = await world.pod('a');
  b = await world.pod('b', { node: 'nodo-2' });
});
afterEach(async () => {
  await world.close();
  expect(world.troubles).toEqual([]);
});

/** Everything until the end; the code of the error when it breaks. */
async function read(stream: Duplex): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of stream) parts.push(part as Buffer);
  } catch (error) {
    return `${Buffer.concat(parts)}!${(error as { code: string }).code}`;
  }
  return Buffer.concat(parts).toString();
}

const echo: VirtualServer = {
  kind: 'bytes',
  accept: (connection) => {
    connection.pipe(connection);
  },
};

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('bytes', () => {
  test('come back in order, 8 MiB of them, with the end passed on', async () => {
    b.net.listen(7, echo);
    const connection = await a.net.connect(b.ip, 7);
    const sent = Buffer.alloc(8 * 1024 * 1024, 'abcdefg');
    const received = read(connection);
    connection.end(sent);
    expect((await received) === sent.toString()).toBe(true);
  });

  test('know who calls, and one half may end before the other', async () => {
    b.net.listen(7, {
      kind: 'bytes',
      accept: (connection, peer) => {
        let text = '';
        connection.on('data', (part) => {
          text += String(part);
        });
        connection.on('end', () => connection.end(`${peer.ip} said ${text}`));
      },
    });
    const connection = await a.net.connect(b.ip, 7);
    connection.write('hello ');
    connection.end('there');
    expect(await read(connection)).toBe(`${a.ip} said hello there`);
  });

  test('wait for a reader that is slow', async () => {
    let other: Duplex | undefined;
    b.net.listen(7, {
      kind: 'bytes',
      accept: (connection) => {
        other = connection;
      },
    });
    const connection = await a.net.connect(b.ip, 7);
    let written = 0;
    while (connection.write(Buffer.alloc(16 * 1024)) && written < 100) written += 1;
    await turns();
    expect(written).toBeLessThan(20);
    let drained = false;
    connection.once('drain', () => {
      drained = true;
    });
    other?.resume();
    await turns();
    expect(drained).toBe(true);
  });

  test('a server that throws or resets is a reset, one that just closes an end', async () => {
    b.net.listen(7, {
      kind: 'bytes',
      accept: () => {
        throw new Error('crash');
      },
    });
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    b.net.listen(8, { kind: 'bytes', accept: (connection) => void connection.destroy(reset) });
    b.net.listen(9, { kind: 'bytes', accept: (connection) => void connection.destroy() });
    expect(await read(await a.net.connect(b.ip, 7))).toBe('!ECONNRESET');
    expect(await read(await a.net.connect(b.ip, 8))).toBe('!ECONNRESET');
    expect(await read(await a.net.connect(b.ip, 9))).toBe('');
  });
});

describe('what ends a connection', () => {
  test('the Pod that goes, on either side', async () => {
    b.net.listen(7, echo);
    const one = await a.net.connect(b.ip, 7);
    const text = read(one);
    b.net.close();
    expect(await text).toBe('!ECONNRESET');
    a.net.close();
    await expect(a.net.connect(a.ip, 7)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(() => a.net.listen(1, echo)).toThrow('gone');
  });

  test('the program that stops, unless it drains', async () => {
    const stop = b.net.listen(7, echo);
    const first = await a.net.connect(b.ip, 7);
    stop('drain');
    await expect(a.net.connect(b.ip, 7)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    first.end('still there');
    expect(await read(first)).toBe('still there');
    const again = b.net.listen(7, echo);
    const second = read(await a.net.connect(b.ip, 7));
    again();
    expect(await second).toBe('!ECONNRESET');
  });

  test('nothing, while a node is only cut off for a while; a quarter of an hour, and it is given up', async () => {
    b.net.listen(7, echo);
    const connection = await a.net.connect(b.ip, 7);
    world.network.setNode('nodo-2', 'isolated');
    connection.write('hello');
    let received = '';
    let lost = '';
    connection.on('data', (part) => {
      received += String(part);
    });
    connection.on('error', (error: NodeJS.ErrnoException) => {
      lost = error.code ?? '';
    });
    await world.clock.advance(60_000);
    expect(received).toBe('');
    world.network.setNode('nodo-2', 'up');
    await turns();
    expect(received).toBe('hello');
    world.network.setNode('nodo-2', 'off');
    await world.clock.advance(1_000_000);
    expect(lost).toBe('ETIMEDOUT');
  });
});

describe('messages', () => {
  const slow = (ms: number): VirtualServer => ({
    kind: 'http',
    handle: async (_request, signal) => {
      await world.clock.sleep(ms, signal);
      return { status: 200, headers: {}, body: Buffer.from('late') };
    },
  });

  test('are answered by a server of bytes, as HTTP on the wire', async () => {
    let wire = '';
    b.net.listen(80, {
      kind: 'bytes',
      accept: (connection) => {
        connection.on('data', (part) => {
          wire += String(part);
          if (wire.endsWith('body'))
            connection.write('HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok');
        });
      },
    });
    const request = {
      method: 'POST',
      path: '/x?y=1',
      headers: { host: 'b', 'x-b': '2' },
      body: Buffer.from('body'),
    };
    const answer = await a.net.http(b.ip, 80, request);
    expect([answer.status, answer.headers['x-a'], textOf(answer)]).toEqual([201, '1', 'ok']);
    expect(wire.toLowerCase()).toContain(
      'post /x?y=1 http/1.1\r\nhost: b\r\nx-b: 2\r\ncontent-length: 4\r\n',
    );
  });

  test('and a server of messages answers bytes: several on one connection, nonsense with 400', async () => {
    b.net.listen(80, saying('hi'));
    const connection = await a.net.connect(b.ip, 80);
    connection.write(
      'GET /1 HTTP/1.1\r\nHost: b\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n',
    );
    const text = await read(connection);
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(text).toContain(`X-Peer: ${a.ip}`);
    const half = await a.net.connect(b.ip, 80);
    half.end('GET /3 HTTP/1.1\r\nHost: b\r\n\r\n');
    expect(await read(half)).toContain('200 OK');
    const hostile = await a.net.connect(b.ip, 80);
    hostile.end(Buffer.from([0x16, 3, 1, 0, 0xff, 0, 0x0d, 0x0a]));
    expect(await read(hostile)).toContain('400 Bad Request');
  });

  test('a server of bytes that talks no HTTP, or hangs up, is a reset', async () => {
    b.net.listen(80, { kind: 'bytes', accept: (connection) => void connection.end('SSH-2.0-x\r\n') });
    b.net.listen(81, { kind: 'bytes', accept: (connection) => void connection.end() });
    expect(await ask(a.net, b.ip, 80)).toBe('ECONNRESET');
    expect(await ask(a.net, b.ip, 81)).toBe('ECONNRESET');
  });

  test('a request that is no HTTP does not get on the wire', async () => {
    let ended = false;
    b.net.listen(80, {
      kind: 'bytes',
      accept: (connection) =>
        void connection.resume().on('end', () => {
          ended = true;
        }),
    });
    const bad = { method: 'GET', path: '/a b', headers: { host: 'b' } };
    await expect(a.net.http(b.ip, 80, bad)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await turns();
    expect(ended).toBe(true);
  });

  test('a server that crashes while it answers is a reset; a Pod that goes meanwhile too', async () => {
    b.net.listen(80, {
      kind: 'http',
      handle: () => {
        throw new Error('crash');
      },
    });
    expect(await ask(a.net, b.ip, 80)).toBe('ECONNRESET');
    b.net.listen(81, slow(5_000));
    const answer = ask(a.net, b.ip, 81);
    await turns();
    b.net.close();
    expect(await answer).toBe('ECONNRESET');
  });

  test('a client that gives up takes its reason along, and the server learns of it', async () => {
    let told: unknown;
    b.net.listen(80, {
      kind: 'http',
      handle: (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            told = signal.reason;
            reject(signal.reason);
          });
        }),
    });
    const given = new AbortController();
    const answer = a.net.http(b.ip, 80, get(), given.signal);
    await turns();
    given.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(String(told)).toContain('enough');
    await expect(a.net.http(b.ip, 80, get(), given.signal)).rejects.toThrow('enough');
  });

  test('an answer waits while the way is cut', async () => {
    b.net.listen(80, slow(1_000));
    let answer = 'waiting';
    void ask(a.net, b.ip, 80).then((text) => {
      answer = text;
    });
    await turns();
    world.network.setNode('nodo-2', 'isolated');
    await world.clock.advance(10_000);
    expect(answer).toBe('waiting');
    world.network.setNode('nodo-2', 'up');
    await turns();
    expect(answer).toBe('late');
  });

  test('try each address of a headless Service until one takes it', async () => {
    const c = await world.pod('c', { node: 'nodo-3', serve: 80 });
    await world.apply(services(), service('all', { clusterIP: 'None', ports: [{ port: 80 }] }));
    await world.apply(
      slices(),
      slice('all', [{ pod: b }, { pod: c }], [{ port: 80, protocol: 'TCP', name: '' }]),
    );
    for (let i = 0; i < 10; i++) expect(await ask(a.net, 'all', 80)).toBe('c');
  });
});
