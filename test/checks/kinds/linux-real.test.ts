import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRootOnLinux, openScene, type Scene } from '../../backends/world/scene.ts';

/** The kinds of Linux over this machine's own kernel, with the commands that learners type. */
describe.skipIf(!isRootOnLinux)('Linux kinds on the real kernel (needs root)', () => {
  let scene: Scene;
  let name: string;
  beforeEach(async () => {
    scene = await openScene({});
    name = String(scene.attempt.parameters['nombre']);
  });
  afterEach(async () => {
    await scene.close();
  });

  test('a host name of its own, and the machine keeps its name', async () => {
    const before = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
    await scene.run(`unshare -u sh -c 'hostname ${name}; exec sleep 60' &`);
    const seen = await scene.lookUntil(
      'linux.proceso',
      { ns: ['uts'], elige: { hostname: name } },
      (value) => value['hostname'] === name && value['comm'] === 'sleep',
    );
    expect(seen).toMatchObject({
      hostname: name,
      ns: { uts: true, net: false },
      propios: ['uts'],
      comm: 'sleep',
    });
    expect((await scene.look('linux.anfitrion')).value).toMatchObject({ hostname: before });
  });

  test('a process in the host name of nobody is absent, not somebody else', async () => {
    await scene.run('sleep 60 &');
    expect(await scene.look('linux.proceso', { ns: ['uts', 'ipc', 'time'] })).toEqual({
      state: 'absent',
      value: { candidatos: 0 },
    });
  });

  test('every namespace is told by its own name', async () => {
    await scene.run('unshare -m -u -i -n -C -T -p -f --mount-proc sleep 60 &');
    const seen = await scene.lookUntil(
      'linux.proceso',
      { ns: ['pid'], elige: { procPropio: true } },
      (value) => value['comm'] === 'sleep' && value['procPropio'] === true,
    );
    expect(seen['ns']).toEqual({
      mnt: true,
      uts: true,
      ipc: true,
      pid: true,
      net: true,
      user: false,
      cgroup: true,
      time: true,
    });
    expect(seen['NSpid']).toEqual([seen['pid'], 1]);
    expect(seen['procsVisibles']).toBe(1);
    expect(seen['interfaces']).toMatchObject([{ nombre: 'lo', arriba: false, direcciones: [] }]);
  });

  test('pid 1 that forgot its own /proc sees everybody', async () => {
    await scene.run('unshare -p -f sleep 60 &');
    const seen = await scene.lookUntil(
      'linux.proceso',
      { ns: ['pid'] },
      (value) => value['comm'] === 'sleep',
    );
    expect(seen['NSpid']).toEqual([seen['pid'], 1]);
    expect(seen['procPropio']).toBe(false);
    expect(Number(seen['procsVisibles'])).toBeGreaterThan(10);
  });

  test('a namespace of pids without --fork is told from nothing at all', async () => {
    await scene.run('unshare -p sh -c "true & wait; exec sleep 60" & sleep 0.3');
    const { state, value } = await scene.look('linux.proceso', { ns: ['pid'] });
    expect([state, value['sinFork']]).toEqual(['absent', true]);
  });

  test('what another process of the learner meets is told with its name', async () => {
    await scene.run(`unshare -u sh -c 'hostname ${name}; exec sleep 60' &`);
    await scene.run('unshare -n sleep 61 & sleep 0.3');
    const elige = { 'ns.net': true, hostname: name };
    const { value } = await scene.look('linux.proceso', { ns: [], elige });
    expect(value).toMatchObject({ orden: 'sleep 61', otros: { hostname: { orden: 'sleep 60' } } });
  });

  test('IPC objects of the host do not show inside', async () => {
    const id = /\d+/.exec(await scene.run('ipcmk -M 1024'))?.[0];
    try {
      await scene.run('unshare -i sleep 60 &');
      const seen = await scene.lookUntil(
        'linux.proceso',
        { ns: ['ipc'] },
        (value) => value['comm'] === 'sleep',
      );
      expect(seen['ipc']).toEqual({ segmentos: 0, colas: 0 });
      const host = (await scene.look('linux.anfitrion')).value['ipc'] as { segmentos: number };
      expect(host.segmentos).toBeGreaterThanOrEqual(1);
    } finally {
      await scene.run(`ipcrm -m ${id}`);
    }
  });

  test('chroot shows its folder as root; pivot_root shows / and only its own mounts', async () => {
    await scene.run(
      `mkdir -p raiz/bin raiz/etc raiz/viejo && cp "$(command -v busybox)" raiz/bin/ && echo ${name} > raiz/etc/motd`,
    );
    await scene.run('for tool in sh sleep mount umount pivot_root; do ln -s busybox raiz/bin/$tool; done');
    expect((await scene.look('linux.archivo', { ruta: 'raiz/bin/sh' })).value).toMatchObject({
      tipo: 'enlace',
      enlace: 'busybox',
      ejecutable: true,
      estatico: true,
    });
    await scene.run('chroot raiz /bin/sh -c "sleep 60; true" &');
    const root = `${scene.folder}/raiz`;
    const jailed = await scene.lookUntil(
      'linux.proceso',
      { ns: [], incluye: 'todos', elige: { raiz: root } },
      (value) => value['raiz'] === root,
    );
    expect(jailed).toMatchObject({ raiz: root, motd: name, propios: [] });

    await scene.run(
      `unshare -m sh -c 'mount --bind raiz raiz && cd raiz && pivot_root . viejo && exec /bin/sh -c "umount -l /viejo; sleep 60; true"' &`,
    );
    const pivoted = await scene.lookUntil(
      'linux.proceso',
      { ns: ['mnt'], elige: { motd: name, raiz: '/' } },
      (value) => value['motd'] === name && (value['montajes'] as unknown[]).length === 1,
    );
    expect(pivoted['raiz']).toBe('/');
    expect(pivoted['montajes']).toMatchObject([{ punto: '/', raiz: root }]);
  });

  test('a private tmpfs is in its mounts and not in ours', async () => {
    await scene.run(`mkdir mio && unshare -m sh -c 'mount -t tmpfs -o size=64k none mio; exec sleep 60' &`);
    const point = `tmpfs ${scene.folder}/mio`;
    const wanted = { ns: ['mnt'], elige: { puntos: { contiene: point } } };
    const seen = await scene.lookUntil('linux.proceso', wanted, (value) =>
      (value['puntos'] as string[]).includes(point),
    );
    expect(seen['puntos']).toContain(point);
    expect((await scene.look('linux.anfitrion')).value['puntos']).not.toContain(point);
    expect((await scene.look('linux.montaje', { punto: 'mio' })).state).toBe('absent');
  });

  test('a veth pair is crossed by index, with its addresses, up or down', async () => {
    const end = name.slice(-6);
    await scene.run('unshare -n sleep 60 &');
    const before = await scene.lookUntil(
      'linux.proceso',
      { ns: ['net'] },
      (value) => value['comm'] === 'sleep',
    );
    const pid = Number(before['pid']);
    await scene.run(
      `ip link add vh-${end} type veth peer name vd-${end} && ip link set vd-${end} netns ${pid}`,
    );
    await scene.run(`ip addr add 10.213.7.1/24 dev vh-${end} && ip link set vh-${end} up`);
    await scene.run(`nsenter -t ${pid} -n ip addr add 10.213.7.2/24 dev vd-${end}`);
    type Seen = {
      nombre: string;
      indice: number;
      par: number;
      arriba: boolean;
      direcciones: string[];
      tipo: string;
    };
    const find = (value: { [key: string]: unknown }, wanted: string) =>
      (value['interfaces'] as Seen[]).find((one) => one.nombre === wanted);
    const inside = find((await scene.look('linux.proceso', { ns: ['net'] })).value, `vd-${end}`);
    const outside = find((await scene.look('linux.anfitrion')).value, `vh-${end}`);
    expect(inside).toMatchObject({ tipo: 'veth', arriba: false, direcciones: ['10.213.7.2/24'] });
    expect(outside).toMatchObject({ tipo: 'veth', arriba: true, direcciones: ['10.213.7.1/24'] });
    expect([inside?.par, outside?.par]).toEqual([outside?.indice, inside?.indice]);

    await scene.run(`nsenter -t ${pid} -n ip link set vd-${end} up`);
    const { value } = await scene.look('linux.proceso', { ns: ['net'] });
    expect(find(value, `vd-${end}`)?.arriba).toBe(true);
    expect(value['rutas']).toEqual([`10.213.7.0/24 dev vd-${end}`]);

    expect((await scene.look('linux.anfitrion')).value['vecinos']).not.toContain('10.213.7.2');
    await scene.run('busybox ping -c 1 -W 2 10.213.7.2');
    expect((await scene.look('linux.anfitrion')).value['vecinos']).toContain('10.213.7.2');
  });

  test('the same port listens in two networks', async () => {
    const serve = 'busybox nc -l -p 28473 -e true </dev/null >/dev/null 2>&1 &';
    await scene.run(serve);
    await scene.run(
      `unshare -n sh -c 'ip link set lo up; exec busybox nc -l -p 28473 -e true' >/dev/null 2>&1 &`,
    );
    const wanted = { ns: ['net'], elige: { escucha: { contiene: 28473 } } };
    const seen = await scene.lookUntil('linux.proceso', wanted, (value) =>
      (value['escucha'] as number[]).includes(28473),
    );
    expect(seen['escucha']).toEqual([28473]);
    expect((await scene.look('linux.anfitrion')).value['escucha']).toContain(28473);
  });

  test('overlay: options, and the device that marks a deleted file', async () => {
    await scene.run('mkdir base alta trabajo unida && echo pan > base/uno');
    await scene.run('mount -t overlay overlay -o lowerdir=base,upperdir=alta,workdir=trabajo unida');
    await scene.run('rm unida/uno');
    expect((await scene.look('linux.montaje', { punto: 'unida' })).value).toMatchObject({
      tipo: 'overlay',
      opciones: { lowerdir: 'base', upperdir: 'alta', workdir: 'trabajo' },
    });
    expect((await scene.look('linux.archivo', { ruta: 'alta/uno' })).value).toMatchObject({
      tipo: 'caracteres',
      rdev: '0:0',
    });
    expect((await scene.look('linux.archivo', { ruta: 'base/uno' })).value).toMatchObject({
      tipo: 'archivo',
      texto: 'pan\n',
      bytes: 4,
    });
  });

  test('zombies are in the group but do not live', async () => {
    const base = existsSync('/sys/fs/cgroup/pids') ? '/sys/fs/cgroup/pids' : '/sys/fs/cgroup';
    await scene.run(`mkdir ${base}/${name}`);
    await scene.run(`sh -c 'echo $$ > ${base}/${name}/cgroup.procs; sleep 0.05 & exec sleep 60' &`);
    const seen = await scene.lookUntil(
      'linux.cgroup',
      { nombre: name },
      (value) => value['vivos'] === 1 && (value['procesos'] as number[]).length >= 1,
    );
    expect(seen['vivos']).toBe(1);
    expect(seen['ruta']).toBe(`${base}/${name}`);
  });

  test.skipIf(!existsSync('/sys/fs/cgroup/pids'))(
    'v1: limits over several controllers, and their counters',
    async () => {
      await scene.run(`mkdir /sys/fs/cgroup/pids/${name} /sys/fs/cgroup/cpu/${name}`);
      await scene.run(`echo 5 > /sys/fs/cgroup/pids/${name}/pids.max`);
      await scene.run(`echo 5000 > /sys/fs/cgroup/cpu/${name}/cpu.cfs_quota_us`);
      await scene.run(
        `sh -c 'echo $$ > /sys/fs/cgroup/cpu/${name}/cgroup.procs; while :; do :; done' & sh -c 'echo $$ > /sys/fs/cgroup/pids/${name}/cgroup.procs; for i in 1 2 3 4 5 6 7 8; do sleep 30 & done' 2>/dev/null; true`,
      );
      const seen = await scene.lookUntil(
        'linux.cgroup',
        { nombre: name },
        (value) => Number(value['rechazos']) > 0 && Number(value['frenadas']) > 0,
      );
      expect(seen).toMatchObject({ version: 'v1', pidsMax: 5, cpuPorcentaje: 5 });
      expect(Number(seen['rechazos'])).toBeGreaterThan(0);
      expect(Number(seen['frenadas'])).toBeGreaterThan(0);
      expect(seen['rutas']).toEqual({
        pids: `/sys/fs/cgroup/pids/${name}`,
        cpu: `/sys/fs/cgroup/cpu/${name}`,
      });
    },
  );

  test.skipIf(!existsSync('/sys/fs/cgroup/pids'))('v1: a folder in the tmpfs is recognised', async () => {
    await scene.run(`mkdir /sys/fs/cgroup/${name}`);
    expect(await scene.look('linux.cgroup', { nombre: name })).toEqual({
      state: 'absent',
      value: { version: expect.stringMatching(/v1|hibrido/), fuera: `/sys/fs/cgroup/${name}` },
    });
  });

  test('a real v2 hierarchy, mounted apart', async () => {
    await scene.run(`mkdir dos && mount -t cgroup2 none dos && mkdir dos/${name}`);
    await scene.run(`sh -c 'echo $$ > dos/${name}/cgroup.procs; exec sleep 60' &`);
    const seen = await scene.lookUntil('linux.cgroup', { nombre: name }, (value) => value['vivos'] === 1);
    expect(seen).toMatchObject({ version: 'v2', vivos: 1 });
    expect(seen['cgroup.subtree_control']).toBeDefined();
  });

  test('a FIFO, an endless file and a folder do not hang nor flood', async () => {
    await scene.run('mkfifo tubo && ln -s /dev/zero ceros && mkdir carpeta && touch carpeta/b carpeta/a');
    expect((await scene.look('linux.archivo', { ruta: 'tubo' })).value).toMatchObject({ tipo: 'tuberia' });
    expect((await scene.look('linux.archivo', { ruta: 'ceros' })).value).toMatchObject({ tipo: 'enlace' });
    expect((await scene.look('linux.archivo', { ruta: 'carpeta' })).value).toMatchObject({
      entradas: ['a', 'b'],
    });
    expect((await scene.look('linux.archivo', { ruta: 'nada' })).state).toBe('absent');
  });
});
