import { expect, it } from 'vitest';
import { simulatedWorld } from './world.ts';

it('runs a shell', async () => {
  const world = await simulatedWorld();
  const one = await world.run('busybox:1.37', {
    command: [
      'sh',
      '-c',
      'echo hi $((1+2)); for i in 1 2 3; do echo $i | cat; done; sleep 2; nosuch; exit 3',
    ],
  });
  const end = await one.end();
  expect([end.exitCode, end.reason, end.finishedAt - end.startedAt]).toEqual([3, 'Error', 2000]);
});
it('traps', async () => {
  const world = await simulatedWorld();
  const one = await world.run('busybox:1.37', {
    command: [
      'sh',
      '-c',
      'trap "echo got TERM; exit 0" TERM; echo started; while :; do sleep 1 & wait $!; done',
    ],
  });
  await world.clock.advance(5500);
  expect(one.text()).toBe('started\n');
  const stop = world.runtime.stopContainer(one.id, 30000);
  await world.clock.advance(10);
  await stop;
  expect(one.text()).toBe('started\ngot TERM\n');
  expect(one.status().exitCode).toBe(0);
});
it('ignores TERM as PID 1', async () => {
  const world = await simulatedWorld();
  const one = await world.run('busybox:1.37', { command: ['sleep', '3600'] });
  void world.runtime.stopContainer(one.id, 30000);
  await world.clock.advance(29000);
  expect(one.status().state).toBe('running');
  await world.clock.advance(1100);
  expect(one.status().exitCode).toBe(137);
});
it('execs', async () => {
  const world = await simulatedWorld();
  const one = await world.run('busybox:1.37', { command: ['sleep', '3600'] });
  expect(await one.exec(['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
    out: 'out\n',
    err: 'err\n',
    code: 7,
  });
  expect(await one.exec(['cat'], 'one\ntwo\n')).toEqual({ out: 'one\ntwo\n', err: '', code: 0 });
  expect((await one.exec(['sh', '-c', 'kill -9 $$'])).code).toBe(137);
  expect((await one.exec(['sh', '-c', 'kill -TERM $$'])).code).toBe(143);
  await expect(one.exec(['nosuch'])).rejects.toThrow('executable file not found in $PATH');
});
it('serves', async () => {
  const world = await simulatedWorld();
  const web = await world.run('nginx:1.29-alpine');
  await world.clock.advance(100);
  await world.run('busybox', {
    command: ['sh', '-c', 'wget -qO- p1 | cat; wget -O- http://p1/nope; wget p1:81; sleep 5'],
  });
  await world.clock.advance(1000);
  const stop = world.runtime.stopContainer(web.id, 30000);
  await world.clock.advance(10);
  await stop;
  expect(web.status().exitCode).toBe(0);
});
