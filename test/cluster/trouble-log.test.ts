import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openTroubleLog, troubleFile } from '../../src/cluster/trouble-log.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

async function opened() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'curso-registro-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clock = new FakeClock(Date.parse('2026-11-23T10:00:00Z'));
  const log = openTroubleLog({ folder, owner: undefined, clock });
  return { clock, log, file: troubleFile(folder), read: () => readFile(troubleFile(folder), 'utf8') };
}

it('counts the same trouble instead of writing it again, whatever numbers it has', async () => {
  const { clock, log, read } = await opened();
  for (let n = 0; n < 50; n += 1) {
    log.trouble('kubelet nodo-1', new Error(`pod ${n}: connection refused to 10.244.0.${n}`));
    await clock.advance(100);
  }
  await clock.advance(60_000);
  log.trouble('otro', 'sin más');
  await log.close();
  expect((await read()).split('\n')).toEqual([
    '2026-11-23T10:00:00.000Z aviso kubelet nodo-1: pod 0: connection refused to 10.244.0.0',
    '2026-11-23T10:01:05.000Z aviso (otras 49 veces) kubelet nodo-1: pod 0: connection refused to 10.244.0.0',
    '2026-11-23T10:01:05.000Z aviso otro: sin más',
    '',
  ]);
  expect(log.serious()).toBe(0);
});

it('says nothing of what a fault that somebody asked for brings with it', async () => {
  const { log, file } = await opened();
  log.trouble('informer /pods', new Error('Internal error occurred: the API server is down'));
  log.trouble('nodo-2', new Error('node nodo-2: dial tcp: connect: no route to host'));
  log.trouble('x', new Error('etcdserver: request timed out'));
  await log.close();
  await expect(stat(file)).rejects.toThrow('ENOENT');
});

it('tells a bug with its place and counts it as serious for an hour', async () => {
  const { clock, log, read } = await opened();
  log.trouble('controlador', new TypeError('x is not a function'));
  expect(log.serious()).toBe(1);
  await clock.advance(3_700_000);
  expect(log.serious()).toBe(0);
  await log.close();
  expect(await read()).toMatch(/GRAVE controlador: x is not a function \(.*trouble-log\.test\.ts:\d+:\d+\)/);
});

it('writes a line at a time that cannot trick a terminal, and not too many a minute', async () => {
  const { clock, log, read } = await opened();
  const word = (n: number) => String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26));
  for (let n = 0; n < 100; n += 1) log.trouble(word(n), new Error(`uno\ndos \u001b[31m${'z'.repeat(2_000)}`));
  await clock.advance(61_000);
  log.trouble('después', new Error('y sigue'));
  await log.close();
  const text = await read();
  expect(text).not.toContain('\u001b');
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(32);
  expect(lines[30]).toContain('se callaron 70 líneas');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(700);
});

it('keeps the newest half when the file has grown', async () => {
  const { clock, log, file, read } = await opened();
  const word = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
  for (let n = 0; n < 900; n += 1) {
    log.trouble(`x${word(n)}x`, new Error('z'.repeat(500)));
    await clock.advance(3_000);
  }
  await log.close();
  expect((await stat(file)).size).toBeLessThan(300 * 1024);
  const lines = (await read()).trimEnd().split('\n');
  expect(lines.every((line) => /^2026-\S+Z aviso x[a-j]+x: z+$/.test(line))).toBe(true);
  expect(lines.at(-1)).toContain(`x${word(899)}x`);
});
