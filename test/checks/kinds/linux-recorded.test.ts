import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHostLinux } from '../../../src/backends/linux/host.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Backend, LinuxView } from '../../../src/checks/backend.ts';
import type { CheckKind, Observation } from '../../../src/checks/check.ts';
import { findKind } from '../../../src/checks/kinds/index.ts';
import { linuxCgroup } from '../../../src/checks/kinds/linux-cgroup.ts';
import { linuxProceso } from '../../../src/checks/kinds/linux-proceso.ts';

const nowMs = 1_700_000_000_000;

/** A machine written in a folder: `/proc` and `/sys` as other kernels show them. */
let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'curso-grabado-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: { readonly [path: string]: string }): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(root + name), { recursive: true });
    writeFileSync(root + name, text);
  }
}

const hostNamespaces = { mnt: 1, uts: 2, ipc: 3, pid: 4, net: 5, user: 6, cgroup: 7, time: 8 };

interface Recorded {
  readonly pid: number;
  readonly parent?: number;
  readonly comm?: string;
  readonly terminal?: number;
  /** Seconds after the attempt began; negative, before. */
  readonly age?: number;
  readonly own?: { readonly [name: string]: number };
  readonly env?: string;
  readonly cgroup?: string;
  readonly status?: string;
}

function process({ pid, parent = 1, comm = 'sh', terminal = 0, age = 1, own = {}, ...rest }: Recorded): void {
  const ticks = (nowMs - 1_600_000_000_000) / 10 + age * 100;
  write({
    [`/proc/${pid}/stat`]: `${pid} (${comm}) S ${parent} ${pid} ${pid} ${terminal} -1 4194560 ${'0 '.repeat(12)}${ticks} 0`,
    [`/proc/${pid}/status`]:
      rest.status ?? `Name:\t${comm}\nUid:\t1000\t1000\t1000\t1000\nNSpid:\t${pid}\nNoNewPrivs:\t0\n`,
    [`/proc/${pid}/environ`]: rest.env ?? 'HOME=/\0',
    [`/proc/${pid}/cgroup`]: rest.cgroup ?? '0::/user.slice/user-1000.slice/session-1.scope\n',
    [`/proc/${pid}/cmdline`]: `${comm}\0-x\0`,
  });
  mkdirSync(`${root}/proc/${pid}/ns`);
  for (const [name, inode] of Object.entries({ ...hostNamespaces, ...own }))
    symlinkSync(`${name}:[${inode}]`, `${root}/proc/${pid}/ns/${name}`);
}

/** The course itself is pid 100, and the machine booted long ago. */
function machine(mounts = ''): LinuxView {
  write({ '/proc/self/mountinfo': mounts, '/proc/stat': 'cpu 1\nbtime 1600000000\n' });
  process({ pid: 1, comm: 'systemd', age: -900 });
  process({ pid: 100, comm: 'node', age: -10 });
  return {
    ...createHostLinux({ rung: 'root', selfPid: 100, root }),
    enter: async () => ({ ok: false, error: 'ENOENT' }),
  };
}

function look(
  kind: CheckKind | undefined,
  linux: LinuxView,
  params: JsonObject,
  folder = '/trabajo',
): Promise<Observation> {
  if (kind === undefined) throw new Error('no hay ese tipo');
  const backend: Backend = {
    files: {
      read: async () => ({ ok: false, error: 'ENOENT' }),
      list: async () => ({ ok: false, error: 'ENOENT' }),
    },
    linux,
    missing: {},
    onChange: () => () => {},
    close: async () => {},
  };
  return kind.observe(
    {
      backend,
      scope: { intento: 'aabbccdd' },
      attempt: { exerciseId: '1.2.b', startedAtMs: nowMs, folder, answers: {}, failures: 0 },
      signal: new AbortController().signal,
    },
    params,
  );
}

describe('linux.cgroup where there is only v2', () => {
  const mounts = '30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
  const deep = '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/pan-7f3c.scope';

  test('a group made by systemd-run, four levels down, with its scope suffix', async () => {
    const linux = machine(mounts);
    write({
      '/sys/fs/cgroup/cgroup.controllers': 'cpu memory pids\n',
      [`${deep}/cgroup.procs`]: '100\n4242\n',
      [`${deep}/cgroup.controllers`]: 'memory pids\n',
      [`${deep}/cgroup.subtree_control`]: '\n',
      [`${deep}/pids.max`]: '20\n',
      [`${deep}/pids.events`]: 'max 3\n',
      [`${deep}/memory.max`]: '67108864\n',
      [`${deep}/cpu.max`]: 'max 100000\n',
    });
    const { state, value } = await look(linuxCgroup, linux, { nombre: 'pan-7f3c' });
    expect(state).toBe('found');
    expect(value).toMatchObject({
      version: 'v2',
      ruta: deep,
      pidsMax: 20,
      rechazos: 3,
      memoriaBytes: 67108864,
    });
    // 4242 is nobody any more.
    expect(value).toMatchObject({ procesos: [100, 4242], vivos: 1, 'cgroup.controllers': 'memory pids' });
    expect(value).not.toHaveProperty('cpuPorcentaje');
    expect(linuxCgroup.command({ nombre: 'pan-7f3c' }, 'memoriaBytes', { state: 'found', value })).toBe(
      `cat ${deep}/memory.max`,
    );
  });

  test('a group made by hand in one’s own terminal, as deep as desktops put it', async () => {
    const linux = machine(mounts);
    const tab = '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.slice/tab.scope';
    write({ [`${tab}/grupo/pan-7f3c/cgroup.procs`]: '100\n' });
    const { value } = await look(linuxCgroup, linux, { nombre: 'pan-7f3c' });
    expect(value['ruta']).toBe(`${tab}/grupo/pan-7f3c`);
  });

  test('missing: says which version there is', async () => {
    const seen = await look(linuxCgroup, machine(mounts), { nombre: 'pan-7f3c' });
    expect(seen).toEqual({ state: 'absent', value: { version: 'v2' } });
    expect(linuxCgroup.absentAdvice({ nombre: 'pan-7f3c' }, seen).next).toContain('`/sys/fs/cgroup`');
  });
});

describe('linux.cgroup over the files of a Linux 6.1 with v2 alone', () => {
  const recorded = createHostLinux({
    rung: 'root',
    root: path.resolve(import.meta.dirname, '../../fixtures/linux/cgroup-v2'),
  });

  test('three limits, and what came of them', async () => {
    const { value } = await look(linuxCgroup, recorded, { nombre: 'pan-7f3c' });
    expect(value).toMatchObject({
      version: 'v2',
      pidsMax: 20,
      memoriaBytes: 67_108_864,
      cpuPorcentaje: 50,
      rechazos: 3,
      frenadas: 12,
      oomKills: 0,
      'cgroup.controllers': 'cpu memory pids',
    });
    expect(value['procesos']).toHaveLength(20);
  });

  test('a group whose parent hands nothing down has `cpu.stat`, but neither limits nor counters', async () => {
    const { value } = await look(linuxCgroup, recorded, { nombre: 'vacio-0a1b' });
    expect(value).toMatchObject({ version: 'v2', vivos: 0, 'cgroup.controllers': '' });
    expect(value).toHaveProperty(['cpu.stat']);
    for (const field of ['pids.max', 'pidsMax', 'cpuPorcentaje', 'memoriaBytes', 'rechazos', 'frenadas'])
      expect(value).not.toHaveProperty([field]);
  });

  test('one below a parent with processes takes none, and says so', async () => {
    const { value } = await look(linuxCgroup, recorded, { nombre: 'pan-0c0c' });
    expect(value).toMatchObject({
      'cgroup.type': 'domain invalid',
      'cgroup.controllers': 'pids',
      procesos: [],
    });
  });
});

describe('linux.cgroup where there is only v1', () => {
  const mounts = [
    '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw',
    '39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
    '40 31 0:37 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
  ].join('\n');

  test('same name in two controllers is one group', async () => {
    const linux = machine(mounts);
    write({
      '/sys/fs/cgroup/pids/pan-7f3c/cgroup.procs': '100\n',
      '/sys/fs/cgroup/pids/pan-7f3c/pids.max': '20\n',
      '/sys/fs/cgroup/cpu,cpuacct/pan-7f3c/cgroup.procs': '',
      '/sys/fs/cgroup/cpu,cpuacct/pan-7f3c/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu,cpuacct/pan-7f3c/cpu.cfs_period_us': '100000\n',
    });
    const { value } = await look(linuxCgroup, linux, { nombre: 'pan-7f3c' });
    expect(value).toMatchObject({ version: 'v1', procesos: [100], vivos: 1, pidsMax: 20, cpuPorcentaje: 50 });
    expect(value['rutas']).toEqual({
      pids: '/sys/fs/cgroup/pids/pan-7f3c',
      cpu: '/sys/fs/cgroup/cpu,cpuacct/pan-7f3c',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct/pan-7f3c',
    });
    const onlyCpu = await look(linuxCgroup, linux, { nombre: 'pan-7f3c', controlador: 'cpu' });
    expect(onlyCpu.value).not.toHaveProperty('pidsMax');
  });

  test('the slip: a folder in the tmpfs, with the command that shows it', async () => {
    const linux = machine(mounts);
    mkdirSync(`${root}/sys/fs/cgroup/pan-7f3c`, { recursive: true });
    const seen = await look(linuxCgroup, linux, { nombre: 'pan-7f3c' });
    expect(seen.value).toEqual({ version: 'v1', fuera: '/sys/fs/cgroup/pan-7f3c' });
    expect(linuxCgroup.absentAdvice({ nombre: 'pan-7f3c' }, seen).why).toContain('fuera de un controlador');
    expect(linuxCgroup.command({ nombre: 'pan-7f3c' }, '', seen)).toBe('ls /sys/fs/cgroup/pan-7f3c');
  });

  test('a name with a slash looks nowhere', async () => {
    expect((await look(linuxCgroup, machine(mounts), { nombre: '../pids' })).state).toBe('absent');
  });
});

describe('which process is the learner’s', () => {
  const pts = 34817;
  const ownUts = { own: { uts: 777 } };
  const find = (linux: LinuxView, params: JsonObject = {}) =>
    look(linuxProceso, linux, { ns: ['uts'], ...params });

  test('services, sandboxes and old processes are nobody', async () => {
    const linux = machine();
    process({ pid: 200, ...ownUts, cgroup: '0::/system.slice/systemd-hostnamed.service\n' });
    process({ pid: 201, ...ownUts, status: 'Name:\tchrome\nNoNewPrivs:\t1\n' });
    process({ pid: 202, ...ownUts, age: -60 });
    process({ pid: 203, ...ownUts, parent: 100 });
    expect((await find(linux)).state).toBe('absent');
  });

  test('one typed in a terminal is the learner’s, even if started before the attempt', async () => {
    const linux = machine();
    process({ pid: 202, ...ownUts, age: -60, terminal: pts });
    expect((await find(linux)).value).toMatchObject({
      pid: 202,
      ns: { uts: true, net: false },
      orden: 'sh -x',
    });
  });

  test('a shell of the course with its token is the learner’s, and so is what sudo left without it', async () => {
    const linux = machine();
    process({ pid: 210, parent: 100, env: 'CURSO_INTENTO=aabbccdd\0' });
    process({ pid: 211, parent: 210, ...ownUts });
    expect((await find(linux)).value['pid']).toBe(211);
    process({ pid: 310, parent: 100, env: 'CURSO_INTENTO=otro0000\0' });
    process({ pid: 311, parent: 310, own: { net: 9 } });
    expect((await look(linuxProceso, linux, { ns: ['net'] })).state).toBe('absent');
  });

  test('a container counts only when asked for, and less than the learner’s own', async () => {
    const linux = machine();
    const docker = `0::/system.slice/docker-${'0123456789abcdef'.repeat(4)}.scope\n`;
    process({ pid: 220, own: { uts: 1, net: 50 }, cgroup: docker, comm: 'web' });
    expect((await find(linux)).state).toBe('absent');
    const any = { incluye: 'contenedores', elige: { comm: 'web' } };
    expect((await find(linux, any)).value).toMatchObject({ pid: 220, enDocker: true });
    expect((await find(linux, { ...any, elige: { comm: 'otro' } })).state).toBe('absent');
    process({ pid: 221, own: { uts: 777 }, terminal: pts, comm: 'bash' });
    expect((await find(linux, any)).value).toMatchObject({ pid: 221, enDocker: false });
  });

  test('among its tries, the newest set of namespaces; in it, the oldest that is not `unshare` itself', async () => {
    const linux = machine();
    process({ pid: 230, terminal: pts, own: { uts: 700 }, age: 1 });
    process({ pid: 231, terminal: pts, own: { uts: 701 }, age: 5, comm: 'unshare' });
    process({ pid: 232, terminal: pts, own: { uts: 701 }, age: 6 });
    process({ pid: 233, terminal: pts, own: { uts: 701 }, age: 7, comm: 'sleep' });
    for (let times = 0; times < 3; times++) expect((await find(linux)).value['pid']).toBe(232);
    expect((await find(linux, { elige: { comm: 'sleep' } })).value['pid']).toBe(233);
    expect((await find(linux, { elige: { 'inodos.uts': '700' } })).value['pid']).toBe(230);
  });

  test('a machine whose /proc cannot be read is unknown, not empty', async () => {
    const linux = createHostLinux({ rung: 'root', selfPid: 100, root: `${root}/nada` });
    await expect(find(linux)).rejects.toMatchObject({ unavailable: { reason: 'linux-missing' } });
  });

  test('the command shows that very field of that very process', async () => {
    const linux = machine();
    process({ pid: 240, terminal: pts, ...ownUts });
    const seen = await find(linux);
    expect(linuxProceso.command({ ns: ['uts'] }, 'hostname', seen)).toBe('sudo nsenter -t 240 -u hostname');
    expect(linuxProceso.command({ ns: ['uts'] }, 'ns.uts', seen)).toBe('ls -l /proc/240/ns');
    expect(linuxProceso.command({ ns: ['uts'] }, 'hostname', { state: 'absent', value: {} })).toBe(
      'sudo lsns -t uts',
    );
  });
});

test('without Linux, every kind says why and what to do', async () => {
  for (const name of ['linux.anfitrion', 'linux.cgroup', 'linux.proceso', 'linux.montaje', 'linux.archivo']) {
    const kind = findKind(name);
    const context = {
      backend: {
        files: {
          read: async () => ({ ok: false, error: 'ENOENT' }) as const,
          list: async () => ({ ok: false, error: 'ENOENT' }) as const,
        },
        missing: {
          linux: { reason: 'linux-missing', why: 'Esto no es Linux.', next: 'Instala Docker.' } as const,
        },
        onChange: () => () => {},
        close: async () => {},
      },
      scope: {},
      attempt: { exerciseId: 'x', startedAtMs: 0, folder: '/', answers: {}, failures: 0 },
      signal: new AbortController().signal,
    };
    await expect(kind?.observe(context, { nombre: 'x', punto: '/', ruta: 'x' })).rejects.toMatchObject({
      unavailable: { why: 'Esto no es Linux.' },
    });
  }
});
