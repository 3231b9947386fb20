import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { connectDocker } from '../../src/backends/docker/connect.ts';
import type { Engine } from '../../src/backends/docker/engine.ts';
import { type DockerLink, openDockerLink } from '../../src/backends/docker/view.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { ensureImages } from './standins.mjs';

/**
 * The engine of this machine, with the images the lessons use. `undefined` when there is none and the suite may skip;
 * throws when there is none and `CURSO_EXIGIR_DOCKER=1`.
 */
export async function requireEngine(): Promise<Engine | undefined> {
  const connected = await connectDocker({ clock: systemClock });
  if (!connected.ok) {
    if (process.env['CURSO_EXIGIR_DOCKER'] !== '1') return undefined;
    throw new Error(`CURSO_EXIGIR_DOCKER=1 y no hay motor: ${connected.unavailable.why}`);
  }
  await ensureImages();
  return connected.engine;
}

const startedWith = await connectDocker({ clock: systemClock });
/** There is an engine, or there must be one. */
const runs = startedWith.ok || process.env['CURSO_EXIGIR_DOCKER'] === '1';

/**
 * A `describe` that needs Docker: skipped saying «sin Docker» when there is no engine, failed instead when
 * `CURSO_EXIGIR_DOCKER=1`. `docker()` gives the link, open while its tests run.
 */
export function describeWithDocker(title: string, body: (docker: () => DockerLink) => void): void {
  describe.skipIf(!runs)(runs ? title : `${title} (sin Docker)`, () => {
    let link: DockerLink | undefined;
    beforeAll(async () => {
      const engine = await requireEngine();
      link = engine === undefined ? undefined : openDockerLink(engine);
    }, 180_000);
    afterAll(() => link?.close());
    body(() => {
      if (link === undefined) throw new Error('sin Docker');
      return link;
    });
  });
}

/** Every object of the engine as stable text, so that a test can show that nothing foreign changed. */
export async function snapshotEngine(engine: Engine, ignoreLabel?: string): Promise<string> {
  const list = async (path: string, key?: string) => {
    const answer = await engine.json(path, path.startsWith('/containers') ? { query: { all: true } } : {});
    const items = key === undefined ? answer : (answer as JsonObject)[key];
    return ((items ?? []) as readonly JsonObject[]).filter((item) => {
      const labels = (item['Labels'] ?? {}) as JsonObject;
      return ignoreLabel === undefined || !(ignoreLabel in labels);
    });
  };
  const lines = [
    ...(await list('/containers/json')).map((item) => [
      'contenedor',
      item['Id'],
      item['Names'],
      item['State'],
      item['Created'],
    ]),
    ...(await list('/images/json')).map((item) => ['imagen', item['Id'], item['RepoTags'], item['Size']]),
    ...(await list('/networks')).map((item) => ['red', item['Id'], item['Name'], item['Created']]),
    ...(await list('/volumes', 'Volumes')).map((item) => [
      'volumen',
      item['Name'],
      item['CreatedAt'],
      item['Mountpoint'],
    ]),
  ];
  return lines
    .map((line) => JSON.stringify(line))
    .sort()
    .join('\n');
}

/**
 * Environment in which `docker compose` and `docker buildx` work, or `undefined`: the learner's own plug-ins, or those
 * that `compose-plugin.sh` left in the cache folder. Throws when there are none and `CURSO_EXIGIR_DOCKER=1`.
 */
export async function composeEnvironment(): Promise<NodeJS.ProcessEnv | undefined> {
  const folders = [
    join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'cli-plugins'),
    '/usr/local/lib/docker/cli-plugins',
    '/usr/local/libexec/docker/cli-plugins',
    '/usr/lib/docker/cli-plugins',
    '/usr/libexec/docker/cli-plugins',
  ];
  for (const folder of folders) if (await exists(join(folder, 'docker-compose'))) return { ...process.env };
  const config = pluginConfigFolder();
  if (await exists(join(config, 'cli-plugins/docker-compose')))
    return { ...process.env, DOCKER_CONFIG: config };
  if (process.env['CURSO_EXIGIR_DOCKER'] !== '1') return undefined;
  throw new Error('CURSO_EXIGIR_DOCKER=1 y falta `docker compose`: sh test/helpers/compose-plugin.sh');
}

/** Where `compose-plugin.sh` puts its DOCKER_CONFIG. */
export function pluginConfigFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'curso-k8s-pruebas', 'docker');
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
