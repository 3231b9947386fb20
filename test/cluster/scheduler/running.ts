import { seededRandom } from '../../../src/base/random.ts';
import { createDecisionLog, type DecisionLog } from '../../../src/cluster/scheduler/decision-log.ts';
import { type RunningScheduler, startScheduler } from '../../../src/cluster/scheduler/index.ts';
import type { Event, Node, Pod } from '../../../src/kube/api/core-v1.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { createClient } from '../../../src/kube/create-client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { testServer } from '../../helpers/apiServer.ts';
import type { FakeClock } from '../../helpers/fakeClock.ts';

export type LivePod = Pod & KubeObject;
export const core = (plural: string) => ({ group: '', version: 'v1', plural });

export interface Running {
  readonly client: KubeClient;
  readonly clock: FakeClock;
  readonly decisions: DecisionLog;
  readonly troubles: string[];
  readonly scheduler: RunningScheduler;
  addNode(node: Node): Promise<void>;
  addPod(pod: Pod): Promise<void>;
  pod(name: string): Promise<LivePod>;
  /** The node of each Pod, by name; '' without one. */
  placed(): Promise<{ readonly [name: string]: string }>;
  /** `reason: message` of the Events about a Pod, in order of being told. */
  events(name: string): Promise<readonly (Event & KubeObject)[]>;
  condition(name: string): Promise<string>;
}

/** A scheduler over a real API server in memory, and a clock that stands still. `through`: what the scheduler's client goes through. */
export async function running(
  through: (client: KubeClient) => KubeClient = (client) => client,
): Promise<Running> {
  const { server, clock } = await testServer();
  const client = createClient(server.handle, { userAgent: 'test' });
  const decisions = createDecisionLog();
  const troubles: string[] = [];
  const scheduler = startScheduler({
    client: through(client),
    clock,
    random: seededRandom(1),
    trouble: (what, error) => troubles.push(`${what}: ${error instanceof Error ? error.message : error}`),
    decisions,
    host: 'master-1',
  });
  await clock.advance(0);
  const pod = (name: string) => client.get<LivePod>(core('pods'), 'obrador', name);
  return {
    client,
    clock,
    decisions,
    troubles,
    scheduler,
    async addNode(node) {
      const { status, ...rest } = node;
      const kinds = { apiVersion: 'v1', kind: 'Node' };
      const created = await client.create(core('nodes'), '', { ...kinds, ...rest } as KubeObject);
      const name = created.metadata.name ?? '';
      await client.patch(core('nodes'), '', name, 'merge', { status }, { subresource: 'status' });
    },
    async addPod(given) {
      const { uid, ...metadata } = given.metadata ?? {};
      const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: given.spec } as KubeObject;
      await client.create(core('pods'), metadata.namespace ?? 'obrador', object);
    },
    pod,
    async placed() {
      const { items } = await client.list<LivePod>(core('pods'));
      return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec?.nodeName ?? '']));
    },
    async events(name) {
      const { items } = await client.list<Event & KubeObject>(core('events'));
      return items.filter(({ involvedObject }) => involvedObject.name === name);
    },
    async condition(name) {
      const { status } = await pod(name);
      const found = (status?.conditions ?? []).find(({ type }) => type === 'PodScheduled');
      return found === undefined ? '' : `${found.status} ${found.reason ?? ''}: ${found.message ?? ''}`;
    },
  };
}
