import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDockerWorlds } from '../../../src/backends/world/docker-worlds.ts';
import { describeWithDocker } from '../../helpers/engine.ts';
import { openScene, type Scene } from './scene.ts';

/** The same exercises in the privileged container; a station of its own, so that it disturbs nobody's. */
describeWithDocker('the station', () => {
  const docker = createDockerWorlds({ stationName: `curso-prueba-estacion-${process.pid}` });
  let scene: Scene;
  let name = '';
  beforeAll(async () => {
    scene = await openScene({ env: { CURSO_PELDANO_MAXIMO: 'station' }, docker });
    name = String(scene.attempt.parameters['nombre']);
  });
  afterAll(async () => {
    await scene?.close();
    await docker.close();
  });

  test('says so', () => {
    expect(scene.world.facts).toMatchObject({
      rung: 'station',
      announcement: expect.stringContaining('estación de trabajo'),
    });
    expect(scene.backend.linux?.level).toBe('docker');
    const { argv, env } = scene.world.interactive(scene.attempt);
    expect(argv.slice(0, 3)).toEqual(['docker', 'exec', '-it']);
    expect(argv).toContain(`CURSO_INTENTO=${scene.attempt.token}`);
    expect(env).not.toHaveProperty('CURSO_INTENTO');
  });

  test('shares the working folder', async () => {
    await scene.run('echo pan > hola.txt; test "$(pwd)" = "$CURSO_CARPETA"');
    expect(await scene.backend.files.read('hola.txt')).toEqual({ ok: true, value: 'pan\n' });
    for (const ruta of ['hola.txt', `${scene.folder}/hola.txt`])
      expect((await scene.look('linux.archivo', { ruta })).value).toMatchObject({ texto: 'pan\n' });
  });

  test('finds the process with its own host name, and not those of other containers', async () => {
    expect((await scene.look('linux.proceso', { ns: ['uts'] })).state).toBe('absent');
    await scene.run(`unshare -u sh -c 'hostname ${name}; exec sleep 60' &`);
    const seen = await scene.lookUntil(
      'linux.proceso',
      { ns: ['uts'], elige: { hostname: name } },
      (value) => value['comm'] === 'sleep' && value['hostname'] === name,
    );
    expect(seen).toMatchObject({ hostname: name, propios: ['uts'], candidatos: 1, enDocker: false });
    expect((await scene.look('linux.anfitrion')).value).toMatchObject({ hostname: 'estacion' });
  });

  test('pid, mounts and network of its own', async () => {
    await scene.run('unshare -p -f -m -n --mount-proc sh -c "ip link set lo up; exec sleep 60" &');
    const seen = await scene.lookUntil(
      'linux.proceso',
      { ns: ['pid'], elige: { procPropio: true } },
      (value) => value['comm'] === 'sleep' && value['procPropio'] === true,
    );
    expect(seen['NSpid']).toEqual([seen['pid'], 1]);
    expect(seen['procsVisibles']).toBe(1);
    expect(seen['interfaces']).toMatchObject([
      { nombre: 'lo', arriba: true, direcciones: ['127.0.0.1/8', '::1/128'] },
    ]);
  });

  test('a cgroup with a process in it', async () => {
    const base = existsSync('/sys/fs/cgroup/pids') ? '/sys/fs/cgroup/pids' : '/sys/fs/cgroup';
    await scene.run(`mkdir ${base}/${name}; echo 7 > ${base}/${name}/pids.max`);
    await scene.run(`sh -c 'echo $$ > ${base}/${name}/cgroup.procs; exec sleep 60' &`);
    const seen = await scene.lookUntil('linux.cgroup', { nombre: name }, (value) => value['vivos'] === 1);
    expect(seen).toMatchObject({ vivos: 1, pidsMax: 7, ruta: `${base}/${name}` });
  });

  test('cleaning ends what is of the attempt, and the proof takes the station away', async () => {
    await scene.run('sleep 60 &');
    const first = await scene.world.clean(scene.attempt.token);
    expect(first.left).toEqual([]);
    expect(first.removed.join('\n')).toMatch(/el proceso \d+ \(sleep\) de la estación/);
    expect((await scene.world.clean(scene.attempt.token)).removed).toEqual([]);
    const last = await scene.world.cleanProof(scene.attempt);
    expect(last.removed).toContain('la estación de trabajo');
    expect((await scene.world.cleanProof(scene.attempt)).removed).toEqual([]);
  });
});
