import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHostLinux } from '../../../src/backends/linux/host.ts';
import { createRemoteLinux, type RunScript } from '../../../src/backends/linux/remote.ts';
import type { LinuxView } from '../../../src/checks/backend.ts';
import { scanProcesses } from '../../../src/checks/linux/processes.ts';

const onLinux = process.platform === 'linux';
const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((file) => existsSync(file));

/** The remote view over a local shell must answer as the direct view does, whatever tools that shell finds. */
describe.skipIf(!onLinux).each([
  { tools: 'coreutils', shell: ['sh'], available: true },
  { tools: 'busybox', shell: [busybox ?? '', 'sh'], available: busybox !== undefined },
])('a Linux reached through $tools', ({ tools, shell, available }) => {
  let folder = '';
  let scripts = 0;
  let remote: LinuxView;
  const host = createHostLinux({ rung: 'root' });
  const sleeper = available ? spawn('sleep', ['60'], { stdio: 'ignore' }) : undefined;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'curso-remoto-'));
    if (tools === 'busybox' && busybox !== undefined) {
      mkdirSync(path.join(folder, 'bin'));
      execFileSync(busybox, ['--install', '-s', path.join(folder, 'bin')]);
    }
    mkdirSync(path.join(folder, 'con espacio'));
    writeFileSync(path.join(folder, 'con espacio', "uno'dos"), 'pan sin salto');
    writeFileSync(path.join(folder, 'vacio'), '');
    writeFileSync(path.join(folder, 'bytes'), Buffer.from([0x7f, 0x45, 0, 0xff, 0x0a, 0x80]));
    symlinkSync('con espacio', path.join(folder, 'enlace'));
    execFileSync('mkfifo', [path.join(folder, 'tubo')]);
    const run: RunScript = (script) => {
      scripts += 1;
      const [file = '', ...rest] = shell;
      const env = tools === 'busybox' ? { PATH: path.join(folder, 'bin') } : process.env;
      return new Promise((resolve) => {
        execFile(
          file,
          [...rest, '-c', script],
          { env, encoding: 'buffer', maxBuffer: 1 << 24 },
          (error, stdout) =>
            resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, output: stdout }),
        );
      });
    };
    remote = createRemoteLinux({
      run,
      rung: 'station',
      level: 'docker',
      selfPid: process.pid,
      mark: 'marca-de-prueba',
    });
  });

  afterAll(async () => {
    if (sleeper !== undefined) {
      sleeper.kill('SIGKILL');
      await once(sleeper, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test.skipIf(!available)(
    'texts, with and without a final newline, empty, missing, folders and FIFOs',
    async () => {
      const names = ["con espacio/uno'dos", 'vacio', 'nada', 'con espacio', 'tubo', 'enlace', 'vacio/dentro'];
      for (const name of names) {
        const file = path.join(folder, name);
        const expected = await host.read(file);
        // A path below a file: «not a directory» for the kernel, «does not exist» for `[ -e`.
        const seen = await remote.read(file);
        if (name === 'vacio/dentro') expect(seen).toEqual({ ok: false, error: 'ENOENT' });
        else expect(seen, name).toEqual(expected);
      }
      expect(await remote.read(path.join(folder, 'bytes'), 4, 'latin1')).toEqual({
        ok: true,
        value: '\x7fE\0\xff',
      });
    },
  );

  test.skipIf(!available)('files of the kernel', async () => {
    const pid = sleeper?.pid;
    for (const file of ['limits', 'cgroup', 'uid_map', 'environ', 'cmdline', 'net/route'])
      expect(await remote.read(`/proc/${pid}/${file}`), file).toEqual(
        await host.read(`/proc/${pid}/${file}`),
      );
    expect(await remote.read('/proc/999999999/stat')).toEqual({ ok: false, error: 'ENOENT' });
    expect(await remote.read('/proc/self/net/stat/nada')).toMatchObject({ ok: false });
  });

  test.skipIf(!available)('links', async () => {
    const pid = sleeper?.pid;
    for (const link of [`/proc/${pid}/ns/uts`, `/proc/${pid}/root`, path.join(folder, 'enlace')])
      expect(await remote.readlink(link), link).toEqual(await host.readlink(link));
    expect(await remote.readlink(path.join(folder, 'vacio'))).toEqual({ ok: false, error: 'EINVAL' });
    expect(await remote.readlink('/no/existe')).toEqual({ ok: false, error: 'ENOENT' });
  });

  test.skipIf(!available)('facts and names', async () => {
    for (const name of ['vacio', 'con espacio', 'enlace', 'tubo', 'nada'])
      for (const follow of [true, false])
        expect(await remote.stat(path.join(folder, name), follow)).toEqual(
          await host.stat(path.join(folder, name), follow),
        );
    expect(await remote.stat('/dev/null')).toMatchObject({
      ok: true,
      value: { type: 'chardev', rdev: '1:3' },
    });
    const names = await remote.list(folder);
    const expected = await host.list(folder);
    expect(names.ok && [...names.value].sort()).toEqual(expected.ok && [...expected.value].sort());
    expect(await remote.list(path.join(folder, 'vacio'))).toEqual({ ok: false, error: 'ENOTDIR' });
    expect(await remote.list(path.join(folder, 'nada'))).toEqual({ ok: false, error: 'ENOENT' });
  });

  test.skipIf(!available)('file systems by the same name', async () => {
    for (const place of ['/proc', '/sys', '/sys/fs/cgroup'])
      expect(await remote.fileSystemType(place), place).toEqual(await host.fileSystemType(place));
    expect(await remote.fileSystemType('/no/existe')).toMatchObject({ ok: false, error: 'ENOENT' });
  });

  test.skipIf(!available)('a scan of every process travels in a handful of scripts', async () => {
    scripts = 0;
    const seen = await scanProcesses(remote);
    const expected = await scanProcesses(host);
    const mine = seen.processes.get(sleeper?.pid ?? 0);
    expect(mine?.comm).toBe('sleep');
    expect(mine?.namespaces).toEqual(expected.processes.get(sleeper?.pid ?? 0)?.namespaces);
    expect(scripts).toBeLessThanOrEqual(4);
  });

  test.skipIf(!available)('tools: exit code and output', async () => {
    expect(await remote.enter(1, [], ['sh', '-c', "echo 'a b'; exit 3"])).toEqual({
      ok: true,
      value: { exitCode: 3, output: 'a b\n' },
    });
    expect(await remote.enter(1, [], ['no-existe-esta-orden'])).toEqual({ ok: false, error: 'ENOENT' });
  });
});

test('when the shell is gone, every question says so', async () => {
  const view = createRemoteLinux({
    run: async () => {
      throw new Error('se cerró');
    },
    rung: 'station',
    level: 'docker',
    selfPid: 1,
    mark: 'x',
  });
  await expect(Promise.all([view.read('/proc/1/stat'), view.list('/proc')])).rejects.toThrow('se cerró');
});

test('a cut output leaves the rest unknown instead of wrong', async () => {
  const view = createRemoteLinux({
    run: async () => ({ exitCode: 0, output: Buffer.from('pan\nm0\nmed') }),
    rung: 'station',
    level: 'docker',
    selfPid: 1,
    mark: 'm',
  });
  const [first, second] = await Promise.all([view.read('/uno'), view.read('/dos')]);
  expect(first).toEqual({ ok: true, value: 'pan' });
  expect(second).toEqual({ ok: false, error: 'OTHER' });
});
