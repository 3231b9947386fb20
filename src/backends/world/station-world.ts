import path from 'node:path';
import { makeFolder } from '../../base/files.ts';
import type { Backend, LinuxView } from '../../checks/backend.ts';
import { cgroupModeOf } from '../../checks/linux/cgroups.ts';
import type { Attempt } from '../../course/model.ts';
import type { World, WorldFacts, WorldShell } from '../../course/world.ts';
import { type Channel, openChannel } from '../docker/channel.ts';
import type { Engine } from '../docker/engine.ts';
import { ensureStation, type Station } from '../docker/station.ts';
import { createFilesView } from '../files.ts';
import { createRemoteLinux } from '../linux/remote.ts';
import { announce } from './announcements.ts';
import { shellEnvironment } from './environment.ts';
import type { Surroundings } from './host-world.ts';
import { cleanStation } from './station-cleaning.ts';
import { stationNameFor } from './station-name.ts';
import { promptOf } from './terminal.ts';

/** What a look may bring: the mounts and sockets of every process of a machine. */
const viewMaxBytes = 4 * 1024 * 1024;

/** Opens the station (making it, and pulling its image, when needed) and a world in it. Throws `CouldNotLook`. */
export async function openStationWorld(
  around: Surroundings,
  engine: Engine,
  name = stationNameFor(around.courseFolder),
): Promise<World> {
  // The engine refuses to mount a folder that is not there, and the first attempt may not have made it yet.
  await makeFolder(around.courseFolder);
  const alive = () => ensureStation(engine, { workFolder: around.courseFolder, name });
  const station = await alive();
  const first = await openLook(engine, station);
  const cgroup = await cgroupModeOf(first.view);
  await first.channel.close();
  const facts: WorldFacts = {
    cgroup,
    rung: 'station',
    announcement: announce('station', cgroup),
    missing: {
      docker: {
        reason: 'view-missing',
        why: 'Este ejercicio se hace dentro de la estación de trabajo, sin Docker.',
        next: 'Si crees que debería mirar Docker, avisa a quien escribió la lección.',
      },
    },
  };
  /** Where the station sees a folder of this machine. */
  const inside = (folder: string) => {
    const relative = path.relative(around.courseFolder, folder).split(path.sep).join('/');
    return relative === '' ? station.folder : `${station.folder}/${relative}`;
  };
  const environment = (attempt: Attempt | undefined, folder: string) =>
    shellEnvironment({}, attempt, facts, inside(folder));

  return {
    facts,
    async openBackend(attempt): Promise<Backend> {
      // It may have ended meanwhile (its life is limited), so it is looked for again each time.
      const { view, channel } = await openLook(engine, await alive());
      const folder = around.folderOf(attempt);
      return {
        files: createFilesView(folder),
        linux: withFolder(view, folder, inside(folder)),
        missing: facts.missing,
        onChange: () => () => {},
        close: () => channel.close(),
      };
    },
    async openShell(attempt) {
      await alive();
      const folder = around.folderOf(attempt);
      const env = Object.entries(environment(attempt, folder)).map(([name, value]) => `${name}=${value}`);
      return asShell(await openChannel(engine, station.container, { env, workingFolder: inside(folder) }));
    },
    interactive(attempt) {
      const folder = attempt === undefined ? around.courseFolder : around.folderOf(attempt);
      const label = attempt === undefined ? 'estación' : `estación ${attempt.exerciseId}`;
      const variables = { ...environment(attempt, folder), PS1: promptOf(label).PS1 };
      return {
        argv: [
          'docker',
          'exec',
          '-it',
          '-w',
          inside(folder),
          ...Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
          station.container,
          'sh',
        ],
        env: plainEnvironment(around),
        cwd: folder,
      };
    },
    clean: (token) => cleanStation(engine, name, token, []),
    cleanProof: (attempt) => cleanStation(engine, name, attempt.token, [attempt]),
  };
}

/** A way of looking, from a shell of the station that stands for «the host». */
export async function openLook(
  engine: Engine,
  station: Pick<Station, 'container'>,
  selfPid?: number,
): Promise<{ readonly view: LinuxView; readonly channel: Channel }> {
  const channel = await openChannel(engine, station.container, { maxBytes: viewMaxBytes });
  const view = createRemoteLinux({
    run: channel.run,
    rung: 'station',
    level: 'docker',
    selfPid: selfPid ?? channel.shellPid,
    mark: `curso-${process.pid}-${channel.shellPid}-${engine.clock.now().toString(36)}:`,
  });
  return { view, channel };
}

/** Authors and kinds name files by the attempt's folder on this machine; the station sees it elsewhere. */
function withFolder(view: LinuxView, outside: string, inside: string): LinuxView {
  const at = (name: string) =>
    name === outside || name.startsWith(`${outside}/`) ? inside + name.slice(outside.length) : name;
  return {
    ...view,
    read: (name, maxBytes, encoding) => view.read(at(name), maxBytes, encoding),
    readlink: (name) => view.readlink(at(name)),
    list: (name) => view.list(at(name)),
    stat: (name, follow) => view.stat(at(name), follow),
    fileSystemType: (name) => view.fileSystemType(at(name)),
  };
}

function asShell(channel: Channel): WorldShell {
  return {
    async run(step, timeoutMs) {
      const { exitCode, output } = await channel.run(step, timeoutMs);
      return { exitCode, output: output.toString('utf8') };
    },
    close: () => channel.close(),
  };
}

/** The docker client needs this machine's variables, but nothing of the attempt: `clean` would take it for its own. */
function plainEnvironment({ env }: Surroundings): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || (name.startsWith('CURSO_') && !name.startsWith('CURSO_K8S_'))
        ? []
        : [[name, value]],
    ),
  );
}
