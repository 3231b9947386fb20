import type { Json } from '../../base/json.ts';
import type { CheckKind } from '../check.ts';
import {
  absentNear,
  asObject,
  dockerLevel,
  dockerOf,
  inspectCommand,
  missingAdvice,
  shellWord,
  textOf,
} from './docker-access.ts';

/** An image as `docker image inspect` shows it. */
export const dockerImagen: CheckKind = {
  name: 'docker.imagen',
  view: 'docker',
  doc: 'Una imagen, tal como la enseña `docker image inspect`.',
  params: { referencia: { type: 'text', required: true, doc: 'nombre con etiqueta, digest o Id' } },
  fields: {
    Id: 'digest de la imagen; la identifica de forma inmutable',
    Size: 'tamaño en bytes',
    'Config.User': 'usuario con el que arranca; vacío es root',
    'Config.Cmd': 'orden por defecto (lista); en forma shell empieza por `/bin/sh -c`',
    'Config.Entrypoint': 'orden fija (lista o null)',
    'Config.Env': 'lista de `NOMBRE=valor`',
    'Config.Labels': 'etiquetas',
    'Config.ExposedPorts': 'puertos de `EXPOSE`',
    'Config.WorkingDir': 'carpeta de trabajo',
    'RootFS.Layers': 'digests de sus capas, de abajo arriba',
    etiquetas: 'todas las referencias que apuntan a ella',
    historia: 'instrucciones que la construyeron, la última primero',
  },
  object: (params) => `la imagen ${textOf(params, 'referencia')}`,
  command: (params, field, { state, value }) => {
    const reference = textOf(params, 'referencia');
    if (state === 'absent') return 'docker image ls';
    if (field.startsWith('historia')) return `docker history --no-trunc ${shellWord(reference)}`;
    return inspectCommand('docker image', reference, field, value, { etiquetas: 'RepoTags' });
  },
  absentAdvice: (params, observation) =>
    missingAdvice(
      observation,
      `ninguna imagen «${textOf(params, 'referencia')}» en tu motor`,
      `Constrúyela con \`docker build -t ${textOf(params, 'referencia')} .\` o descárgala con \`docker pull\`.`,
      'docker image ls',
    ),
  async observe({ backend }, params) {
    const view = dockerOf(backend);
    const reference = textOf(params, 'referencia');
    const found = await view.image(reference);
    if (found === undefined) return absentNear(view, 'image', reference);
    const history = await view.imageHistory(reference);
    return {
      state: 'found',
      value: {
        ...found,
        etiquetas: found['RepoTags'] ?? [],
        historia: history.map((step) => step['CreatedBy'] ?? ''),
      },
    };
  },
  level: dockerLevel,
  // BuildKit does not announce every build.
  pollMs: 1_000,
};

/** A network as `docker network inspect` shows it. */
export const dockerRed: CheckKind = {
  name: 'docker.red',
  view: 'docker',
  doc: 'Una red, tal como la enseña `docker network inspect`.',
  params: { nombre: { type: 'text', required: true, doc: 'nombre de la red' } },
  fields: {
    Driver: '`bridge`, `host`, `none`…',
    Internal: 'true si no tiene salida al exterior',
    'IPAM.Config': 'lista de `{Subnet, Gateway}`',
    Labels: 'etiquetas',
    Containers: 'contenedores conectados y en marcha, por Id: `{Name, IPv4Address}`',
    contenedores: 'nombres de los contenedores conectados y en marcha, por orden alfabético',
  },
  object: (params) => `la red ${textOf(params, 'nombre')}`,
  command: (params, field, { state, value }) => {
    if (state === 'absent') return 'docker network ls';
    const name = textOf(params, 'nombre');
    if (field.startsWith('contenedores')) {
      return `docker network inspect -f '{{range .Containers}}{{.Name}} {{end}}' ${shellWord(name)}`;
    }
    return inspectCommand('docker network', name, field, value);
  },
  absentAdvice: (params, observation) =>
    missingAdvice(
      observation,
      `ninguna red llamada «${textOf(params, 'nombre')}»`,
      `Créala con \`docker network create ${textOf(params, 'nombre')}\`.`,
      'docker network ls',
    ),
  async observe({ backend }, params) {
    const view = dockerOf(backend);
    const name = textOf(params, 'nombre');
    const found = await view.network(name);
    if (found === undefined) return absentNear(view, 'network', name);
    const names = Object.values(asObject(found['Containers'])).map((one) =>
      String(asObject(one)['Name'] ?? ''),
    );
    return { state: 'found', value: { ...found, contenedores: names.sort() } };
  },
  level: dockerLevel,
};

/** A volume as `docker volume inspect` shows it. */
export const dockerVolumen: CheckKind = {
  name: 'docker.volumen',
  view: 'docker',
  doc: 'Un volumen, tal como lo enseña `docker volume inspect`.',
  params: { nombre: { type: 'text', required: true, doc: 'nombre del volumen' } },
  fields: {
    Driver: 'casi siempre `local`',
    Mountpoint: 'carpeta del motor donde viven los datos',
    Labels: 'etiquetas',
    usadoPor: 'nombres de los contenedores que lo montan, en marcha o no',
  },
  object: (params) => `el volumen ${textOf(params, 'nombre')}`,
  command: (params, field, { state, value }) => {
    if (state === 'absent') return 'docker volume ls';
    const name = textOf(params, 'nombre');
    if (field.startsWith('usadoPor')) return `docker ps -a --filter volume=${shellWord(name)}`;
    return inspectCommand('docker volume', name, field, value);
  },
  absentAdvice: (params, observation) =>
    missingAdvice(
      observation,
      `ningún volumen llamado «${textOf(params, 'nombre')}»`,
      `Créalo con \`docker volume create ${textOf(params, 'nombre')}\`, o deja que \`docker run -v ${textOf(params, 'nombre')}:/ruta …\` lo cree.`,
      'docker volume ls',
    ),
  async observe({ backend }, params) {
    const view = dockerOf(backend);
    const name = textOf(params, 'nombre');
    const found = await view.volume(name);
    if (found === undefined) return absentNear(view, 'volume', name);
    const users = await view.containers({ volume: name });
    const names = users.map((user): Json => String((user['Names'] as readonly Json[])[0]).replace(/^\//, ''));
    return { state: 'found', value: { ...found, usadoPor: names.sort() } };
  },
  level: dockerLevel,
};
