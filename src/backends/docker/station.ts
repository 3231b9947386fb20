import type { JsonObject } from '../../base/json.ts';
import { CouldNotLook } from '../../checks/backend.ts';
import { type Engine, EngineError } from './engine.ts';
import { compareVersions } from './ping.ts';
import { ensureImage } from './pull.ts';
import { courseLabel } from './scene.ts';

/**
 * The «estación de trabajo»: one privileged container that stands for a Linux machine where the learner is root, for
 * those who have Docker but no Linux to break (Docker Desktop, a laptop without root).
 */
export interface Station {
  readonly container: string;
  /** Where the work folder is seen inside. */
  readonly folder: string;
}

export const stationName = 'curso-k8s-estacion';
const stationImage = 'busybox:1.37';
/**
 * Where a folder of work is seen inside: at its own path, so that what a lesson calls `@{carpeta}` is the same on both
 * sides; a path of Windows means nothing there, so it gets a name of its own.
 */
function folderInStation(workFolder: string): string {
  return workFolder.startsWith('/') ? workFolder : '/curso';
}
const stationLabel = 'estacion';
/** It ends and removes itself, so that a course that was killed leaves nothing running for ever. */
const lifetimeSeconds = 8 * 60 * 60;

export interface StationOptions {
  /** The learner's folder. Absolute. */
  readonly workFolder: string;
  /** Spanish, one line at a time, while the image comes down. */
  readonly onProgress?: (line: string) => void;
  /** Default `curso-k8s-estacion`; another one for tests that run side by side. */
  readonly name?: string;
  readonly image?: string;
}

/**
 * Finds the station or makes it, pulling its image when missing. Throws `CouldNotLook`: `docker-image-missing` when the
 * image is not there and cannot be pulled, `internal` when the name belongs to somebody else's container.
 */
export async function ensureStation(engine: Engine, options: StationOptions): Promise<Station> {
  const { name = stationName, image = stationImage } = options;
  for (let tries = 0; ; tries += 1) {
    const found = await settled(engine, name);
    if (found !== undefined) {
      if (!isOurs(found)) throw new CouldNotLook(nameTaken(name));
      if (isUsable(found, options.workFolder, image))
        return { container: name, folder: folderInStation(options.workFolder) };
      await remove(engine, name);
    }
    await ensureImage(engine, image, options.onProgress ?? (() => {}));
    try {
      await create(engine, name, image, options.workFolder);
    } catch (error) {
      // 409: another `curso` is making it at this very moment; look again.
      if (!(error instanceof EngineError) || error.statusCode !== 409 || tries >= 10) throw refused(error);
      await engine.clock.sleep(200);
    }
  }
}

/** The station if it is there and alive; never makes it. */
export async function findStation(engine: Engine, name = stationName): Promise<Station | undefined> {
  const found = await inspect(engine, name);
  return found !== undefined && isOurs(found) && stateOf(found)['Running'] === true
    ? { container: name, folder: mountedAt(found) }
    : undefined;
}

/** Removes the station, and only if it is ours. Resolves with whether there was one. */
export async function removeStation(engine: Engine, name = stationName): Promise<boolean> {
  const found = await inspect(engine, name);
  if (found === undefined || !isOurs(found)) return false;
  await remove(engine, name);
  return true;
}

/** Privileged, because its lessons mount, unshare and make network interfaces. */
async function create(engine: Engine, name: string, image: string, workFolder: string): Promise<void> {
  try {
    await createWith(engine, name, image, workFolder, { Privileged: true });
  } catch (error) {
    // An engine that itself runs without some capability (in CI, inside another container) cannot give them all away.
    if (!(error instanceof EngineError) || !/\bcaps?\b|capabilit/i.test(error.message)) throw error;
    await createWith(engine, name, image, workFolder, almostPrivileged);
  }
}

/** Everything `--privileged` opens, but for the capability that sandboxes most often lack. */
const almostPrivileged = {
  CapAdd: ['ALL'],
  CapDrop: ['SYS_RESOURCE'],
  SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'],
  MaskedPaths: [],
  ReadonlyPaths: [],
  DeviceCgroupRules: ['c *:* rwm', 'b *:* rwm'],
  Binds: ['/sys/fs/cgroup:/sys/fs/cgroup:rw'],
};

/**
 * With the pids and the cgroups of the machine that runs the engine (on Docker Desktop, its VM): lesson 1.1 looks for
 * a container's process "from outside", and the root cgroup is the only one in which a learner may both hold processes
 * and hand controllers down. Its own mounts, network, hostname and IPC, so that what the learner breaks there breaks
 * nowhere else.
 */
async function createWith(
  engine: Engine,
  name: string,
  image: string,
  workFolder: string,
  powers: object,
): Promise<void> {
  const created = (await engine.json('/containers/create', {
    method: 'POST',
    query: { name },
    timeoutMs: 15_000,
    body: {
      Image: image,
      // Not pid 1 of its namespace, so SIGTERM ends it at once.
      Cmd: ['sleep', String(lifetimeSeconds)],
      Entrypoint: [],
      WorkingDir: folderInStation(workFolder),
      Hostname: 'estacion',
      Labels: { [courseLabel]: stationLabel },
      HostConfig: {
        ...powers,
        PidMode: 'host',
        ...(compareVersions(engine.apiVersion, '1.41') < 0 ? {} : { CgroupnsMode: 'host' }),
        AutoRemove: true,
        Mounts: [{ Type: 'bind', Source: workFolder, Target: folderInStation(workFolder) }],
      },
    },
  })) as JsonObject | undefined;
  const id = String(created?.['Id']);
  try {
    await engine.json(`/containers/${id}/start`, { method: 'POST', timeoutMs: 15_000 });
  } catch (error) {
    await remove(engine, id); // by id: the name may be somebody else's by now
    throw error;
  }
}

/** The container, once it is past being created by somebody else at this very moment. */
async function settled(engine: Engine, name: string): Promise<JsonObject | undefined> {
  for (let tries = 0; ; tries += 1) {
    const found = await inspect(engine, name);
    if (found === undefined || stateOf(found)['Status'] !== 'created' || tries >= 30) return found;
    await engine.clock.sleep(100);
  }
}

async function inspect(engine: Engine, name: string): Promise<JsonObject | undefined> {
  const found = (await engine.json(`/containers/${encodeURIComponent(name)}/json`)) as JsonObject | undefined;
  return found?.['Name'] === `/${name}` || found?.['Id'] === name ? found : undefined;
}

const stateOf = (container: JsonObject) => container['State'] as JsonObject;

function isOurs(container: JsonObject): boolean {
  const labels = (container['Config'] as JsonObject)['Labels'] as JsonObject | null;
  return labels?.[courseLabel] === stationLabel;
}

function mountedAt(container: JsonObject): string {
  const mounts = ((container['HostConfig'] as JsonObject)['Mounts'] ?? []) as readonly JsonObject[];
  return String(mounts[0]?.['Target'] ?? '/');
}

function isUsable(container: JsonObject, workFolder: string, image: string): boolean {
  const mounts = ((container['HostConfig'] as JsonObject)['Mounts'] ?? []) as readonly JsonObject[];
  return (
    isOurs(container) &&
    stateOf(container)['Running'] === true &&
    (container['Config'] as JsonObject)['Image'] === image &&
    mounts.some((mount) => mount['Source'] === workFolder && mount['Target'] === folderInStation(workFolder))
  );
}

async function remove(engine: Engine, name: string): Promise<void> {
  const call = { method: 'DELETE', query: { force: true, v: true }, timeoutMs: 15_000 } as const;
  await engine.json(`/containers/${encodeURIComponent(name)}`, call).catch((error: unknown) => {
    // 409: it is already removing itself.
    if (!(error instanceof EngineError) || error.statusCode !== 409) throw error;
  });
  for (let tries = 0; tries < 50 && (await inspect(engine, name)) !== undefined; tries += 1) {
    await engine.clock.sleep(100);
  }
}

function refused(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return new CouldNotLook(
    {
      reason: 'linux-permission',
      why: `El motor de Docker no dejó crear la estación de trabajo: ${error.message}`,
      next: 'Comprueba que tu motor permite contenedores privilegiados y montar tu carpeta (Settings → Resources → File sharing en Docker Desktop).',
    },
    { cause: error },
  );
}

const nameTaken = (name: string) => ({
  reason: 'internal' as const,
  why: `Ya hay un contenedor llamado «${name}» que no es del curso, y no lo toco.`,
  next: `Cámbiale el nombre con \`docker rename ${name} otro-nombre\`.`,
});
