import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import {
  listBuildLeftovers,
  listNamed,
  listScene,
  removeObjects,
  removeScene,
} from '../../../src/backends/docker/scene.ts';
import { composeEnvironment, describeWithDocker, snapshotEngine } from '../../helpers/engine.ts';

const docker = async (args: string, env: NodeJS.ProcessEnv = process.env) =>
  (await promisify(execFile)('sh', ['-c', `docker ${args}`], { env })).stdout.trim();
const plugins = await composeEnvironment();
const token = `e5ce${process.pid}`;
const name = (part: string) => `escena-${process.pid}-${part}`;

describeWithDocker('the scene of an attempt', (link) => {
  afterAll(async () => {
    await docker(`rm -fv $(docker ps -aq --filter name=escena-${process.pid}-) 2>/dev/null || true`);
    await docker(`volume rm ${name('suyo')} 2>/dev/null || true`);
  });

  test('everything with its label goes, whatever is not labelled stays, and doing it twice changes nothing', async () => {
    const { engine } = link();
    const label = `--label curso-k8s=${token}`;
    await docker(`volume create ${name('suyo')}`); // the learner's
    await docker(`run -d --name ${name('ajeno')} --label curso-k8s=otro busybox:1.37 sleep 100`);
    const before = await foreign();
    await docker(`network create ${label} ${name('red')}`);
    await docker(`volume create ${label} ${name('datos')}`);
    await docker(
      `run -d ${label} --network ${name('red')} -v ${name('datos')}:/d -v /anonimo --name ${name('c')} busybox:1.37 sleep 100`,
    );
    await docker(`commit -c 'LABEL curso-k8s=${token}' ${name('c')} ${name('imagen')}:1`);
    expect(
      (await listScene(engine, token)).map(({ kind, name: called }) => `${kind} ${called}`).sort(),
    ).toEqual([
      `container ${name('c')}`,
      `image ${name('imagen')}:1`,
      `network ${name('red')}`,
      `volume ${name('datos')}`,
    ]);
    const { removed, left } = await removeScene(engine, token);
    expect(removed).toEqual([
      `el contenedor ${name('c')}`,
      `la imagen ${name('imagen')}:1`,
      `la red ${name('red')}`,
      `el volumen ${name('datos')}`,
    ]);
    expect(left).toEqual([]);
    expect(await foreign()).toBe(before);
    expect(await removeScene(engine, token)).toEqual({ removed: [], left: [] });
  });

  test('what somebody still uses is left, with the reason and the command', async () => {
    const { engine } = link();
    await docker(`network create --label curso-k8s=${token} ${name('usada')}`);
    await docker(`run -d --network ${name('usada')} --name ${name('usuario')} busybox:1.37 sleep 100`);
    const { removed, left } = await removeScene(engine, token);
    expect(removed).toEqual([]);
    expect(left).toHaveLength(1);
    expect(left[0]).toContain(`la red ${name('usada')}`);
    expect(left[0]).toContain(`docker network rm ${name('usada')}`);
    await docker(`rm -f ${name('usuario')}`);
    expect((await removeScene(engine, token)).removed).toEqual([`la red ${name('usada')}`]);
  });

  test('what the learner named with the attempt’s names is found whole-word only', async () => {
    const { engine } = link();
    const word = `pan-${process.pid}`;
    await docker(`create --name ${word} --label escena=1 busybox:1.37`);
    await docker(`create --name proyecto_${word}-1 --label escena=1 busybox:1.37`);
    await docker(`create --name ${word}0 --label escena=1 busybox:1.37`);
    const found = await listNamed(engine, [word]);
    expect(found.map(({ name: called }) => called).sort()).toEqual([word, `proyecto_${word}-1`]);
    expect(await listNamed(engine, ['', 'pan'])).toEqual([]);
    await removeObjects(engine, found);
    await docker(`rm ${word}0`);
  });

  test.skipIf(plugins === undefined)(
    'images whose tag moved on during a proof, but only those made on images of the course',
    async () => {
      const { engine } = link();
      const here = process.pid;
      const build = (dockerfile: string) =>
        docker(`build -q -t ${name('img')} - <<'FIN'\n${dockerfile}\nFIN`, {
          ...plugins,
          DOCKER_BUILDKIT: '1',
        });
      const since = Date.now();
      const foreign = await build(`FROM scratch\nLABEL ajena=${here}`);
      const first = await build(`FROM busybox:1.37\nRUN echo ${here} > /x`);
      await build(`FROM busybox:1.37\nRUN echo ${here} otra > /x`);
      const made = await docker(`create --name ${name('paso')} busybox:1.37 true`);
      const step = await docker(`commit -c 'LABEL de=${here}' ${made}`); // has a parent, as classic steps have
      const left = await listBuildLeftovers(engine, since);
      expect(left.map(({ id }) => id)).toContain(first);
      expect(left.map(({ id }) => id)).not.toContain(foreign);
      expect(left.map(({ id }) => id)).not.toContain(step);
      expect(await listBuildLeftovers(engine, Date.now() + 60_000)).toEqual([]);
      await removeObjects(
        engine,
        left.filter(({ id }) => id === first),
      );
      expect((await listBuildLeftovers(engine, since)).map(({ id }) => id)).not.toContain(first);
      await docker(`rm ${name('paso')}; docker image rm -f ${name('img')} ${foreign} ${step}`);
    },
    60_000,
  );

  /** What this file does not own: other suites may be at work on the same engine, so only what is stable. */
  async function foreign(): Promise<string> {
    const all = await snapshotEngine(link().engine);
    return all
      .split('\n')
      .filter((line) => line.includes(`escena-${process.pid}`) || line.includes('"bridge"'))
      .join('\n');
  }
});
