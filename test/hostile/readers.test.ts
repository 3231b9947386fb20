import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { startBalancer } from '../../src/cluster/front/balancer.ts';
import { createHttpFront } from '../../src/cluster/front/http-front.ts';
import { ensurePki, type Pki } from '../../src/cluster/pki/pki.ts';
import type { ApiResponse, StreamItem } from '../../src/kube/transport.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

let folder: string;
let pki: Pki;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'curso-readers-'));
  pki = await ensurePki(folder, systemClock);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function serve(events: AsyncIterable<StreamItem>) {
  const clock = new FakeClock();
  const answer: ApiResponse = { status: 200, headers: {}, body: { kind: 'events', events } };
  const front = createHttpFront({ handle: async () => answer, pki, maxBodyBytes: 1000, clock });
  const balancer = await startBalancer(0, [
    { healthy: () => true, accept: (socket: Socket) => front.accept(socket) },
  ]);
  const socket = await new Promise<tls.TLSSocket>((resolve, reject) => {
    const made = tls.connect({ host: '127.0.0.1', port: balancer.port, ca: pki.caPem }, () => resolve(made));
    made.on('error', reject);
  });
  socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return {
    clock,
    socket,
    front,
    async stop() {
      socket.destroy();
      front.close();
      await balancer.close();
    },
  };
}

it('ends a watch whose client reads nothing, and reads no further for it', async () => {
  let made = 0;
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let stuck: () => void = () => undefined;
  const full = new Promise<void>((resolve) => {
    stuck = resolve;
  });
  const item = { bytes: () => Buffer.alloc(1 << 20) };
  const test = await serve(
    (async function* () {
      try {
        for (;;) {
          made += 1;
          yield item;
          if (made === 3) stuck();
        }
      } finally {
        ended();
      }
    })(),
  );
  test.socket.pause();
  await full;
  // What the kernel holds is taken in these turns; then nothing moves any more.
  for (let before = -1; before !== made; ) {
    before = made;
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  const held = made;
  await test.clock.advance(10_000);
  expect(test.front.connections()).toBe(1);
  await test.clock.advance(70_000);
  await end;
  expect(made).toBeLessThanOrEqual(held + 1);
  await test.stop();
});

it('leaves a watch alone that has nothing to say', async () => {
  const test = await serve(
    (async function* () {
      yield { bytes: () => 'uno\n' };
      await new Promise(() => undefined);
    })(),
  );
  await new Promise<void>((resolve) => test.socket.once('data', () => resolve()));
  await test.clock.advance(600_000);
  expect(test.front.connections()).toBe(1);
  await test.stop();
});

it('ends what waited behind another answer when the connection goes', async () => {
  const aborted: (() => void)[] = [];
  let asked = 0;
  let allAsked: () => void = () => undefined;
  const asking = new Promise<void>((resolve) => {
    allAsked = resolve;
  });
  const ends = [0, 1, 2].map(() => new Promise<void>((resolve) => aborted.push(resolve)));
  const front = createHttpFront({
    pki,
    maxBodyBytes: 1000,
    clock: new FakeClock(),
    handle: async () => {
      const end = aborted[asked++];
      if (asked === 3) allAsked();
      return { status: 200, headers: {}, body: { kind: 'events', events: endless(() => end?.()) } };
    },
  });
  const balancer = await startBalancer(0, [{ healthy: () => true, accept: (one) => front.accept(one) }]);
  const socket = tls.connect({ host: '127.0.0.1', port: balancer.port, ca: pki.caPem });
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(3));
  await asking;
  socket.destroy();
  await Promise.all(ends);
  front.close();
  await balancer.close();
});

async function* endless(ended: () => void): AsyncGenerator<StreamItem> {
  try {
    for (;;) yield { bytes: () => Buffer.alloc(1 << 20) };
  } finally {
    ended();
  }
}
