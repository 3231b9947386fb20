import type { Unavailable } from '../../checks/backend.ts';
import type { World } from '../../course/world.ts';
import type { LocalLinux } from './choose.ts';
import type { Surroundings } from './host-world.ts';

/** The rungs that stand on an engine. A separate port so that a machine without Docker loads none of it. */
export interface DockerWorlds {
  /** The world of `docker` exercises; when there is no engine its checks are `unknown` with the remedy. */
  withDocker(around: Surroundings, linux: LocalLinux | undefined, signal: AbortSignal): Promise<World>;
  /** The privileged container in which Linux exercises are done where there is no usable Linux. */
  station(around: Surroundings, signal: AbortSignal): Promise<Station>;
}

export type Station =
  | { readonly ok: true; readonly world: World }
  | { readonly ok: false; readonly unavailable: Unavailable };
