import { describe, expect, test } from 'vitest';
import { createChooseWorld, serves } from '../../../src/backends/world/choose.ts';
import type { DockerWorlds } from '../../../src/backends/world/docker-worlds.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { Attempt } from '../../../src/course/model.ts';
import type { World } from '../../../src/course/world.ts';
import { noCluster } from '../../helpers/noCluster.ts';
import { isRootOnLinux, noDocker, openScene } from './scene.ts';

const signal = new AbortController().signal;
const attempt: Attempt = {
  exerciseId: '1.2.b',
  token: '0badcafe',
  startedAtMs: 0,
  parameters: { nombre: 'pan-7f3c', puerto: 20_123 },
  answers: {},
  failures: 0,
  memory: {},
};

function choose(env: { readonly [name: string]: string }, docker: DockerWorlds = noDocker) {
  return createChooseWorld({
    clock: systemClock,
    env: { ...process.env, ...env },
    folderOf: () => '/tmp',
    courseFolder: '/tmp',
    docker,
    cluster: noCluster,
  });
}

describe('the ladder', () => {
  test.skipIf(!isRootOnLinux)('root first', async () => {
    const { facts } = await choose({})({ world: 'linux' }, signal);
    expect(facts.rung).toBe('root');
    expect(facts.announcement).toMatch(/^Trabajas como root en este Linux \(cgroup .+\)\.$/);
  });

  test('the station when the rungs of this machine are taken away', async () => {
    const world = { facts: { rung: 'station' } } as World;
    const docker: DockerWorlds = { ...noDocker, station: async () => ({ ok: true, world }) };
    expect(await choose({ CURSO_PELDANO_MAXIMO: 'station' }, docker)({ world: 'linux' }, signal)).toBe(world);
  });

  describe.skipIf(!isRootOnLinux)('an exercise that makes cgroups, without root nor delegation', () => {
    const world = { facts: { rung: 'station' } } as World;
    const docker: DockerWorlds = { ...noDocker, station: async () => ({ ok: true, world }) };
    const env = { CURSO_PELDANO_MAXIMO: 'userns' };
    const exercise = { world: 'linux', needs: ['cgroup'] } as const;

    test('goes to the station', async () => {
      expect(await choose(env, docker)(exercise, signal)).toBe(world);
    });

    test('stays in user namespaces when there is no station', async () => {
      expect((await choose(env)(exercise, signal)).facts.rung).toBe('userns');
    });

    test('and one that makes none does not leave them', async () => {
      expect((await choose(env, docker)({ world: 'linux' }, signal)).facts.rung).toBe('userns');
    });
  });

  test('what systemd delegates decides what can be done without root', () => {
    const old = { delegatedControllers: ['memory', 'pids'] };
    expect(serves(old, { needs: ['cgroup'] })).toBe(true);
    expect(serves(old, { needs: ['cgroup', 'cpu'] })).toBe(false);
    expect(serves({ delegatedControllers: ['cpu', 'memory', 'pids'] }, { needs: ['cgroup', 'cpu'] })).toBe(
      true,
    );
    expect(serves({ delegatedControllers: [] }, {})).toBe(true);
  });

  test('with nothing, the world still opens, and Linux checks are unknown with the remedy', async () => {
    const world = await choose({ CURSO_PELDANO_MAXIMO: 'ninguno' })({ world: 'linux' }, signal);
    expect(world.facts.rung).toBe('none');
    expect(world.facts.announcement).toContain('puedes leer la lección');
    const backend = await world.openBackend(attempt);
    expect(backend.linux).toBeUndefined();
    expect(backend.missing.linux?.next).not.toBe('');
    await backend.close();
  });

  test('when not even Docker, the reason of the engine is given', async () => {
    const world = await choose({ CURSO_PELDANO_MAXIMO: 'station' })({ world: 'linux' }, signal);
    expect(world.facts.rung).toBe('none');
    expect(world.facts.missing.docker).toMatchObject({ reason: 'docker-missing', next: 'Instala Docker.' });
  });

  test('files alone need no rung', async () => {
    const { facts } = await choose({})({ world: 'nada' }, signal);
    expect(facts.rung).toBe('none');
    expect(facts.missing.linux?.why).toContain('archivos y respuestas');
  });

  test('an aborted choice rejects', async () => {
    await expect(choose({})({ world: 'docker' }, AbortSignal.abort(new Error('basta')))).rejects.toThrow(
      'basta',
    );
  });
});

describe('shells of an attempt', () => {
  test('carry its variables, and none of another attempt', async () => {
    const world = await choose({ CURSO_VIEJO: 'x', CURSO_K8S_HOME: '/c', SHELL: '/bin/bash' })(
      { world: 'nada' },
      signal,
    );
    const { argv, env, cwd } = world.interactive(attempt);
    expect(env).toMatchObject({
      CURSO_INTENTO: '0badcafe',
      CURSO_NOMBRE: 'pan-7f3c',
      CURSO_PUERTO: '20123',
      CURSO_CARPETA: '/tmp',
      CURSO_K8S_HOME: '/c',
    });
    expect(env).not.toHaveProperty('CURSO_VIEJO');
    expect(cwd).toBe('/tmp');
    if (process.platform !== 'win32') expect(argv).toEqual(['/bin/bash']);
    expect(env['PS1']).toContain('1.2.b');
  });

  test('without an attempt there is no token to clean by', async () => {
    const world = await choose({ CURSO_INTENTO: 'deadbeef' })({ world: 'nada' }, signal);
    expect(world.interactive(undefined).env).not.toHaveProperty('CURSO_INTENTO');
  });

  test.skipIf(process.platform === 'win32')('steps see the working folder and the rung', async () => {
    const scene = await openScene({ world: 'nada' });
    try {
      expect(await scene.run('echo "$CURSO_PELDANO $CURSO_CARPETA"; pwd')).toBe(
        `none ${scene.folder}\n${scene.folder}\n`,
      );
    } finally {
      await scene.close();
    }
  });
});
