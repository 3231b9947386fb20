import type { JsonObject } from '../../base/json.ts';
import type { DockerView } from '../backend.ts';
import type { Advice, CheckKind, Observation } from '../check.ts';
import {
  absentNear,
  asList,
  asObject,
  dockerLevel,
  dockerOf,
  dockerPollMs,
  missingAdvice,
  numberOf,
  shellWord,
  textOf,
} from './docker-access.ts';

const containerParam = { type: 'text', required: true, doc: 'nombre del contenedor' } as const;

function noContainer(params: JsonObject, observation: Observation): Advice {
  const name = textOf(params, 'contenedor');
  if (observation.value['estado'] !== undefined) {
    return {
      why: `El contenedor «${name}» existe, pero no está en marcha (${String(observation.value['estado'])}).`,
      next: `Mira por qué terminó con \`docker logs ${name}\` y arráncalo con \`docker start ${name}\`.`,
    };
  }
  return missingAdvice(
    observation,
    `ningún contenedor llamado «${name}»`,
    `Créalo con \`docker run --name ${name} …\`.`,
    'docker ps -a',
  );
}

/** Looks only when the container is there (and, when asked, in motion); otherwise says what it found instead. */
async function inside(
  view: DockerView,
  params: JsonObject,
  mustRun: boolean,
  look: (name: string) => Promise<Observation>,
): Promise<Observation> {
  const name = textOf(params, 'contenedor');
  const container = await view.container(name);
  if (container === undefined) return absentNear(view, 'container', name);
  const state = asObject(container['State']);
  if (mustRun && (state['Running'] !== true || state['Paused'] === true || state['Restarting'] === true)) {
    return { state: 'absent', value: { estado: state['Status'] ?? '' } };
  }
  return look(name);
}

/** What a container's process wrote on its outputs. */
export const dockerLogs: CheckKind = {
  name: 'docker.logs',
  view: 'docker',
  doc: 'Lo que el proceso de un contenedor escribió en su salida (`docker logs`).',
  params: {
    contenedor: containerParam,
    lineas: { type: 'number', doc: 'cuántas de las últimas líneas; por defecto 200' },
  },
  fields: {
    texto: 'las últimas líneas, sin caracteres de control, hasta 64 KiB',
    lineas: 'lista con las mismas líneas',
  },
  object: (params) => `los logs de ${textOf(params, 'contenedor')}`,
  command: (params, _field, { state }) =>
    state === 'absent' ? 'docker ps -a' : `docker logs ${shellWord(textOf(params, 'contenedor'))}`,
  absentAdvice: noContainer,
  observe: ({ backend }, params) => {
    const view = dockerOf(backend);
    return inside(view, params, false, async (name) => {
      const texto = await view.logs(name, numberOf(params, 'lineas', 200));
      return {
        state: 'found',
        value: { texto, lineas: texto === '' ? [] : texto.replace(/\n$/, '').split('\n') },
      };
    });
  },
  level: dockerLevel,
  pollMs: dockerPollMs,
};

/** What a container changed over its image. */
export const dockerCambios: CheckKind = {
  name: 'docker.cambios',
  view: 'docker',
  doc: 'Lo que un contenedor cambió sobre su imagen (`docker diff`).',
  params: { contenedor: containerParam },
  fields: { A: 'rutas añadidas', C: 'rutas cambiadas', D: 'rutas borradas' },
  object: (params) => `los cambios de ${textOf(params, 'contenedor')}`,
  command: (params, _field, { state }) =>
    state === 'absent' ? 'docker ps -a' : `docker diff ${shellWord(textOf(params, 'contenedor'))}`,
  absentAdvice: noContainer,
  observe: ({ backend }, params) => {
    const view = dockerOf(backend);
    return inside(view, params, false, async (name) => {
      const changes = await view.changes(name);
      const paths = (kind: 'A' | 'C' | 'D') =>
        changes.filter((change) => change.kind === kind).map(({ path }) => path);
      return { state: 'found', value: { A: paths('A'), C: paths('C'), D: paths('D') } };
    });
  },
  level: dockerLevel,
  pollMs: 500,
};

/** A short read-only command inside a container, for what only its own network can tell. */
export const dockerPrueba: CheckKind = {
  name: 'docker.prueba',
  view: 'docker',
  doc: 'El resultado de una orden corta, que no cambie nada, dentro de un contenedor en marcha.',
  params: {
    contenedor: containerParam,
    orden: { type: 'list', required: true, doc: 'la orden, palabra por palabra: `[nslookup, libreta]`' },
  },
  fields: {
    codigo: 'código de salida; 124 si no terminó en 3 segundos, 126 o 127 si la orden no existe',
    salida: 'lo que escribió, hasta 4 KiB',
  },
  object: (params) => `\`${commandOf(params)}\` dentro de ${textOf(params, 'contenedor')}`,
  command: (params, _field, { state }) =>
    state === 'absent'
      ? 'docker ps -a'
      : `docker exec ${shellWord(textOf(params, 'contenedor'))} ${commandOf(params)}`,
  absentAdvice: noContainer,
  observe: ({ backend }, params) => {
    const view = dockerOf(backend);
    return inside(view, params, true, async (name) => {
      const { exitCode, output } = await view.probe(name, asList(params['orden']).map(String));
      return { state: 'found', value: { codigo: exitCode, salida: output } };
    });
  },
  level: dockerLevel,
  pollMs: 1_000,
};

function commandOf(params: JsonObject): string {
  return asList(params['orden'])
    .map((word) => shellWord(String(word)))
    .join(' ');
}

/** A file of a container, read without running anything in it. */
export const dockerArchivo: CheckKind = {
  name: 'docker.archivo',
  view: 'docker',
  doc: 'Un archivo de dentro de un contenedor, en marcha o parado.',
  params: {
    contenedor: containerParam,
    ruta: { type: 'text', required: true, doc: 'ruta absoluta dentro del contenedor' },
  },
  fields: { texto: 'el contenido exacto, hasta 64 KiB' },
  object: (params) => `el archivo ${textOf(params, 'ruta')} de ${textOf(params, 'contenedor')}`,
  command: (params, _field, { state, value }) => {
    const name = textOf(params, 'contenedor');
    if (state === 'absent' && value['sinArchivo'] !== true) return 'docker ps -a';
    return `docker cp ${shellWord(`${name}:${textOf(params, 'ruta')}`)} - | tar -xO`;
  },
  absentAdvice: (params, observation) => {
    if (observation.value['sinArchivo'] !== true) return noContainer(params, observation);
    return {
      why: `Dentro de «${textOf(params, 'contenedor')}» no hay ningún archivo ${textOf(params, 'ruta')}.`,
      next: `Mira qué hay con \`docker exec ${textOf(params, 'contenedor')} ls -la …\`.`,
    };
  },
  observe: ({ backend }, params) => {
    const view = dockerOf(backend);
    return inside(view, params, false, async (name) => {
      const texto = await view.readFile(name, textOf(params, 'ruta'));
      return texto === undefined
        ? { state: 'absent', value: { sinArchivo: true } }
        : { state: 'found', value: { texto } };
    });
  },
  level: dockerLevel,
  pollMs: 500,
};
