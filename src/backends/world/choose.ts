import type { Unavailable } from '../../checks/backend.ts';
import type { Exercise, ExerciseNeed } from '../../course/model.ts';
import type { ChooseWorld, World, WorldFacts } from '../../course/world.ts';
import { type LinuxFacts, linuxFacts, usernsAdvice } from '../linux/facts.ts';
import { createHostLinux } from '../linux/host.ts';
import { announce } from './announcements.ts';
import type { ClusterWorlds } from './cluster-worlds.ts';
import type { DockerWorlds } from './docker-worlds.ts';
import { createHostWorld, type Surroundings } from './host-world.ts';
import type { LocalLinux } from './local-linux.ts';

export interface ChooseWorldOptions extends Surroundings {
  /** Worlds that need an engine; see `docker-worlds.ts`. */
  readonly docker: DockerWorlds;
  /** The world of `cluster` exercises; see `cluster-worlds.ts`. */
  readonly cluster: ClusterWorlds;
  /** Default: this machine's. */
  readonly platform?: NodeJS.Platform;
}

/** The ladder, highest first. `CURSO_PELDANO_MAXIMO` takes rungs away from the top. */
const ladder: readonly string[] = ['root', 'userns', 'station', 'ninguno'];

/**
 * Chooses for each exercise the highest rung that works here: root → user namespaces → privileged container → nothing
 * (the lesson can still be read). A simulator would be one more rung before `nothing`.
 */
export function createChooseWorld(options: ChooseWorldOptions): ChooseWorld {
  const platform = options.platform ?? process.platform;
  const allows = (rung: 'root' | 'userns' | 'station') => {
    const most = ladder.indexOf(options.env['CURSO_PELDANO_MAXIMO'] ?? 'root');
    return ladder.indexOf(rung) >= most;
  };
  return async (exercise, signal) => {
    const linux = platform === 'linux' ? await lookAtLinux(signal) : undefined;
    if (exercise.world === 'nada') return filesWorld(options, linux?.facts);
    if (exercise.world === 'cluster') return options.cluster.open(options, linux?.facts.cgroup, signal);
    if (exercise.world === 'docker') return options.docker.withDocker(options, linux, signal);
    if (linux?.facts.fullRoot && allows('root')) return hostWorld(options, linux, 'root');
    const userns = linux?.facts.userns.works && allows('userns') ? linux : undefined;
    if (userns && serves(userns.facts, exercise)) return hostWorld(options, userns, 'userns');
    const station = allows('station') ? await options.docker.station(options, signal) : undefined;
    if (station?.ok) return station.world;
    if (userns) return hostWorld(options, userns, 'userns');
    return nothingWorld(options, linux?.facts, station?.unavailable);
  };
}

/** Whether somebody who is not root can do the exercise here at all. */
export function serves(
  { delegatedControllers }: Pick<LinuxFacts, 'delegatedControllers'>,
  exercise: Pick<Exercise, 'needs'>,
): boolean {
  const controllers = (exercise.needs ?? []).flatMap((need) => controllersOf[need]);
  return controllers.every((name) => delegatedControllers.includes(name));
}

const controllersOf: { readonly [need in ExerciseNeed]: readonly string[] } = {
  cgroup: ['pids', 'memory'],
  cpu: ['cpu'],
  'cluster-entero': [],
};

async function lookAtLinux(signal: AbortSignal): Promise<LocalLinux> {
  signal.throwIfAborted();
  const facts = await linuxFacts();
  return { facts, view: createHostLinux({ rung: facts.fullRoot ? 'root' : 'userns' }) };
}

function hostWorld(around: Surroundings, linux: LocalLinux, rung: 'root' | 'userns'): World {
  const { cgroup } = linux.facts;
  const facts: WorldFacts = {
    cgroup,
    rung,
    announcement: announce(rung, cgroup),
    missing: { docker: notLooked },
  };
  return createHostWorld(around, facts, { linux: createHostLinux({ rung }) });
}

const notLooked: Unavailable = {
  reason: 'view-missing',
  why: 'Este ejercicio se hace en Linux, sin Docker.',
  next: 'Si crees que debería mirar Docker, avisa a quien escribió la lección.',
};

function filesWorld(around: Surroundings, linux: LinuxFacts | undefined): World {
  const cgroup = linux?.cgroup ?? 'desconocido';
  const why = 'Este ejercicio solo mira archivos y respuestas.';
  const missing: Unavailable = { ...notLooked, why };
  const facts: WorldFacts = {
    cgroup,
    rung: 'none',
    announcement: 'Aquí solo hacen falta archivos y respuestas: vale cualquier sistema.',
    missing: { docker: missing, linux: missing },
  };
  return createHostWorld(around, facts, {});
}

/** Nothing to look at: every Linux check is `unknown` with this advice. */
function nothingWorld(
  around: Surroundings,
  linux: LinuxFacts | undefined,
  station: Unavailable | undefined,
): World {
  const facts: WorldFacts = {
    cgroup: linux?.cgroup ?? 'desconocido',
    rung: 'none',
    announcement: announce('none', linux?.cgroup ?? 'desconocido'),
    missing: { linux: noLinux(linux, station), docker: station ?? notLooked },
  };
  return createHostWorld(around, facts, {});
}

function noLinux(linux: LinuxFacts | undefined, station: Unavailable | undefined): Unavailable {
  if (linux !== undefined && !linux.userns.works) return usernsAdvice(linux.userns.blockedBy);
  return {
    reason: 'linux-missing',
    why:
      linux === undefined
        ? `Tu sistema no es Linux, y no hay estación de trabajo: ${station?.why ?? 'está desactivada.'}`
        : `Los peldaños de este Linux están desactivados (CURSO_PELDANO_MAXIMO).`,
    next: station?.next ?? 'Quita la variable CURSO_PELDANO_MAXIMO y vuelve a abrir el curso.',
  };
}
