import type { Json, JsonObject } from '../../base/json.ts';
import type { DockerView } from '../backend.ts';
import type { CheckKind } from '../check.ts';
import { asList, asObject, dockerLevel, dockerOf, shellWord, textOf } from './docker-access.ts';

const projectLabel = 'com.docker.compose.project';
const serviceLabel = 'com.docker.compose.service';

/** The containers of a Compose project, by service. */
export const dockerCompose: CheckKind = {
  name: 'docker.compose',
  view: 'docker',
  doc: 'Los contenedores de un proyecto de Compose, por servicio.',
  params: { proyecto: { type: 'text', required: true, doc: 'nombre del proyecto' } },
  fields: {
    'servicios.web.total': 'contenedores del servicio `web`, en marcha o no',
    'servicios.web.enMarcha': 'los que están en marcha',
    'servicios.web.sanos': 'los que su healthcheck da por sanos',
    'servicios.web.contenedores':
      'lista de `{nombre, StartedAt, Health, sanoDesde, etiquetas}`; las fechas se comparan como texto. `sanoDesde` es la primera vez que se le vio sano en este arranque',
    total: 'contenedores del proyecto',
    enMarcha: 'los que están en marcha',
  },
  object: (params) => `el proyecto ${textOf(params, 'proyecto')}`,
  command: (params, _field, { state }) =>
    state === 'absent'
      ? 'docker compose ls -a'
      : `docker compose -p ${shellWord(textOf(params, 'proyecto'))} ps -a`,
  absentAdvice: (params) => ({
    why: `El proyecto «${textOf(params, 'proyecto')}» todavía no tiene contenedores.`,
    next: `Levántalo con \`docker compose -p ${textOf(params, 'proyecto')} up -d\`, o revisa \`name:\` en tu compose.yaml.`,
  }),
  async observe({ backend }, params) {
    const view = dockerOf(backend);
    const listed = await view.containers({ label: `${projectLabel}=${textOf(params, 'proyecto')}` });
    // `docker compose run` leaves one-off containers which are not part of the service.
    const ids = listed
      .filter((one) => asObject(one['Labels'])['com.docker.compose.oneoff'] !== 'True')
      .map((one) => String(one['Id']));
    const containers = (await Promise.all(ids.map((id) => view.container(id)))).filter(
      (one) => one !== undefined,
    );
    if (containers.length === 0) return { state: 'absent', value: {} };
    const members = await Promise.all(containers.map((container) => describe(view, container)));
    const names = [...new Set(members.map(({ service }) => service))].sort();
    const servicios = Object.fromEntries(
      names.map((name) => [name, summary(members.filter(({ service }) => service === name))]),
    );
    return {
      state: 'found',
      value: { servicios, total: members.length, enMarcha: members.filter(({ running }) => running).length },
    };
  },
  level: dockerLevel,
};

interface Member {
  readonly service: string;
  readonly running: boolean;
  readonly healthy: boolean;
  readonly facts: JsonObject;
}

function summary(members: readonly Member[]): JsonObject {
  return {
    total: members.length,
    enMarcha: members.filter(({ running }) => running).length,
    sanos: members.filter(({ healthy }) => healthy).length,
    contenedores: members
      .map(({ facts }) => facts)
      .sort((left, right) => (String(left['nombre']) < String(right['nombre']) ? -1 : 1)),
  };
}

async function describe(view: DockerView, container: JsonObject): Promise<Member> {
  const state = asObject(container['State']);
  const labels = asObject(asObject(container['Config'])['Labels']);
  const health = asObject(state['Health'])['Status'];
  const nombre = String(container['Name']).replace(/^\//, '');
  const startedAt = String(state['StartedAt'] ?? '');
  const sanoDesde = health === 'healthy' ? await healthySince(view, nombre, container) : undefined;
  return {
    service: String(labels[serviceLabel] ?? ''),
    running: state['Running'] === true,
    healthy: state['Running'] === true && health === 'healthy',
    facts: {
      nombre,
      StartedAt: sortable(startedAt),
      ...(health === undefined ? {} : { Health: health }),
      ...(sanoDesde === undefined ? {} : { sanoDesde }),
      etiquetas: labels,
    },
  };
}

/**
 * When a container was first healthy since it started: from the engine's events if it still remembers, else from the
 * log of its health check when the first probes are still in it (the engine keeps five), else the earliest it can
 * have been: one interval after the start.
 */
async function healthySince(view: DockerView, name: string, container: JsonObject): Promise<string> {
  const state = asObject(container['State']);
  const startedAtMs = Date.parse(String(state['StartedAt']));
  const events = await view.events(startedAtMs, name);
  const announced = events.find((event) => /^health_status: ?healthy$/.test(String(event['Action'])));
  if (announced !== undefined) return fromNanoseconds(announced['timeNano'] ?? 0);
  const probes = asList(asObject(state['Health'])['Log']).map(asObject);
  const firstGood = probes.find((probe) => probe['ExitCode'] === 0);
  if (firstGood !== undefined && probes.length < 5) return sortable(String(firstGood['End']));
  const settings = asObject(asObject(container['Config'])['Healthcheck']);
  const interval = Number(settings['StartInterval'] || settings['Interval'] || 30e9);
  return fromNanoseconds(
    (startedAtMs + Math.min(interval, Number(settings['Interval'] || 30e9)) / 1e6) * 1e6,
  );
}

/** RFC 3339 in UTC with nine decimals, so that comparing texts compares times. */
function sortable(time: string): string {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) return time;
  const decimals = /\.(\d+)/.exec(time)?.[1] ?? '';
  return `${new Date(ms).toISOString().slice(0, 19)}.${decimals.padEnd(9, '0').slice(0, 9)}Z`;
}

function fromNanoseconds(nanoseconds: Json): string {
  const microseconds = Math.floor(Number(nanoseconds) / 1e3);
  const decimals = String(microseconds % 1e6).padStart(6, '0');
  return `${new Date(microseconds / 1e3).toISOString().slice(0, 19)}.${decimals}000Z`;
}
