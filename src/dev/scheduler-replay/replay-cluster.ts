import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { createVirtualClock, type VirtualClock } from '../../base/virtual-clock.ts';
import { apiParts } from '../../cluster/api-parts.ts';
import { noNodes } from '../../cluster/apiserver/node-access.ts';
import { createApiServer } from '../../cluster/apiserver/server.ts';
import { controllers } from '../../cluster/controllers/index.ts';
import { startManager } from '../../cluster/controllers/manager.ts';
import { type RunningScheduler, startScheduler } from '../../cluster/scheduler/index.ts';
import { createMemoryStore } from '../../cluster/store/memory-store.ts';
import { kubernetesVersion } from '../../cluster/version.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createClient } from '../../kube/create-client.ts';
import { resources } from '../../kube/resources/index.ts';
import { type BuiltinSchemas, loadBuiltinSchemas } from '../../kube/schema/load.ts';

export interface SchedulerCluster<C extends Clock = VirtualClock> {
  readonly client: KubeClient;
  readonly clock: C;
  /** The scheduler does not run before. */
  schedule(): void;
  stop(): Promise<void>;
}

/** Of the controllers, those that what the scheduler sees depends on. */
export const neededControllers: readonly string[] = [
  'node-lifecycle-controller',
  'persistentvolume-binder-controller',
  'persistentvolumeclaim-protection-controller',
  'persistentvolume-protection-controller',
  'disruption-controller',
  'serviceaccount-controller',
];

export function loadSchedulerSchemas(assets: string): BuiltinSchemas {
  const facts = (name: string) => readFileSync(path.join(assets, 'kubernetes', name), 'utf8');
  return loadBuiltinSchemas({ fields: facts('fields.tsv'), aliases: facts('aliases.tsv') });
}

let signingKey: KeyObject | undefined;

export const replayClock = (): VirtualClock => createVirtualClock(Date.parse('2026-03-02T10:00:12.300Z'));

/** An API server over memory with the scheduler, and controllers by name. */
export async function startSchedulerCluster<C extends Clock>(
  schemas: BuiltinSchemas,
  clock: C,
  seed: number,
  wanted: readonly string[],
): Promise<SchedulerCluster<C>> {
  const random = seededRandom(seed);
  const store = createMemoryStore();
  signingKey ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const server = createApiServer({
    store,
    schemas,
    resources,
    clock,
    random,
    version: kubernetesVersion,
    parts: apiParts({
      settings: { authorization: 'rbac', admissionOff: [] },
      serviceAccountKey: signingKey,
      tokens: undefined,
      schemas,
      docsFile: '',
      nodes: noNodes,
      metrics: false,
      clock,
      random,
    }),
  });
  await server.start();
  const clientOf = (name: string, groups: readonly string[]) =>
    createClient(server.handle, { identity: { name, groups, via: 'InProcess' }, userAgent: 'golden' });
  const manager = startManager({
    transport: server.handle,
    controllers: controllers.filter(({ name }) => wanted.includes(name)),
    clock,
    random,
    caPem: 'PEM',
    issueToken: () => 'token',
    trouble: () => undefined,
  });
  let scheduler: RunningScheduler | undefined;
  return {
    client: clientOf('system:admin', ['system:masters']),
    clock,
    schedule() {
      scheduler ??= startScheduler({
        client: clientOf('system:kube-scheduler', ['system:authenticated']),
        clock,
        random,
        trouble: () => undefined,
      });
    },
    async stop() {
      await scheduler?.stop();
      await manager.stop();
      server.close();
      await store.close();
    },
  };
}
