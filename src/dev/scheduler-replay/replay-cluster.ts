import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { createVirtualClock, type VirtualClock } from '../../base/virtual-clock.ts';
import { controllers } from '../../cluster/controllers/index.ts';
import { startManager } from '../../cluster/controllers/manager.ts';
import { type RunningScheduler, startScheduler } from '../../cluster/scheduler/index.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type BuiltinSchemas, loadBuiltinSchemas } from '../../kube/schema/load.ts';
import { startReplayServer } from '../replay-server.ts';

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

export const replayClock = (): VirtualClock => createVirtualClock(Date.parse('2026-03-02T10:00:12.300Z'));

/** An API server over memory with the scheduler, and controllers by name. */
export async function startSchedulerCluster<C extends Clock>(
  schemas: BuiltinSchemas,
  clock: C,
  seed: number,
  wanted: readonly string[],
): Promise<SchedulerCluster<C>> {
  const random = seededRandom(seed);
  const { server, store, clientFor } = await startReplayServer(schemas, clock, random);
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
    client: clientFor('system:admin', ['system:masters']),
    clock,
    schedule() {
      scheduler ??= startScheduler({
        client: clientFor('system:kube-scheduler', ['system:authenticated']),
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
