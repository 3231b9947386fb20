import type { Json, JsonObject } from '../../base/json.ts';
import { type Backend, type NamespaceName, namespaceNames } from '../backend.ts';
import type { CheckKind } from '../check.ts';
import {
  absentNear,
  asList,
  asObject,
  dockerLevel,
  dockerOf,
  inspectCommand,
  missingAdvice,
  textOf,
} from './docker-access.ts';

/** A container as `docker inspect` shows it. */
export const dockerContenedor: CheckKind = {
  name: 'docker.contenedor',
  view: 'docker',
  doc: 'Un contenedor, tal como lo enseña `docker inspect`.',
  params: { nombre: { type: 'text', required: true, doc: 'nombre del contenedor' } },
  fields: {
    'State.Status': '`created`, `running`, `paused`, `restarting`, `exited` o `dead`',
    'State.Running': 'true si su proceso principal está vivo',
    'State.Pid': 'PID del proceso principal visto desde el anfitrión; 0 si no está en marcha',
    'State.ExitCode': 'código con el que terminó; 137 es 128 + 9 (SIGKILL)',
    'State.OOMKilled': 'true si el kernel lo mató por pasarse de memoria',
    'State.StartedAt': 'cuándo arrancó por última vez (UTC)',
    'State.Health.Status': '`starting`, `healthy` o `unhealthy`; no está si no hay healthcheck',
    RestartCount: 'veces que Docker lo reinició por su política',
    Image: 'digest de la imagen (`sha256:…`)',
    Id: 'identificador completo; cambia si el contenedor se recrea',
    'HostConfig.Memory': 'límite de memoria en bytes; 0 es sin límite',
    'HostConfig.NanoCpus': 'límite de CPU en milmillonésimas: 0,5 CPU son 500000000',
    'HostConfig.PidsLimit': 'límite de procesos; falta o es null si no hay',
    'HostConfig.RestartPolicy': '`{Name, MaximumRetryCount}`',
    'HostConfig.PortBindings': 'lo que pidió `-p`: `{"80/tcp": [{HostIp, HostPort}]}`; los puertos son texto',
    'HostConfig.NetworkMode': 'red principal pedida al crearlo',
    'Config.Image': 'imagen con la que se creó',
    'Config.User': 'usuario; vacío es root',
    'Config.Cmd': 'lista con la orden',
    'Config.Env': 'lista de `NOMBRE=valor`',
    'Config.Labels': 'etiquetas',
    'NetworkSettings.Networks': 'redes a las que está conectado, por nombre',
    Mounts: 'lista de `{Type, Name, Source, Destination, RW}`',
    puertos: 'lista de `{contenedor: "80/tcp", ip, puerto}` que publica ahora mismo',
    namespaces:
      '`{net, pid, mnt, uts, ipc, user, cgroup, time}`: true si es distinto del anfitrión; falta si no se puede leer',
  },
  object: (params) => `el contenedor ${textOf(params, 'nombre')}`,
  command: (params, field, { state, value }) => {
    const name = textOf(params, 'nombre');
    if (state === 'absent') return 'docker ps -a';
    if (field.startsWith('namespaces')) return namespacesCommand(value);
    return inspectCommand('docker', name, field, value, { puertos: 'NetworkSettings.Ports' });
  },
  absentAdvice: (params, observation) =>
    missingAdvice(
      observation,
      `ningún contenedor llamado «${textOf(params, 'nombre')}»`,
      `Créalo con \`docker run --name ${textOf(params, 'nombre')} …\`.`,
      'docker ps -a',
    ),
  async observe({ backend }, params) {
    const view = dockerOf(backend);
    const name = textOf(params, 'nombre');
    const found = await view.container(name);
    if (found === undefined) return absentNear(view, 'container', name);
    const namespaces = await ownNamespaces(backend, found);
    return {
      state: 'found',
      value: {
        ...found,
        puertos: publishedPorts(found),
        ...(namespaces === undefined ? {} : { namespaces }),
      },
    };
  },
  level: dockerLevel,
};

function namespacesCommand(value: JsonObject): string {
  const pid = asObject(value['State'])['Pid'];
  return typeof pid === 'number' && pid > 0 ? `sudo ls -l /proc/${pid}/ns /proc/self/ns` : '';
}

function publishedPorts(container: JsonObject): readonly Json[] {
  const ports = asObject(asObject(container['NetworkSettings'])['Ports']);
  return Object.entries(ports).flatMap(([port, bindings]) =>
    asList(bindings).map((binding) => ({
      contenedor: port,
      ip: asObject(binding)['HostIp'] ?? '',
      puerto: Number(asObject(binding)['HostPort']),
    })),
  );
}

/** Which namespaces of the main process are not the host's. Needs to see that very process in `/proc`. */
async function ownNamespaces(backend: Backend, container: JsonObject): Promise<JsonObject | undefined> {
  const { linux } = backend;
  const pid = asObject(container['State'])['Pid'];
  if (linux === undefined || typeof pid !== 'number' || pid <= 0) return undefined;
  // The engine may live in another kernel (a VM, another machine): there that pid is somebody else.
  const cgroup = await linux.read(`/proc/${pid}/cgroup`, 16_384);
  if (!cgroup.ok || !cgroup.value.includes(String(container['Id']))) return undefined;
  const differs: { [name: string]: boolean } = {};
  for (const name of namespaceNames) {
    const own = await isOwn(linux.readlink.bind(linux), pid, linux.selfPid, name);
    if (own !== undefined) differs[name] = own;
  }
  return Object.keys(differs).length > 0 ? differs : undefined;
}

async function isOwn(
  readlink: (path: string) => Promise<{ ok: true; value: string } | { ok: false }>,
  pid: number,
  hostPid: number,
  name: NamespaceName,
): Promise<boolean | undefined> {
  const [theirs, host] = await Promise.all([
    readlink(`/proc/${pid}/ns/${name}`),
    readlink(`/proc/${hostPid}/ns/${name}`),
  ]);
  return theirs.ok && host.ok ? theirs.value !== host.value : undefined;
}
