import { makeFolder } from '../../base/files.ts';
import type { LinuxView, Read } from '../../checks/backend.ts';
import type { Engine } from '../docker/engine.ts';
import { ensureStation } from '../docker/station.ts';
import { stationNameFor } from './station-name.ts';
import { openLook } from './station-world.ts';

/** A look at the machine that runs the engine, from a container with `--pid=host`. Made when first needed. */
export interface Auxiliary {
  readonly view: LinuxView;
  close(): Promise<void>;
}

/**
 * Parent of the kernel's threads. In an auxiliary «the host» is the machine and not the container, and this process is
 * always there, in the machine's own namespaces, and (unlike pid 1 in some sandboxes) any root may look at it.
 */
const hostPid = 2;

/**
 * What it cannot see is «could not read», never an error: most checks of Docker exercises do not need it at all, and
 * must not fail because a privileged container is forbidden or its image is missing.
 */
export function createAuxiliary(
  engine: Engine,
  workFolder: string,
  name = stationNameFor(workFolder),
): Auxiliary {
  let look: ReturnType<typeof openLook> | undefined;
  const open = async () => {
    await makeFolder(workFolder);
    return openLook(engine, await ensureStation(engine, { workFolder, name }), hostPid);
  };
  const opened = () => {
    look ??= open();
    return look;
  };
  const through = async <T>(use: (view: LinuxView) => Promise<Read<T>>): Promise<Read<T>> => {
    try {
      return await use((await opened()).view);
    } catch {
      // It ended, or could not be made: the next look tries again.
      look = undefined;
      return { ok: false, error: 'OTHER' };
    }
  };
  return {
    view: {
      rung: 'station',
      level: 'docker',
      selfPid: hostPid,
      read: (path, maxBytes, encoding) => through((view) => view.read(path, maxBytes, encoding)),
      readlink: (path) => through((view) => view.readlink(path)),
      list: (path) => through((view) => view.list(path)),
      stat: (path, follow) => through((view) => view.stat(path, follow)),
      fileSystemType: (path) => through((view) => view.fileSystemType(path)),
      enter: (pid, namespaces, argv) => through((view) => view.enter(pid, namespaces, argv)),
    },
    async close() {
      const last = look;
      look = undefined;
      await last?.then(({ channel }) => channel.close()).catch(() => {});
    },
  };
}

/** A view of this machine by somebody who is not root: what root's processes hide is asked to the auxiliary. */
export function withAuxiliary(own: LinuxView, auxiliary: LinuxView): LinuxView {
  const denied = <T>(read: Read<T>) => !read.ok && (read.error === 'EACCES' || read.error === 'EPERM');
  const isOfProcess = (path: string) => /^\/proc\/\d+\//.test(path);
  return {
    ...own,
    async read(path, maxBytes, encoding) {
      const read = await own.read(path, maxBytes, encoding);
      return denied(read) && isOfProcess(path) ? auxiliary.read(path, maxBytes, encoding) : read;
    },
    async readlink(path) {
      const read = await own.readlink(path);
      return denied(read) && isOfProcess(path) ? auxiliary.readlink(path) : read;
    },
  };
}
