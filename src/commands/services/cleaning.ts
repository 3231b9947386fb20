import path from 'node:path';
import { connectDocker } from '../../backends/docker/connect.ts';
import type { Engine } from '../../backends/docker/engine.ts';
import { courseLabel, listScene, removeObjects, type SceneObject } from '../../backends/docker/scene.ts';
import { stationName } from '../../backends/docker/station.ts';
import { listNames, removeTree } from '../../base/files.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Unavailable } from '../../checks/backend.ts';
import type { CleanReport } from '../../course/world.ts';
import type { CommandSession } from '../command.ts';
import { clusterFolder, deleteCluster, endCluster } from './cluster-process.ts';
import { cleanToken, finishLeftovers, folderRemedy } from './leftovers.ts';
import type { Services } from './open.ts';

export interface Removable {
  /** Spanish, one line per thing that would go. */
  readonly lines: readonly string[];
  /** Exercises with an attempt. */
  readonly exerciseIds: readonly string[];
  readonly tokens: readonly string[];
  readonly objects: readonly SceneObject[];
  /** Absolute folders below the course's own. */
  readonly folders: readonly string[];
  /** The built-in cluster has data here. */
  readonly cluster: boolean;
  /** Labelled objects that no attempt of ours made. */
  readonly foreign: number;
  readonly engine?: Engine;
  /** Docker is there and could not be asked. */
  readonly unavailable?: Unavailable;
}

/** What the course left on this machine. Looks only. `everything`: also labelled objects of other homes. */
export async function findRemovable(
  { attempts }: Services,
  session: CommandSession,
  everything: boolean,
): Promise<Removable> {
  const { clock, env, home } = session;
  const exerciseIds = await attempts.list();
  const open = await Promise.all(exerciseIds.map((id) => attempts.read(id)));
  const retired = await attempts.leftovers();
  const tokens = [
    ...open.flatMap((stored) => (stored === undefined ? [] : [stored.attempt.token])),
    ...retired.map(({ token }) => token),
  ];
  const work = path.join(home.folder, 'trabajo');
  const folders = (await listNames(work)).map((name) => path.join(work, name));
  const cluster = (await listNames(clusterFolder(session))).length > 0;
  const connected = await connectDocker({ clock, env });
  const labelled = connected.ok ? await listScene(connected.engine) : [];
  const station = connected.ok ? await ownStation(connected.engine, labelled, home.folder) : undefined;
  const ours = labelled.filter(
    (object) => tokens.includes(object.labels[courseLabel] ?? '') || object === station,
  );
  const objects = everything ? labelled : ours;
  const absent = connected.ok || connected.unavailable.reason === 'docker-missing';
  return {
    lines: [
      ...exerciseIds.map((id) => `el intento del ejercicio ${id}, con sus procesos`),
      ...retired.map(({ exerciseId }) => `restos de un intento anterior de ${exerciseId}`),
      ...objects.map(({ kind, name }) => `${kindNames[kind]} ${name}`),
      ...folders.map((folder) => `la carpeta ${folder}`),
      ...(cluster ? [clusterName] : []),
    ],
    exerciseIds,
    tokens,
    objects,
    folders,
    cluster,
    foreign: labelled.length - objects.length,
    ...(connected.ok ? { engine: connected.engine } : {}),
    ...(absent ? {} : { unavailable: connected.unavailable }),
  };
}

/** The workstation serves whoever's folder is mounted in it; another user's is not ours to end. */
async function ownStation(
  engine: Engine,
  labelled: readonly SceneObject[],
  folder: string,
): Promise<SceneObject | undefined> {
  const inside = (source: string) => source === folder || source.startsWith(folder + path.sep);
  for (const found of labelled) {
    if (found.kind !== 'container' || !found.name.replace(/^\//, '').startsWith(stationName)) continue;
    const facts = (await engine.json(`/containers/${found.id}/json`).catch(() => undefined)) as
      | JsonObject
      | undefined;
    const mounts = (facts?.['Mounts'] ?? []) as readonly JsonObject[];
    if (mounts.some((mount) => inside(String(mount['Source'])))) return found;
  }
  return undefined;
}

const clusterName = 'el clúster integrado, con todo lo que guarda';

const kindNames: { readonly [kind in SceneObject['kind']]: string } = {
  container: 'el contenedor',
  image: 'la imagen',
  network: 'la red',
  volume: 'el volumen',
};

/** Removes what `findRemovable` found. Attempts are retired first, so that a kill half-way is finished next time. */
export async function removeAll(
  { exerciseIds, tokens, objects, folders, cluster, engine, unavailable }: Removable,
  { attempts, chooseWorld }: Services,
  session: CommandSession,
): Promise<CleanReport> {
  const signal = new AbortController().signal;
  for (const id of exerciseIds) await attempts.retire(id);
  const world = await chooseWorld({ world: 'docker' }, signal);
  const reports: CleanReport[] = [];
  for (const token of tokens) reports.push(await cleanToken(world, token));
  const rest = engine === undefined ? [] : await stillThere(engine, objects);
  if (engine !== undefined && rest.length > 0) reports.push(await removeObjects(engine, rest));
  const removed = reports.flatMap((report) => report.removed);
  const left = reports.flatMap((report) => report.left);
  for (const folder of folders) {
    const gone = await removeTree(folder);
    if (gone.kept) removed.push(`la carpeta ${folder}`);
    else left.push(`la carpeta ${folder} (${gone.why}). ${folderRemedy(folder, gone.mounted)}`);
  }
  if (cluster) {
    await endCluster(session);
    await deleteCluster(session);
    removed.push(clusterName);
  }
  if (unavailable === undefined) {
    const finished = await finishLeftovers(attempts, chooseWorld, signal);
    removed.push(...finished.removed);
  }
  return { removed: [...new Set(removed)], left: [...new Set(left)] };
}

async function stillThere(engine: Engine, objects: readonly SceneObject[]): Promise<readonly SceneObject[]> {
  const now = await listScene(engine);
  return objects.filter(({ kind, id }) => now.some((other) => other.kind === kind && other.id === id));
}
