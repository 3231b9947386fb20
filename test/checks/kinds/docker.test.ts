import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { type Backend, CouldNotLook } from '../../../src/checks/backend.ts';
import type { CheckKind, Observation } from '../../../src/checks/check.ts';
import { fieldAt } from '../../../src/checks/fields.ts';
import { findKind } from '../../../src/checks/kinds/index.ts';
import { emptyBackend } from '../../helpers/checks.ts';
import { describeWithDocker } from '../../helpers/engine.ts';

const shell = async (script: string) => (await promisify(execFile)('sh', ['-c', script])).stdout.trim();
const docker = (args: string) => shell(`docker ${args}`);
const name = (part: string) => `tipos-${process.pid}-${part}`;
const label = '--label curso-k8s=prueba-tipos';
const startedAtMs = Date.now() - 1_000;

function kindOf(kindName: string): CheckKind {
  const kind = findKind(kindName);
  if (kind === undefined) throw new Error(`no existe ${kindName}`);
  return kind;
}

function look(kindName: string, params: JsonObject, backend: Backend): Promise<Observation> {
  const attempt = { exerciseId: '2.1.a', startedAtMs, folder: '/tmp', answers: {}, failures: 0 };
  const context = { backend, scope: {}, attempt, signal: new AbortController().signal };
  return kindOf(kindName).observe(context, params);
}

describe('without an engine', () => {
  const names = [
    'contenedor',
    'imagen',
    'red',
    'volumen',
    'compose',
    'http',
    'logs',
    'cambios',
    'prueba',
    'archivo',
    'sucesos',
    'capas',
  ];
  test.each(names)('docker.%s says why it could not look', async (short) => {
    const missing = { docker: { reason: 'docker-stopped', why: 'parado', next: 'arráncalo' } } as const;
    const backend = { ...emptyBackend(), missing };
    const looking = async () => look(`docker.${short}`, { nombre: 'x', contenedor: 'x', puerto: 1 }, backend);
    await expect(looking).rejects.toThrow(CouldNotLook);
    await expect(looking).rejects.toThrow('parado');
  });
});

describeWithDocker('docker kinds on a real engine', (link) => {
  const see = (kindName: string, params: JsonObject) =>
    look(kindName, params, { ...emptyBackend(), docker: link().view });
  const value = async (kindName: string, params: JsonObject) => {
    const observation = await see(kindName, params);
    expect(observation.state).toBe('found');
    return observation.value;
  };
  /** The printed command must show what the observation holds. */
  const shown = async (kindName: string, params: JsonObject, field: string) => {
    const observation = await see(kindName, params);
    return shell(kindOf(kindName).command(params, field, observation));
  };

  beforeAll(async () => {
    await docker(`network create ${label} ${name('red')}`);
    await docker(`volume create ${label} ${name('datos')}`);
    await docker(
      `run -d ${label} --label com.example.a.b=c --name ${name('web')} --network ${name('red')} -v ${name('datos')}:/datos -m 64m --pids-limit 50 -p 127.0.0.1::80 nginx:1.29-alpine`,
    );
    await docker(
      `run ${label} --name ${name('fin')} busybox:1.37 sh -c 'echo uno; echo dos; echo x > /nuevo; rm /etc/group; exit 7' || true`,
    );
  });
  afterAll(async () => {
    await shell(`docker rm -fv $(docker ps -aq --filter name=tipos-${process.pid}-)`);
    await docker(`network rm ${name('red')}`);
    await docker(`volume rm ${name('datos')}`);
  });

  test('docker.contenedor: inspect as it is, published ports, and commands that show the field', async () => {
    const params = { nombre: name('web') };
    const seen = await value('docker.contenedor', params);
    expect(seen).toMatchObject({
      State: { Running: true },
      HostConfig: { Memory: 67_108_864, PidsLimit: 50 },
    });
    const [port] = seen['puertos'] as readonly JsonObject[];
    expect(port).toMatchObject({ contenedor: '80/tcp', ip: '127.0.0.1' });
    expect(await shown('docker.contenedor', params, 'HostConfig.Memory')).toBe('67108864');
    expect(await shown('docker.contenedor', params, 'State.Running')).toBe('true');
    expect(await shown('docker.contenedor', params, 'Config.Labels.com.example.a.b')).toBe('c');
    expect(await shown('docker.contenedor', params, 'HostConfig.PortBindings.80/tcp')).toContain(
      '"HostIp":"127.0.0.1"',
    );
    expect(await shown('docker.contenedor', params, 'Mounts[0].Destination')).toBe('/datos');
    expect(await shown('docker.contenedor', params, 'Config.Cmd')).toBe('["nginx","-g","daemon off;"]');
    expect(await shown('docker.contenedor', params, 'puertos[0].puerto')).toContain(String(port?.['puerto']));
    expect(await shown('docker.contenedor', params, '')).toContain('"HostConfig"');
  });

  test('docker.contenedor: absent, with the name that looks alike', async () => {
    const params = { nombre: name('wep') };
    const observation = await see('docker.contenedor', params);
    expect(observation).toMatchObject({
      state: 'absent',
      value: { parecidos: expect.arrayContaining([name('web')]) },
    });
    expect(kindOf('docker.contenedor').absentAdvice(params, observation).why).toContain(`«${name('web')}»`);
    expect(await see('docker.contenedor', { nombre: 'nada-que-ver-0000' })).toEqual({
      state: 'absent',
      value: {},
    });
  });

  test('docker.imagen, docker.red, docker.volumen', async () => {
    const image = await value('docker.imagen', { referencia: 'busybox:1.37' });
    expect(image['etiquetas']).toContain('busybox:1.37');
    expect((image['historia'] as readonly string[]).length).toBeGreaterThan(0);
    expect(await shown('docker.imagen', { referencia: 'busybox:1.37' }, 'Size')).toBe(String(image['Size']));
    expect(await see('docker.imagen', { referencia: 'busybox:1.36' })).toMatchObject({
      state: 'absent',
      value: { parecidos: ['busybox:1.37'] },
    });

    const network = await value('docker.red', { nombre: name('red') });
    expect(network['contenedores']).toEqual([name('web')]);
    expect(await shown('docker.red', { nombre: name('red') }, 'contenedores')).toBe(name('web'));
    expect((await see('docker.red', { nombre: 'no' })).state).toBe('absent');

    const volume = await value('docker.volumen', { nombre: name('datos') });
    expect(volume['usadoPor']).toEqual([name('web')]);
    expect(await shown('docker.volumen', { nombre: name('datos') }, 'usadoPor')).toContain(name('web'));
    expect((await see('docker.volumen', { nombre: 'no' })).state).toBe('absent');
  });

  test('docker.http: an answer, an empty port, a port that speaks something else, one that says nothing', async () => {
    const [port] = (await value('docker.contenedor', { nombre: name('web') }))[
      'puertos'
    ] as readonly JsonObject[];
    const puerto = Number(port?.['puerto']);
    const answer = await vi.waitFor(() => value('docker.http', { puerto }), { timeout: 60_000 });
    expect(answer).toMatchObject({ estado: 200, cuerpo: expect.stringContaining('nginx') });
    expect((answer['cabeceras'] as JsonObject)['content-type']).toContain('text/html');
    expect(await value('docker.http', { puerto: String(puerto), ruta: 'no-hay' })).toMatchObject({
      estado: 404,
    });
    expect(await shown('docker.http', { puerto }, 'cuerpo')).toBe(String(answer['cuerpo']).trim());

    const rude = createServer((socket) => socket.resume().end('hola\n')).listen(0, '127.0.0.1');
    const mute = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    for (const server of [rude, mute]) if (!server.listening) await once(server, 'listening');
    const portOf = (server: typeof rude) => (server.address() as { port: number }).port;
    expect(await see('docker.http', { puerto: portOf(rude) })).toEqual({
      state: 'absent',
      value: { error: 'no-http' },
    });
    expect(await see('docker.http', { puerto: portOf(mute) })).toEqual({
      state: 'absent',
      value: { error: 'timeout' },
    });
    const free = portOf(rude);
    await new Promise((resolve) => rude.close(resolve));
    mute.close();
    expect(await see('docker.http', { puerto: free })).toEqual({
      state: 'absent',
      value: { error: 'ECONNREFUSED' },
    });
    const advice = kindOf('docker.http').absentAdvice(
      { puerto: free },
      { state: 'absent', value: { error: 'ECONNREFUSED' } },
    );
    expect(advice.why).toContain(String(free));
  });

  test('docker.logs, docker.cambios, docker.archivo of a container that ended', async () => {
    const params = { contenedor: name('fin') };
    expect(await value('docker.logs', params)).toEqual({ texto: 'uno\ndos\n', lineas: ['uno', 'dos'] });
    expect(await value('docker.logs', { ...params, lineas: 1 })).toMatchObject({ lineas: ['dos'] });
    expect(await shown('docker.logs', params, 'texto')).toBe('uno\ndos');
    expect(await value('docker.cambios', params)).toMatchObject({
      A: ['/nuevo'],
      C: ['/etc'],
      D: ['/etc/group'],
    });
    expect(await value('docker.archivo', { ...params, ruta: '/nuevo' })).toEqual({ texto: 'x\n' });
    expect(await shown('docker.archivo', { ...params, ruta: '/nuevo' }, 'texto')).toBe('x');
    expect(await see('docker.archivo', { ...params, ruta: '/no' })).toEqual({
      state: 'absent',
      value: { sinArchivo: true },
    });
    expect((await see('docker.logs', { contenedor: name('nadie') })).state).toBe('absent');
  });

  test('docker.prueba: inside a running container; a stopped one is not there to be asked', async () => {
    const params = { contenedor: name('web'), orden: ['sh', '-c', 'echo "a b"; exit 2'] };
    expect(await value('docker.prueba', params)).toEqual({ codigo: 2, salida: 'a b\n' });
    expect(
      await shell(
        `${kindOf('docker.prueba').command(params, 'salida', await see('docker.prueba', params))} || true`,
      ),
    ).toBe('a b');
    const stopped = await see('docker.prueba', { contenedor: name('fin'), orden: ['true'] });
    expect(stopped).toEqual({ state: 'absent', value: { estado: 'exited' } });
    expect(kindOf('docker.prueba').absentAdvice({ contenedor: name('fin') }, stopped).why).toContain(
      'no está en marcha',
    );
  });

  test('docker.sucesos: actions, exit codes and signals since the attempt began', async () => {
    await docker(`run -d ${label} --name ${name('muere')} --stop-timeout 1 busybox:1.37 sleep 100`);
    await docker(`kill -s KILL ${name('muere')}`);
    await docker(`rm -f ${name('muere')}`);
    const seen = await value('docker.sucesos', { contenedor: name('muere') });
    expect(seen['acciones']).toEqual(expect.arrayContaining(['create', 'start', 'kill', 'die', 'destroy']));
    expect(seen).toMatchObject({ codigos: [137], senales: ['9'] });
    expect((await see('docker.sucesos', { contenedor: name('nadie') })).state).toBe('absent');
  });

  test('docker.compose: services counted from the labels Compose writes, one-off containers apart', async () => {
    const project = `p${process.pid}`;
    const service = (part: string, extra = '') =>
      `${label} --label com.docker.compose.project=${project} --label com.docker.compose.service=${part} ${extra} busybox:1.37`;
    const check = '--health-cmd true --health-interval 200ms';
    await docker(`run -d --name ${name('l1')} ${service('libreta', check)} sleep 100`);
    await docker(`run -d --name ${name('h1')} ${service('horno')} sleep 100`);
    await docker(`run -d --name ${name('h2')} ${service('horno')} true`);
    await docker(
      `run -d --name ${name('h3')} ${service('horno', '--label com.docker.compose.oneoff=True')} sleep 100`,
    );
    const seen = await vi.waitFor(
      async () => {
        const now = await value('docker.compose', { proyecto: project });
        expect(now).toMatchObject({
          total: 3,
          enMarcha: 2,
          servicios: { horno: { total: 2, enMarcha: 1 }, libreta: { total: 1, sanos: 1 } },
        });
        return now;
      },
      { timeout: 60_000, interval: 100 },
    );
    const [libreta] = fieldAt(seen, 'servicios.libreta.contenedores') as readonly JsonObject[];
    const [horno] = fieldAt(seen, 'servicios.horno.contenedores') as readonly JsonObject[];
    expect(libreta).toMatchObject({ nombre: name('l1'), Health: 'healthy' });
    expect(String(libreta?.['sanoDesde']) > String(libreta?.['StartedAt'])).toBe(true);
    expect(String(libreta?.['sanoDesde'])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(horno).not.toHaveProperty('sanoDesde');
    expect((await see('docker.compose', { proyecto: 'no-hay' })).state).toBe('absent');
  });

  test('docker.capas', async () => {
    expect(
      await value('docker.capas', { referencia: 'nginx:1.29-alpine', busca: 'NGINX_VERSION' }),
    ).toMatchObject({
      donde: expect.arrayContaining(['configuración']),
    });
    expect(await value('docker.capas', { referencia: 'busybox:1.37', busca: 'CLAVE-QUE-NO-ESTÁ' })).toEqual({
      apariciones: 0,
      donde: [],
    });
    expect((await see('docker.capas', { referencia: 'no:1', busca: 'x' })).state).toBe('absent');
  });
});
