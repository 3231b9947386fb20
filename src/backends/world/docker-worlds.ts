import { hostname, release } from 'node:os';
import type { Clock } from '../../base/clock.ts';
import type { JsonObject } from '../../base/json.ts';
import { CouldNotLook, type LinuxView, type Unavailable } from '../../checks/backend.ts';
import type { World, WorldFacts } from '../../course/world.ts';
import { connectDocker } from '../docker/connect.ts';
import { clientEnvironment } from '../docker/endpoint.ts';
import type { Engine } from '../docker/engine.ts';
import { type DockerLink, openDockerLink } from '../docker/view.ts';
import { type Auxiliary, createAuxiliary, withAuxiliary } from './auxiliary.ts';
import { dockerPart } from './docker-part.ts';
import { createHostWorld, type Surroundings } from './host-world.ts';
import type { LocalLinux } from './local-linux.ts';
import { openStationWorld } from './station-world.ts';

/** The rungs that stand on an engine. A port, so that a test can be a machine without Docker. */
export interface DockerWorlds {
  /** The world of `docker` exercises; when there is no engine its checks are `unknown` with the remedy. */
  withDocker(around: Surroundings, linux: LocalLinux | undefined, signal: AbortSignal): Promise<World>;
  /** The privileged container in which Linux exercises are done where there is no usable Linux. */
  station(around: Surroundings, signal: AbortSignal): Promise<Station>;
  /** Closes connections. */
  close(): Promise<void>;
}

export type Station =
  | { readonly ok: true; readonly world: World }
  | { readonly ok: false; readonly unavailable: Unavailable };

export interface DockerWorldsOptions {
  /** Another station than the course's own, for tests that run side by side. */
  readonly stationName?: string;
}

/** Worlds over the engine that the learner's own `docker` would use. One connection serves them all. */
export function createDockerWorlds(options: DockerWorldsOptions = {}): DockerWorlds {
  let link: DockerLink | undefined;
  let auxiliary: Auxiliary | undefined;
  const connect = async (around: { readonly clock: Clock; readonly env: Surroundings['env'] }) => {
    if (link !== undefined) return { ok: true as const, link };
    const connected = await connectDocker({ clock: around.clock, env: around.env });
    if (!connected.ok) return connected;
    link = openDockerLink(connected.engine);
    return { ok: true as const, link };
  };
  return {
    async withDocker(around, linux, signal) {
      signal.throwIfAborted();
      const connected = await connect(around);
      if (!connected.ok) return createHostWorld(around, withoutEngine(linux, connected.unavailable), {});
      const { engine } = connected.link;
      auxiliary ??= createAuxiliary(engine, around.courseFolder, options.stationName);
      const view = await linuxOfContainers(engine, linux, auxiliary.view);
      return createHostWorld(reaching(around, engine), withEngine(linux, view), {
        docker: dockerPart(connected.link),
        linux: view,
      });
    },
    async station(around, signal) {
      signal.throwIfAborted();
      const connected = await connect(around);
      if (!connected.ok) return connected;
      try {
        return {
          ok: true,
          world: await openStationWorld(
            reaching(around, connected.link.engine),
            connected.link.engine,
            options.stationName,
          ),
        };
      } catch (error) {
        if (error instanceof CouldNotLook) return { ok: false, unavailable: error.unavailable };
        throw error;
      }
    },
    async close() {
      await auxiliary?.close();
      auxiliary = undefined;
      link?.close();
      link = undefined;
    },
  };
}

/** The learner's `docker` must talk to the engine the checks look at. */
function reaching(around: Surroundings, { endpoint }: Engine): Surroundings {
  return { ...around, env: { ...around.env, ...clientEnvironment(endpoint) } };
}

/** Processes of containers show in `/proc` only when the engine runs on this very kernel. */
async function runsHere(engine: Engine): Promise<boolean> {
  // Counting everything it has takes a busy engine a while, and who guesses wrong looks at another kernel.
  const info = (await engine.json('/info', { timeoutMs: 15_000 }).catch(() => undefined)) as
    | JsonObject
    | undefined;
  return info?.['KernelVersion'] === release() && info['Name'] === hostname();
}

/** How the processes of containers are seen: directly, or through a container next to them. */
async function linuxOfContainers(
  engine: Engine,
  linux: LocalLinux | undefined,
  auxiliary: LinuxView,
): Promise<LinuxView> {
  if (linux === undefined || !(await runsHere(engine))) return auxiliary;
  return linux.facts.uid === 0 ? linux.view : withAuxiliary(linux.view, auxiliary);
}

const elsewhere: Unavailable = {
  reason: 'linux-missing',
  why: 'Los procesos de los contenedores viven donde está el motor de Docker, y no hay motor.',
  next: 'Arranca Docker y vuelve a comprobar.',
};

function withEngine(linux: LocalLinux | undefined, view: LinuxView): WorldFacts {
  return {
    cgroup: linux?.facts.cgroup ?? 'desconocido',
    rung: view.rung,
    announcement: 'Trabajas con el Docker de esta computadora.',
    missing: {},
  };
}

function withoutEngine(linux: LocalLinux | undefined, unavailable: Unavailable): WorldFacts {
  return {
    cgroup: linux?.facts.cgroup ?? 'desconocido',
    rung: 'none',
    announcement: `Docker no está disponible: ${unavailable.why} Puedes leer la lección y hacer su quiz.`,
    missing: { docker: unavailable, linux: elsewhere },
  };
}
