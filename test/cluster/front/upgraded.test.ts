import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect as plainConnect, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createHttpFront, type HttpFront } from '../../../src/cluster/front/http-front.ts';
import { ensurePki, type Pki } from '../../../src/cluster/pki/pki.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';

let folder: string;
let pki: Pki;
let front: HttpFront;
let server: Server;
let clock: FakeClock;
let taken: Duplex | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'curso-upgraded-'));
  pki = await ensurePki(folder, systemClock);
  clock = new FakeClock();
  front = createHttpFront({
    pki,
    clock,
    maxBodyBytes: 1000,
    handle: async ({ headers }) => ({
      status: 200,
      headers: {},
      body:
        headers['upgrade'] === undefined
          ? { kind: 'bytes', bytes: 'x'.repeat(50_000_000) }
          : {
              kind: 'upgrade',
              protocol: 'eco',
              accept: (socket) => {
                taken = socket as Duplex;
                taken.write(
                  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: eco\r\nConnection: Upgrade\r\n\r\n',
                );
              },
            },
    }),
  });
  server = createServer((socket) => front.accept(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  front.close();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Asks, and then reads no more. */
async function ask(headers: string): Promise<TLSSocket> {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const socket = connect({
    socket: plainConnect(address.port, '127.0.0.1'),
    ca: pki.caPem,
    servername: 'localhost',
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  await once(socket, 'readable');
  return socket;
}

describe('a connection that became something else', () => {
  it('may wait for its client as long as whoever serves it likes; an answer that nobody reads may not', async () => {
    const upgraded = await ask('Connection: Upgrade\r\nUpgrade: eco\r\n');
    const answered = await ask('');
    // More than any buffer on the way holds.
    taken?.write(Buffer.alloc(50_000_000));
    const before = front.connections();
    // The first look remembers, a later one finds no progress.
    for (let turn = 0; turn < 9; turn++) await clock.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect([before, taken?.destroyed]).toEqual([2, false]);
    while (front.connections() === 2) await new Promise((resolve) => setImmediate(resolve));
    expect(front.connections()).toBe(1);
    upgraded.destroy();
    answered.destroy();
  });
});
