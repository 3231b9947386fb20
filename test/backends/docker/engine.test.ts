import type http from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EngineError } from '../../../src/backends/docker/engine.ts';
import { watchEvents } from '../../../src/backends/docker/events.ts';
import { openDockerLink } from '../../../src/backends/docker/view.ts';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { type FakeEngine, startFakeEngine } from '../../helpers/fake-engine.ts';

const patient = { timeout: 60_000 };

let fake: FakeEngine;
beforeEach(async () => {
  fake = await startFakeEngine();
});
afterEach(() => fake.close());

test('JSON, nothing there, an empty body and a refusal are told apart', async () => {
  fake.answers['/a'] = (response) => response.end('{"x":1}');
  fake.answers['/b'] = (response) => response.writeHead(204).end();
  fake.answers['/c'] = (response) => response.writeHead(409).end('{"message":"ya existe"}');
  const engine = await fake.open();
  expect(await engine.json('/a')).toEqual({ x: 1 });
  expect(await engine.json('/no')).toBeUndefined();
  expect(await engine.json('/b')).toBeNull();
  await expect(engine.json('/c')).rejects.toThrow(new EngineError(409, 'ya existe'));
  await expect(engine.json('/c')).rejects.toMatchObject({ statusCode: 409 });
});

test('slow, endless, too big and not JSON are all "could not look"', async () => {
  fake.answers['/lento'] = () => {};
  fake.answers['/sinfin'] = (response) => {
    const chunk = 'x'.repeat(65_536);
    const push = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', push);
    };
    push();
  };
  fake.answers['/html'] = (response) => response.end('<html>');
  const engine = await fake.open();
  const reason = (path: string) =>
    engine.json(path, { timeoutMs: 200, maxBytes: 1_000_000 }).catch((error) => error.unavailable.reason);
  expect(await reason('/lento')).toBe('timeout');
  expect(await reason('/sinfin')).toBe('internal');
  expect(await reason('/html')).toBe('docker-context');
  const some = await engine.bytes('/sinfin', { maxBytes: 1_000 });
  expect(some).toMatchObject({ cut: true, data: { length: 1_000 } });
});

test('what arrived before the deadline is kept', async () => {
  fake.answers['/goteo'] = (response) => {
    response.write('hola');
  };
  const engine = await fake.open();
  expect(await engine.bytes('/goteo', { timeoutMs: 150 })).toEqual({ cut: true, data: Buffer.from('hola') });
});

test('an engine that goes away while in use is stopped, with the remedy', async () => {
  const engine = await fake.open();
  await fake.close();
  await expect(engine.json('/containers/json')).rejects.toMatchObject({
    unavailable: { reason: 'docker-stopped' },
  });
});

test('a refusal inside a look reaches the learner in the engine’s own words', async () => {
  fake.answers['/containers/x/json'] = (response) => response.writeHead(500).end('{"message":"disco lleno"}');
  const link = openDockerLink(await fake.open());
  await expect(link.view.container('x')).rejects.toThrow('El motor de Docker se negó: disco lleno');
  link.close();
});

test('events: a lost stream is taken up again, more and more slowly, and its return is announced', async () => {
  let streams = 0;
  let current: http.ServerResponse | undefined;
  fake.answers['/events'] = (response) => {
    streams += 1;
    current = response;
    response.writeHead(200).flushHeaders();
  };
  const timers: { delayMs: number; action: () => void }[] = [];
  // Requests keep their own deadlines; only the pauses of the watch are taken by hand.
  const clock: Clock = {
    ...systemClock,
    after: (delayMs, action) => {
      if (delayMs === 2_000) return systemClock.after(delayMs, action);
      timers.push({ delayMs, action });
      return () => {};
    },
  };
  const watch = watchEvents({ ...(await fake.open()), clock });
  const told = vi.fn();
  watch.onChange(told);
  await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1), patient); // it is connected
  current?.write(`${JSON.stringify({ Type: 'container', Action: 'start', Actor: {} })}\n`);
  await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(2), patient);
  current?.write(
    `${JSON.stringify({ Type: 'container', Action: 'exec_start: sh', Actor: {} })}\n{not json}\n`,
  );

  for (const expected of [250, 500, 1_000]) {
    current?.destroy();
    await vi.waitFor(() => expect(timers).toHaveLength(1), patient);
    const [timer] = timers.splice(0);
    expect(timer?.delayMs).toBe(expected);
    const before = streams;
    timer?.action();
    await vi.waitFor(() => expect(streams).toBe(before + 1), patient);
  }
  // Back and talking: the patience starts again.
  await vi.waitFor(
    () => current?.write(`${JSON.stringify({ Type: 'image', Action: 'tag', Actor: {} })}\n`),
    patient,
  );
  const calls = told.mock.calls.length;
  await vi.waitFor(() => expect(told.mock.calls.length).toBeGreaterThan(calls), patient);
  current?.destroy();
  await vi.waitFor(() => expect(timers[0]?.delayMs).toBe(250), patient);
  watch.close();
  timers[0]?.action();
  expect(streams).toBe(4);
});
