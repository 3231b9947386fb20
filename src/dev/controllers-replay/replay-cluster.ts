import { readFileSync } from 'node:fs';
import path from 'node:path';
import { seededRandom } from '../../base/random.ts';
import { createVirtualClock, type VirtualClock } from '../../base/virtual-clock.ts';
import { controllers } from '../../cluster/controllers/index.ts';
import { startManager } from '../../cluster/controllers/manager.ts';
import { nodeLifecycleWith } from '../../cluster/controllers/node-lifecycle/controller.ts';
import { startScheduler } from '../../cluster/scheduler/index.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createClient } from '../../kube/create-client.ts';
import { type BuiltinSchemas, loadBuiltinSchemas } from '../../kube/schema/load.ts';
import type { Transport } from '../../kube/transport.ts';
import { startReplayServer } from '../replay-server.ts';
import { startStandInKubelet } from './kubelet.ts';
import { createReplayNodes } from './nodes.ts';

export interface ReplayCluster {
  readonly client: KubeClient;
  readonly clock: VirtualClock;
  stop(): Promise<void>;
}

export function loadReplaySchemas(assets: string): BuiltinSchemas {
  const facts = (name: string) => readFileSync(path.join(assets, 'kubernetes', name), 'utf8');
  return loadBuiltinSchemas({ fields: facts('fields.tsv'), aliases: facts('aliases.tsv') });
}

/** What a write costs with a disk under it: without that, all that happens at once looks like one thing. */
const writeMs = 4;

/** The scenarios of nodes were recorded with this, so as not to take minutes. */
const hurried = nodeLifecycleWith({ monitorPeriodMs: 1000, gracePeriodMs: 10_000 });

/** What the recordings were made with: a control plane, Nodes that are plain objects, and a stand-in that sets Pod status. */
export async function startReplayCluster(area: string, schemas: BuiltinSchemas): Promise<ReplayCluster> {
  const clock = createVirtualClock(Date.parse('2026-03-02T10:00:12.300Z'));
  const random = seededRandom(20260302);
  const { server, store, clientFor } = await startReplayServer(schemas, clock, random);
  const client = clientFor('system:admin', ['system:masters']);
  const many = area === 'nodes';
  const slow: Transport = async (request) => {
    if (request.method !== 'GET') await clock.sleep(writeMs);
    return server.handle(request);
  };
  await createReplayNodes(client, clock, many ? 9 : 3);
  const manager = startManager({
    transport: slow,
    controllers: many ? controllers.map((one) => (one.name === hurried.name ? hurried : one)) : controllers,
    clock,
    random,
    caPem: 'PEM',
    schemas,
    issueToken: () => 'token',
    trouble: () => undefined,
  });
  const scheduler = startScheduler({
    client: createClient(slow, {
      identity: { name: 'system:kube-scheduler', groups: [], via: 'InProcess' },
      userAgent: 'kube-scheduler/golden',
    }),
    clock,
    random,
    trouble: () => undefined,
  });
  const kubelet = startStandInKubelet(
    createClient(slow, {
      identity: { name: 'system:admin', groups: ['system:masters'], via: 'InProcess' },
      userAgent: 'golden',
    }),
    clock,
  );
  await client.create({ group: '', version: 'v1', plural: 'namespaces' }, '', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'obrador' },
  });
  await clock.advance(2000);
  return {
    client,
    clock,
    async stop() {
      kubelet.stop();
      await scheduler.stop();
      await manager.stop();
      server.close();
      await store.close();
    },
  };
}
