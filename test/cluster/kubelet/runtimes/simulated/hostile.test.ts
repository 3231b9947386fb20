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
