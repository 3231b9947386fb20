import { seededRandom } from '../../src/base/random.ts';
import type { Controller } from '../../src/cluster/controllers/controller.ts';
import { type Manager, startManager } from '../../src/cluster/controllers/manager.ts';
import type { Lease } from '../../src/kube/api/coordination-v1.ts';
import type { Event as CoreEvent, Node, Pod } from '../../src/kube/api/core-v1.ts';
import type { Dict, KubeObject } from '../../src/kube/object.ts';
import { formatMicroTime, formatTime } from '../../src/kube/time.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { type TestServer, testServer } from './apiServer.ts';

/** An API server with some controllers, and kubelets that only beat. */
export interface ControllerWorld {
  readonly t: TestServer;
  readonly troubles: string[];
  manager: Manager;
  /** Every node beats each ten seconds until it is silenced. */
  addNode(name: string, more?: { readonly labels?: { [key: string]: string } }): Promise<void>;
  silence(...names: readonly string[]): void;
  /** Beats again, with a Ready condition of this status. */
  revive(name: string, status?: string): Promise<void>;
  addPod(name: string, node: string, more?: object): Promise<void>;
  node(name: string): Promise<Node & KubeObject>;
  pod(name: string): Promise<Pod & KubeObject>;
  /** `taint:Effect`, sorted. */
  taints(name: string): Promise<string[]>;
  /** `kind/name reason: message`, sorted. */
  events(namespace?: string): Promise<string[]>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const conditions = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
  ['Ready', 'True', 'KubeletReady'],
] as const;

export async function controllerWorld(
  controllers: readonly Controller[],
  /** Between the controllers and the server: to fail, to delay. */
  through: (next: Transport) => Transport = (next) => next,
): Promise<ControllerWorld> {
  const t = await testServer();
  const troubles: string[] = [];
  const silent = new Set<string>();
  const beats = new Map<string, () => void>();
  const start = () =>
    startManager({
      transport: through(t.server.handle),
      controllers,
      clock: t.clock,
      random: seededRandom(3),
      caPem: '',
      issueToken: () => '',
      trouble: (what, error) => troubles.push(`${what}: ${error}`),
    });
  const must = async (method: string, url: string, body?: unknown, type?: string) => {
    const answer = await t.send(method, url, {
      ...(body === undefined ? {} : { body }),
      ...(type === undefined ? {} : { headers: { 'content-type': `application/${type}-patch+json` } }),
    });
    if (answer.code >= 300) throw new Error(`${method} ${url}: ${answer.text}`);
    return answer.body as unknown as Dict & KubeObject;
  };
  const leaseOf = (name: string) => `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`;
  const beat = (name: string) =>
    silent.has(name)
      ? undefined
      : void t.send('PATCH', leaseOf(name), {
          body: { spec: { renewTime: formatMicroTime(t.clock.now()) } },
          headers: { 'content-type': 'application/merge-patch+json' },
        });
  const statusOf = (ready: string) => {
    const now = formatTime(t.clock.now());
    return conditions.map(([type, status, reason]) => ({
      type,
      status: type === 'Ready' ? ready : status,
      reason,
      message: '',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    }));
  };
  await must('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'obrador' },
  });
  /** What is under way may sleep in `through`, and only a clock that goes on wakes it. */
  const ended = async () => {
    let over = false;
    const stopping = world.manager.stop().finally(() => {
      over = true;
    });
    while (!over) await t.clock.advance(1000);
    await stopping;
  };
  const world: ControllerWorld = {
    t,
    troubles,
    manager: start(),
    async addNode(name, { labels = {} } = {}) {
      await must('POST', '/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
        status: { conditions: statusOf('True'), allocatable: { cpu: '4', memory: '8Gi', pods: '110' } },
      });
      const lease: Lease & KubeObject = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: 'kube-node-lease' },
        spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: formatMicroTime(t.clock.now()) },
      };
      await must('POST', leaseOf('').slice(0, -1), lease);
      beats.set(
        name,
        t.clock.every(10_000, () => beat(name)),
      );
    },
    silence(...names) {
      for (const name of names) silent.add(name);
    },
    async revive(name, status = 'True') {
      silent.delete(name);
      beat(name);
      await must(
        'PATCH',
        `/api/v1/nodes/${name}/status`,
        { status: { conditions: statusOf(status) } },
        'merge',
      );
    },
    async addPod(name, node, more = {}) {
      await must('POST', '/api/v1/namespaces/obrador/pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { nodeName: node, containers: [{ name: 'c', image: 'nginx:1.27' }], ...more },
      });
      const ready = { type: 'Ready', status: 'True', lastTransitionTime: formatTime(t.clock.now()) };
      const status = { phase: 'Running', conditions: [ready] };
      await must('PATCH', `/api/v1/namespaces/obrador/pods/${name}/status`, { status }, 'merge');
    },
    node: async (name) => (await t.send('GET', `/api/v1/nodes/${name}`)).body as unknown as Node & KubeObject,
    pod: async (name) =>
      (await t.send('GET', `/api/v1/namespaces/obrador/pods/${name}`)).body as unknown as Pod & KubeObject,
    async taints(name) {
      const { spec } = await world.node(name);
      return (spec?.taints ?? [])
        .map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
        .sort();
    },
    async events(namespace = 'obrador') {
      const list = await must('GET', `/api/v1/namespaces/${namespace}/events`);
      return (list['items'] as unknown as CoreEvent[])
        .map(
          ({ involvedObject, reason, message }) =>
            `${involvedObject.kind}/${involvedObject.name} ${reason}: ${message}`,
        )
        .sort();
    },
    async restart() {
      await ended();
      world.manager = start();
      await t.clock.advance(10);
    },
    async stop() {
      for (const stop of beats.values()) stop();
      await ended();
    },
  };
  return world;
}
