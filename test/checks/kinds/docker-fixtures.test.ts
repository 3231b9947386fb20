import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/base/json.ts';
import type { Backend, DockerView, LinuxView } from '../../../src/checks/backend.ts';
import { findKind } from '../../../src/checks/kinds/index.ts';
import { emptyBackend } from '../../helpers/checks.ts';

interface Recording {
  readonly engine: string;
  readonly apiVersion: string;
  /** `method arguments` → what the view of that engine gave. */
  readonly answers: JsonObject;
}

/** A view that answers what a real engine answered, and nothing else. */
function replay({ answers, apiVersion }: Recording): DockerView {
  const answer =
    (...key: readonly string[]) =>
    async () => {
      const found = answers[key.join(' ')];
      if (found === undefined) throw new Error(`no está grabado: ${key.join(' ')}`);
      return (found ?? undefined) as never;
    };
  return {
    level: 'docker',
    apiVersion,
    container: (name) => answer('container', name)(),
    containers: (filter) => answer('containers', JSON.stringify(filter))(),
    image: (reference) => answer('image', reference)(),
    imageHistory: (reference) => answer('imageHistory', reference)(),
    network: (name) => answer('network', name)(),
    volume: (name) => answer('volume', name)(),
    logs: (container, lines) => answer('logs', container, String(lines))(),
    changes: (container) => answer('changes', container)(),
    events: (_since, container) => answer('events', container)(),
    probe: (container, argv) => answer('probe', container, JSON.stringify(argv))(),
    readFile: async (container, path) => (await answer('readFile', container, path)()) ?? undefined,
    searchImage: (reference, text) => answer('searchImage', reference, text)(),
    near: (kind, name) => answer('near', kind, name)(),
  };
}

const recordings = ['engine-20.10', 'engine-26.1-containerd'].map((file): [string, Recording] => [
  file,
  JSON.parse(
    readFileSync(new URL(`../../fixtures/docker/${file}.json`, import.meta.url), 'utf8'),
  ) as Recording,
]);

describe.each(recordings)('what the kinds see of %s', (_file, recording) => {
  const look = async (kind: string, params: JsonObject, more: Partial<Backend> = {}) => {
    const found = findKind(kind);
    if (found === undefined) throw new Error(kind);
    const attempt = { exerciseId: 'x', startedAtMs: 0, folder: '/', answers: {}, failures: 0 };
    const backend = { ...emptyBackend(), docker: replay(recording), ...more };
    const context = { backend, scope: {}, attempt, signal: new AbortController().signal };
    const observation = await found.observe(context, params);
    return {
      kind: found,
      observation,
      command: (field: string) => found.command(params, field, observation),
    };
  };

  test.each<[string, JsonObject, JsonObject]>([
    [
      'docker.contenedor',
      { nombre: 'pan-7f3c' },
      {
        State: { Running: true, OOMKilled: false },
        RestartCount: 0,
        HostConfig: {
          Memory: 67_108_864,
          NanoCpus: 500_000_000,
          PidsLimit: 50,
          RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
        },
        Config: { Image: 'nginx:1.29-alpine', Cmd: ['nginx', '-g', 'daemon off;'] },
        Mounts: [{ Type: 'volume', Name: 'pan-7f3c-datos', Destination: '/datos', RW: true }],
        puertos: [],
      },
    ],
    ['docker.contenedor', { nombre: 'pan-7f3c-fin' }, { State: { Status: 'exited', ExitCode: 7, Pid: 0 } }],
    ['docker.contenedor', { nombre: 'pan-7f3d' }, { parecidos: ['pan-7f3c'] }],
    [
      'docker.imagen',
      { referencia: 'pan/mostrador:7f3c' },
      {
        etiquetas: ['pan/mostrador:7f3c'],
        Config: { Env: expect.arrayContaining(['CLAVE=canela-482']) as unknown as Json },
      },
    ],
    ['docker.imagen', { referencia: 'pan/mostrador:latest' }, { parecidos: ['pan/mostrador:7f3c'] }],
    ['docker.red', { nombre: 'pan-7f3c-red' }, { Driver: 'bridge', contenedores: ['pan-7f3c'] }],
    ['docker.volumen', { nombre: 'pan-7f3c-datos' }, { Driver: 'local', usadoPor: ['pan-7f3c'] }],
    [
      'docker.compose',
      { proyecto: 'panaderia-7f3c' },
      { total: 1, enMarcha: 1, servicios: { libreta: { total: 1, enMarcha: 1, sanos: 1 } } },
    ],
    ['docker.logs', { contenedor: 'pan-7f3c-fin' }, { texto: 'uno\ndos\n', lineas: ['uno', 'dos'] }],
    ['docker.cambios', { contenedor: 'pan-7f3c-fin' }, { A: ['/nuevo'], C: ['/etc'], D: ['/etc/group'] }],
    [
      'docker.prueba',
      { contenedor: 'pan-7f3c', orden: ['cat', '/usr/share/nginx/html/index.html'] },
      { codigo: 0 },
    ],
    ['docker.prueba', { contenedor: 'pan-7f3c-fin', orden: ['true'] }, { estado: 'exited' }],
    ['docker.archivo', { contenedor: 'pan-7f3c-fin', ruta: '/nuevo' }, { texto: 'x\n' }],
    ['docker.archivo', { contenedor: 'pan-7f3c-fin', ruta: '/no' }, { sinArchivo: true }],
    [
      'docker.sucesos',
      { contenedor: 'pan-7f3c-muere' },
      { acciones: ['create', 'start', 'kill', 'die'], codigos: [137], senales: ['9'] },
    ],
    [
      'docker.capas',
      { referencia: 'pan/mostrador:7f3c', busca: 'canela-482' },
      { apariciones: 1, donde: ['configuración'] },
    ],
    ['docker.capas', { referencia: 'pan/mostrador:7f3c', busca: 'x-no-está' }, { apariciones: 0, donde: [] }],
  ])('%s %j', async (kind, params, expected) => {
    const { observation } = await look(kind, params);
    expect(observation.value).toMatchObject(expected);
  });

  test('commands name the field as Go templates do', async () => {
    const container = await look('docker.contenedor', { nombre: 'pan-7f3c' });
    expect(container.command('State.Pid')).toBe("docker inspect -f '{{.State.Pid}}' pan-7f3c");
    expect(container.command('HostConfig.RestartPolicy')).toBe(
      "docker inspect -f '{{json .HostConfig.RestartPolicy}}' pan-7f3c",
    );
    expect(container.command('Mounts[0].Name')).toBe(
      `docker inspect -f '{{index .Mounts 0 "Name"}}' pan-7f3c`,
    );
    expect(container.command('NetworkSettings.Networks.pan-7f3c-red.IPAddress')).toBe(
      `docker inspect -f '{{index .NetworkSettings.Networks "pan-7f3c-red" "IPAddress"}}' pan-7f3c`,
    );
    const image = await look('docker.imagen', { referencia: 'pan/mostrador:7f3c' });
    expect(image.command('Size')).toBe("docker image inspect -f '{{.Size}}' pan/mostrador:7f3c");
    expect(image.command('historia')).toBe('docker history --no-trunc pan/mostrador:7f3c');
    expect((await look('docker.imagen', { referencia: 'pan/mostrador:latest' })).command('')).toBe(
      'docker image ls',
    );
  });

  test('namespaces are compared only with the very process of the container', async () => {
    const { Id, State } = recording.answers['container pan-7f3c'] as { Id: string; State: { Pid: number } };
    const linux = (cgroup: string): LinuxView => ({
      rung: 'root',
      level: 'real',
      selfPid: 1,
      read: async () => ({ ok: true, value: cgroup }),
      readlink: async (path) => {
        const [, , pid, , name = ''] = path.split('/');
        if (name === 'time') return { ok: false, error: 'ENOENT' };
        const own = pid === String(State.Pid) && name !== 'user';
        return { ok: true, value: `${name}:[${own ? 9 : 1}]` };
      },
      list: async () => ({ ok: false, error: 'ENOENT' }),
      stat: async () => ({ ok: false, error: 'ENOENT' }),
      fileSystemType: async () => ({ ok: false, error: 'ENOENT' }),
      enter: async () => ({ ok: false, error: 'ENOENT' }),
    });
    const here = await look(
      'docker.contenedor',
      { nombre: 'pan-7f3c' },
      { linux: linux(`0::/docker/${Id}`) },
    );
    expect(here.observation.value['namespaces']).toEqual({
      mnt: true,
      uts: true,
      ipc: true,
      pid: true,
      net: true,
      user: false,
      cgroup: true,
    });
    expect(here.command('namespaces.net')).toContain(`/proc/${State.Pid}/ns`);
    // The same pid in another kernel is somebody else.
    const elsewhere = await look(
      'docker.contenedor',
      { nombre: 'pan-7f3c' },
      { linux: linux('0::/init.scope') },
    );
    expect(elsewhere.observation.value).not.toHaveProperty('namespaces');
  });
});
