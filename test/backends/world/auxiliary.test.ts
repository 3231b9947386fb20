import { readlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { removeStation } from '../../../src/backends/docker/station.ts';
import { createAuxiliary, withAuxiliary } from '../../../src/backends/world/auxiliary.ts';
import type { LinuxView, Read } from '../../../src/checks/backend.ts';
import { lookAtHost } from '../../../src/checks/linux/network.ts';
import { describeWithDocker } from '../../helpers/engine.ts';

const never = async (): Promise<Read<never>> => ({ ok: false, error: 'OTHER' });
const blind: LinuxView = {
  rung: 'station',
  level: 'docker',
  selfPid: 1,
  read: never,
  readlink: never,
  list: never,
  stat: never,
  fileSystemType: never,
  enter: never,
};

describeWithDocker('the auxiliary that looks at the machine of the engine', (docker) => {
  const name = `curso-prueba-auxiliar-${process.pid}`;
  afterAll(async () => {
    await removeStation(docker().engine, name);
  });

  test('sees processes of that machine, and its name rather than its own', async () => {
    const auxiliary = createAuxiliary(docker().engine, tmpdir(), name);
    try {
      const link = `/proc/${process.pid}/ns/uts`;
      expect(await auxiliary.view.readlink(link)).toEqual({ ok: true, value: readlinkSync(link) });
      const host = `/proc/${auxiliary.view.selfPid}/ns/net`;
      expect(await auxiliary.view.readlink(host)).toEqual({
        ok: true,
        value: readlinkSync('/proc/self/ns/net'),
      });
      expect((await lookAtHost(auxiliary.view)).hostname).toBe(hostname());
    } finally {
      await auxiliary.close();
    }
  });

  test('when it cannot be made, nothing is seen and nothing fails', async () => {
    const auxiliary = createAuxiliary(docker().engine, '/etc/passwd/no-es-carpeta', `${name}-mal`);
    expect(await auxiliary.view.readlink('/proc/1/ns/uts')).toEqual({ ok: false, error: 'OTHER' });
    await auxiliary.close();
  });
});

test('only what is denied about a process is asked to the auxiliary', async () => {
  const asked: string[] = [];
  const own: LinuxView = {
    ...blind,
    readlink: async (path) =>
      path.startsWith('/proc/7/') || path === '/root/x'
        ? { ok: false, error: 'EACCES' }
        : { ok: false, error: 'ENOENT' },
  };
  const helper: LinuxView = {
    ...blind,
    readlink: async (path) => {
      asked.push(path);
      return { ok: true, value: 'uts:[1]' };
    },
  };
  const view = withAuxiliary(own, helper);
  expect(await view.readlink('/proc/7/ns/uts')).toEqual({ ok: true, value: 'uts:[1]' });
  expect(await view.readlink('/proc/8/ns/uts')).toEqual({ ok: false, error: 'ENOENT' });
  expect(await view.readlink('/root/x')).toEqual({ ok: false, error: 'EACCES' });
  expect(asked).toEqual(['/proc/7/ns/uts']);
});
