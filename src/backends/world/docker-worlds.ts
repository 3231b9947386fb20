import type { Unavailable } from '../../checks/backend.ts';
import type { World, WorldFacts } from '../../course/world.ts';
import { connectDocker } from '../docker/connect.ts';
import { type DockerLink, openDockerLink } from '../docker/view.ts';
import { createHostWorld, type Surroundings } from './host-world.ts';
import type { LocalLinux } from './local-linux.ts';

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

/** Worlds over the engine that the learner's own `docker` would use. One connection serves them all. */
export function createDockerWorlds(): DockerWorlds {
  let link: DockerLink | undefined;
  const connect = async (around: Surroundings) => {
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
      const facts = dockerFacts(linux, connected.ok ? undefined : connected.unavailable);
      const docker = connected.ok ? dockerPart(connected.link) : undefined;
      return createHostWorld(around, facts, {
        ...(linux === undefined ? {} : { linux: linux.view }),
        ...(docker === undefined ? {} : { docker }),
      });
    },
    async station(around, signal) {
      signal.throwIfAborted();
      const connected = await connect(around);
      if (!connected.ok) return connected;
      return {
        ok: false,
        unavailable: {
          reason: 'view-missing',
          why: 'La estación de trabajo no está lista.',
          next: 'Abre el curso con `sudo -E curso` en un Linux.',
        },
      };
    },
    async close() {
      link?.close();
      link = undefined;
    },
  };
}

function dockerPart(link: DockerLink) {
  return {
    view: link.view,
    onChange: link.onChange,
    clean: async () => ({ removed: [], left: [] }),
    cleanProof: async () => ({ removed: [], left: [] }),
  };
}

function dockerFacts(linux: LocalLinux | undefined, docker: Unavailable | undefined): WorldFacts {
  const missing: { docker?: Unavailable; linux?: Unavailable } = {};
  if (docker !== undefined) missing.docker = docker;
  if (linux === undefined)
    missing.linux = {
      reason: 'linux-missing',
      why: 'Los procesos de los contenedores viven en otra máquina, la de Docker Desktop.',
      next: 'Míralos con `docker top` o desde una estación de trabajo.',
    };
  return {
    cgroup: linux?.facts.cgroup ?? 'desconocido',
    rung: linux?.view.rung ?? 'none',
    announcement:
      docker === undefined
        ? 'Trabajas con el Docker de esta computadora.'
        : `Docker no está disponible: ${docker.why}`,
    missing,
  };
}
