import { expect, it } from 'vitest';
import { simulatedWorld } from './world.ts';

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

async function withToken(image: string) {
  const world = await simulatedWorld();
  const volume = world.runtime.createVolume({
    kind: 'projected',
    memory: true,
    sizeLimitBytes: 0,
    survives: false,
  });
  volume.replace(new Map([['namespace', { bytes: Buffer.from('panaderia'), mode: 0o644 }]]));
  return world.run(image, {
    command: ['sleep', '600'],
    mounts: [{ volume, containerPath: serviceAccount, readOnly: true, subPath: '' }],
  });
}

it('makes the folders that lead to a volume when the image has none', async () => {
  const one = await withToken('busybox:1.37');
  expect(await one.exec(['cat', `${serviceAccount}/namespace`])).toMatchObject({ out: 'panaderia', code: 0 });
  expect((await one.exec(['ls', '/var'])).out.split('\n')).toContain('run');
  expect((await one.exec(['sh', '-c', `cd ${serviceAccount}/.. && pwd && ls`])).out).toBe(
    '/var/run/secrets/kubernetes.io\nserviceaccount\n',
  );
  expect((await one.exec(['rm', '-r', '/var/run'])).code).not.toBe(0);
  expect((await one.exec(['sh', '-c', 'echo 7 > /var/run/app.pid; cat /var/run/app.pid'])).out).toBe('7\n');
  expect((await one.exec(['cat', `${serviceAccount}/namespace`])).out).toBe('panaderia');
});

it('follows the links of the image on the way to a volume', async () => {
  const one = await withToken('nginx:1.27');
  expect((await one.exec(['cat', `${serviceAccount}/namespace`])).out).toBe('panaderia');
  expect((await one.exec(['ls', '/run/secrets/kubernetes.io'])).out).toBe('serviceaccount\n');
  expect((await one.exec(['cat', '/proc/mounts'])).out).toContain(
    ' /run/secrets/kubernetes.io/serviceaccount ',
  );
});

it('counts nothing of what the disk did not take', async () => {
  const one = await (await simulatedWorld()).run('busybox:1.37', { command: ['sleep', '600'] });
  expect((await one.exec(['truncate', '-s', '30G', '/a'])).code).toBe(0);
  const refused = await one.exec(['truncate', '-s', '30G', '/b']);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('No space left on device');
  expect((await one.exec(['sh', '-c', 'echo fits > /c && cat /c'])).out).toBe('fits\n');
  expect((await one.exec(['rm', '/a'])).code).toBe(0);
  expect((await one.exec(['truncate', '-s', '30G', '/b'])).code).toBe(0);
});
