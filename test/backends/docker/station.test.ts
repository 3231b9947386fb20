import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openChannel } from '../../../src/backends/docker/channel.ts';
import { ensureStation, findStation, removeStation } from '../../../src/backends/docker/station.ts';
import { describeWithDocker } from '../../helpers/engine.ts';

const docker = async (...args: string[]) => (await promisify(execFile)('docker', args)).stdout.trim();
// Never the learner's own station: this suite runs where a course may be open.
const name = `estacion-prueba-${process.pid}`;

describeWithDocker('the station', (link) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'estacion-'));
    await writeFile(join(folder, 'hola.txt'), 'canela');
  });
  afterEach(() => removeStation(link().engine, name));
  afterAll(() => rm(folder, { recursive: true }));

  const idOf = () => docker('inspect', '-f', '{{.Id}}', name);

  test('is a machine where one is root, sees the engine’s processes and has the work folder', async () => {
    const { engine } = link();
    expect(await findStation(engine, name)).toBeUndefined();
    const station = await ensureStation(engine, { workFolder: folder, name });
    expect(await findStation(engine, name)).toEqual(station);
    const channel = await openChannel(engine, station.container, { workingFolder: station.folder });
    const output = async (script: string) =>
      (await channel.run(script, 5_000)).output.toString('utf8').trim();
    expect(await output('cat hola.txt')).toBe('canela');
    expect(Number(await output('ls /proc 2>/dev/null | grep -c "^[0-9]"'))).toBeGreaterThan(5);
    expect(await output('mkdir -p /mnt && mount -t tmpfs x /mnt && umount /mnt && echo monta')).toBe('monta');
    expect(await output('unshare -u hostname panaderia && hostname')).toBe('estacion');
    await channel.close();
    expect(await docker('inspect', '-f', '{{index .Config.Labels "curso-k8s"}}', name)).toBe('estacion');
  });

  test('is reused while it serves, and made again for another folder or after it died', async () => {
    const { engine } = link();
    await ensureStation(engine, { workFolder: folder, name });
    const first = await idOf();
    await ensureStation(engine, { workFolder: folder, name });
    expect(await idOf()).toBe(first);
    await ensureStation(engine, { workFolder: '/tmp', name });
    const second = await idOf();
    expect(second).not.toBe(first);
    await docker('kill', name);
    expect(await findStation(engine, name)).toBeUndefined();
    await ensureStation(engine, { workFolder: '/tmp', name });
    expect(await idOf()).not.toBe(second);
  });

  test('two courses that start at the same time end up with one', async () => {
    const { engine } = link();
    const both = [1, 2].map(() => ensureStation(engine, { workFolder: folder, name }));
    expect(await Promise.all(both)).toHaveLength(2);
  });

  test('somebody else’s container of that name is neither used nor removed', async () => {
    const { engine } = link();
    await docker('run', '-d', '--name', name, 'busybox:1.37', 'sleep', '100');
    const ours = await idOf();
    await expect(ensureStation(engine, { workFolder: folder, name })).rejects.toThrow(/no es del curso/);
    expect(await removeStation(engine, name)).toBe(false);
    expect(await idOf()).toBe(ours);
    await docker('rm', '-f', name);
  });

  test('an image that cannot be had is said so, with the engine’s reason', async () => {
    const image = 'registro.invalid/curso/no-existe:1';
    const making = ensureStation(link().engine, { workFolder: folder, name, image });
    await expect(making).rejects.toMatchObject({ unavailable: { reason: 'docker-image-missing' } });
  }, 90_000);

  test('a work folder that the engine cannot mount is explained', async () => {
    const making = ensureStation(link().engine, { workFolder: '/no/existe/aquí', name });
    await expect(making).rejects.toMatchObject({ unavailable: { reason: 'linux-permission' } });
  });
});
