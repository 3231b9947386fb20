import { expect, it } from 'vitest';
import { simulatedWorld } from './world.ts';

it.each([
  [`grep -cE '^(a+)+b$' /tmp/a`, '0'],
  [`sed -E 's/(a+a+)+c/z/' /tmp/a | tr -d '\\n' | wc -c`, '30000'],
  [`awk '/(a|aa)+d$/ { print "yes" } END { print NR }' /tmp/a`, '1'],
])('does not try an expression without end: %s', async (script, wanted) => {
  const world = await simulatedWorld();
  const one = await world.run('busybox:1.37', {
    command: ['sh', '-c', `head -c 30000 /dev/zero | tr '\\0' a > /tmp/a; ${script}`],
  });
  await one.end();
  expect(one.text().trim()).toBe(wanted);
});

it.each([
  'a=x; while :; do a=$a$a; done',
  'set -- ""; while :; do set -- "$@" "$@"; done',
  `awk 'BEGIN { a = "x"; while (1) a = a a }'`,
])('kills a container without limit as if its node had no more memory: %s', async (script) => {
  const world = await simulatedWorld();
  const one = await world.run('busybox:1.37', { command: ['sh', '-c', `exec ${shell(script)}`] });
  expect(await one.end(600_000)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  const next = await world.run('busybox:1.37', { command: ['sh', '-c', 'echo fine'] });
  await next.end();
  expect(next.text()).toBe('fine\n');
});

it('kills whoever uses most when all together want more than the node has', async () => {
  const world = await simulatedWorld({ memoryBytes: 64 * 1024 ** 2 });
  const small = await world.run('busybox:1.37', { command: ['sleep', '1000'] });
  const large = await world.run('busybox:1.37', { command: ['tail', '/dev/zero'] });
  expect(await large.end()).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  expect(small.status().state).toBe('running');
});

it('lets a program have again what it gave back', async () => {
  const world = await simulatedWorld();
  const script =
    'i=0; while [ $i -lt 12 ]; do a=$(head -c 8000000 /dev/zero | tr "\\0" a); unset a; f() { local b=$(seq 20000); }; f; i=$((i+1)); done; echo $i';
  const one = await world.run('busybox:1.37', { command: ['sh', '-c', script] });
  await one.end(600_000);
  expect(one.text()).toBe('12\n');
});

const shell = (script: string) => (script.startsWith('awk') ? script : `sh -c '${script}'`);
