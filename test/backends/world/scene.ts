import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createChooseWorld } from '../../../src/backends/world/choose.ts';
import type { DockerWorlds } from '../../../src/backends/world/docker-worlds.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import { hexToken, systemRandom } from '../../../src/base/random.ts';
import type { Backend } from '../../../src/checks/backend.ts';
import type { Observation } from '../../../src/checks/check.ts';
import { findKind } from '../../../src/checks/kinds/index.ts';
import type { Attempt } from '../../../src/course/model.ts';
import type { World, WorldShell } from '../../../src/course/world.ts';
import { noCluster } from '../../helpers/noCluster.ts';

/** Root with every right over its own Linux: what the tests on the real kernel need. */
export const isRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0;

/** A machine without an engine. */
export const noDocker: DockerWorlds = {
  withDocker: async () => {
    throw new Error('no se esperaba Docker');
  },
  station: async () => ({
    ok: false,
    unavailable: { reason: 'docker-missing', why: 'No hay Docker.', next: 'Instala Docker.' },
  }),
  close: async () => {},
};

export interface Scene {
  readonly world: World;
  readonly attempt: Attempt;
  readonly folder: string;
  readonly shell: WorldShell;
  readonly backend: Backend;
  /** Runs a step that must go well; its output. */
  run(step: string): Promise<string>;
  look(kind: string, params?: JsonObject): Promise<Observation>;
  /** Looks until it holds; what it saw last. Processes take a moment to be born. */
  lookUntil(kind: string, params: JsonObject, holds: (value: JsonObject) => boolean): Promise<JsonObject>;
  close(): Promise<void>;
}

/** An attempt in its own folder, with a shell, on the rung that `env` allows. */
export async function openScene(options: {
  readonly env?: { readonly [name: string]: string };
  readonly docker?: DockerWorlds;
  readonly world?: 'linux' | 'docker' | 'nada';
}): Promise<Scene> {
  const folder = mkdtempSync(path.join(tmpdir(), 'curso-escena-'));
  const attempt: Attempt = {
    exerciseId: '9.9.z',
    token: hexToken(systemRandom, 8),
    startedAtMs: systemClock.now(),
    parameters: { nombre: `pan-${hexToken(systemRandom, 6)}` },
    answers: {},
    failures: 0,
    memory: {},
  };
  const choose = createChooseWorld({
    clock: systemClock,
    env: { ...process.env, ...options.env },
    folderOf: () => folder,
    courseFolder: folder,
    docker: options.docker ?? noDocker,
    cluster: noCluster,
  });
  const signal = new AbortController().signal;
  const world = await choose({ world: options.world ?? 'linux' }, signal);
  const shell = await world.openShell(attempt);
  const backend = await world.openBackend(attempt);

  const look = (name: string, params: JsonObject = {}) => {
    const kind = findKind(name);
    if (kind === undefined) throw new Error(`no hay ${name}`);
    const facts = { exerciseId: '9.9.z', startedAtMs: attempt.startedAtMs, folder, answers: {}, failures: 0 };
    return kind.observe({ backend, scope: { intento: attempt.token }, attempt: facts, signal }, params);
  };
  return {
    world,
    attempt,
    folder,
    shell,
    backend,
    look,
    async run(step) {
      const { exitCode, output } = await shell.run(step, 10_000);
      if (exitCode !== 0) throw new Error(`«${step}» salió con ${exitCode}: ${output}`);
      return output;
    },
    async lookUntil(name, params, holds) {
      for (let tries = 0; ; tries++) {
        const seen = await look(name, params);
        if ((seen.state === 'found' && holds(seen.value)) || tries >= 100) return seen.value;
        await systemClock.sleep(20);
      }
    },
    async close() {
      await shell.close().catch(() => {});
      await world.cleanProof(attempt);
      await backend.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
