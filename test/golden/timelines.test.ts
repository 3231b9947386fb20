import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, loadCatalogue } from '../../src/cluster/kubelet/runtimes/simulated/index.ts';
import { observe } from '../../src/dev/pods-replay/observe.ts';
import {
  loadPodSchemas,
  nodeIp,
  nodeName,
  type ReplayWorld,
  startReplayWorld,
} from '../../src/dev/pods-replay/world.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { BuiltinSchemas } from '../../src/kube/schema/load.ts';

const assets = path.join(import.meta.dirname, '../../assets');
const recorded = path.join(import.meta.dirname, '../../src/dev/pods-replay/imagenes');
const replicaSets = { group: 'apps', version: 'v1', plural: 'replicasets' };
const pods = { group: '', version: 'v1', plural: 'pods' };

let schemas: BuiltinSchemas;
let catalogue: Catalogue;
beforeAll(async () => {
  schemas = loadPodSchemas(assets);
  catalogue = await loadCatalogue([path.join(assets, 'imagenes'), recorded], () => undefined);
});

interface Timeline {
  /** Of a Pod `p`. */
  readonly spec: object;
  /** A ReplicaSet makes it. */
  readonly replicated?: boolean;
  readonly seconds: number;
  readonly before?: (world: ReplayWorld) => Promise<void>;
  /** ms after the Pod was made → what is done. */
  readonly later?: readonly (readonly [atMs: number, action: (world: ReplayWorld) => Promise<void> | void])[];
}

/** What `kubectl get pod -w` prints, and what `describe` says in the end; times to the second, in words of the API. */
async function play(
  { spec, replicated = false, seconds, before, later = [] }: Timeline,
  seed = 5,
): Promise<string[]> {
  const world = await startReplayWorld(schemas, catalogue, seed, ['busybox:1.37', 'nginx:1.29-alpine']);
  const { client, clock } = world;
  try {
    await before?.(world);
    const seen = await observe(client, clock, { node: nodeName, nodeIp });
    const startMs = clock.now();
    const refusals: string[] = [];
    const metadata = { name: 'p', namespace: 'default' };
    const labels = { app: 'p' };
    await (replicated
      ? client.create(replicaSets, 'default', {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata,
          spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
        } as KubeObject)
      : client.create(pods, 'default', { apiVersion: 'v1', kind: 'Pod', metadata, spec } as KubeObject)
    ).catch((error: unknown) => refusals.push(error instanceof Error ? error.message : String(error)));
    for (const [atMs, action] of later) {
      await clock.advance(startMs + atMs - clock.now());
      await action(world);
    }
    await clock.advance(startMs + seconds * 1000 - clock.now());
    seen.stop();
    const lines: string[] = [...refusals.map((text) => `refused: ${text}`)];
    for (const {
      t,
      name,
      type,
      get,
      phase,
      reason,
      message,
      containerStatuses,
      initContainerStatuses,
    } of seen.statuses) {
      const waiting = [...(initContainerStatuses ?? []), ...(containerStatuses ?? [])]
        .flatMap(({ state }) => state?.waiting?.message ?? state?.terminated?.message ?? [])
        .join('; ');
      const extra = [reason, message, waiting]
        .filter((text) => text !== undefined && text !== '')
        .join(' · ');
      const text = `${name} ${get.ready} ${get.status} ${get.restarts} ${phase}${extra === '' ? '' : ` (${extra})`}${type === 'DELETED' ? ' gone' : ''}`;
      const line = `${Math.floor(t / 1000)} ${text}`;
      if (lines.at(-1)?.replace(/^\d+ /, '') !== text) lines.push(line);
    }
    const told = new Map<string, string>();
    for (const { object, reason, message, count } of seen.events())
      told.set(`${object} ${reason}: ${message}`, count === undefined ? '' : ` x${count}`);
    return [
      ...lines,
      ...[...told].map(([text, count]) => `${text}${count}`).filter((text) => text.startsWith('Pod/p')),
    ];
  } finally {
    await world.stop();
  }
}

const shell = (script: string, more: object = {}) => ({
  name: 'c',
  image: 'busybox:1.37',
  command: ['sh', '-c', script],
  ...more,
});
const one = (script: string, more: object = {}, spec: object = {}) => ({
  containers: [shell(script, more)],
  ...spec,
});

const timelines: { readonly [state: string]: Timeline } = {
  Completed: { spec: one('sleep 2', {}, { restartPolicy: 'Never' }), seconds: 6 },
  Error: { spec: one('sleep 2; exit 3', {}, { restartPolicy: 'Never' }), seconds: 6 },
  CrashLoopBackOff: { spec: one('exit 1'), seconds: 40 },
  OOMKilled: {
    spec: one(
      'x=a; while :; do x=$x$x; done',
      { resources: { limits: { memory: '16Mi' } } },
      { restartPolicy: 'Never' },
    ),
    seconds: 10,
  },
  ImagePullBackOff: { spec: { containers: [{ name: 'c', image: 'nginx:nosuchtag' }] }, seconds: 30 },
  'Init:0/1': {
    spec: { initContainers: [{ ...shell('sleep 4'), name: 'i' }], containers: [shell('sleep 3600')] },
    seconds: 8,
  },
  'Init:CrashLoopBackOff': {
    spec: { initContainers: [{ ...shell('exit 2'), name: 'i' }], containers: [shell('sleep 3600')] },
    seconds: 20,
  },
  CreateContainerConfigError: {
    spec: one('sleep 3600', {
      env: [{ name: 'V', valueFrom: { configMapKeyRef: { name: 'ajustes', key: 'v' } } }],
    }),
    seconds: 6,
  },
  'readiness probe': {
    spec: one('sleep 3600', { readinessProbe: { exec: { command: ['cat', '/no'] }, periodSeconds: 2 } }),
    seconds: 8,
  },
  'liveness probe': {
    spec: one('trap "exit 0" TERM; while :; do sleep 1 & wait $!; done', {
      livenessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 2, failureThreshold: 2 },
    }),
    seconds: 9,
  },
  'startup probe': {
    spec: one('trap "exit 0" TERM; while :; do sleep 1 & wait $!; done', {
      startupProbe: { tcpSocket: { port: 9 }, periodSeconds: 2, failureThreshold: 2 },
    }),
    seconds: 8,
  },
  Evicted: {
    spec: {
      volumes: [{ name: 'd', emptyDir: { sizeLimit: '1Mi' } }],
      containers: [
        shell('dd if=/dev/zero of=/d/x bs=1M count=5; sleep 3600', {
          volumeMounts: [{ name: 'd', mountPath: '/d' }],
        }),
      ],
    },
    seconds: 70,
  },
  Terminating: {
    spec: one('sleep 3600', {}, { terminationGracePeriodSeconds: 5 }),
    seconds: 12,
    later: [[3000, ({ client }) => client.delete(pods, 'default', 'p')]],
  },
  'NotReady, then rescheduled': {
    spec: one(
      'sleep 3600',
      {},
      {
        tolerations: ['not-ready', 'unreachable'].map((key) => ({
          key: `node.kubernetes.io/${key}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 5,
        })),
      },
    ),
    seconds: 66,
    replicated: true,
    before: async ({ pool, clock }) => {
      pool.add({
        name: 'otro',
        ip: '192.168.77.12',
        cpuMilli: 1000,
        taints: [{ key: 'x', effect: 'PreferNoSchedule' }],
      });
      await clock.advance(5000);
    },
    later: [[3000, ({ kubelet }) => kubelet.powerOff()]],
  },
  'quota refused': {
    spec: one('sleep 3600'),
    seconds: 2,
    before: async ({ client, clock }) => {
      await client.create({ group: '', version: 'v1', plural: 'resourcequotas' }, 'default', {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'cupo', namespace: 'default' },
        spec: { hard: { pods: '0' } },
      } as KubeObject);
      await clock.advance(2000);
    },
  },
  preempted: {
    spec: one('trap "exit 0" TERM; while :; do sleep 1 & wait $!; done', {
      resources: { requests: { cpu: '1500m' } },
    }),
    seconds: 8,
    before: async ({ client }) => {
      await client.create({ group: 'scheduling.k8s.io', version: 'v1', plural: 'priorityclasses' }, '', {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'alta' },
        value: 1000,
      } as KubeObject);
    },
    later: [
      [
        3000,
        async ({ client }) => {
          await client.create(pods, 'default', {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'q', namespace: 'default' },
            spec: {
              priorityClassName: 'alta',
              ...one('sleep 3600', { resources: { requests: { cpu: '1' } } }),
            },
          } as KubeObject);
        },
      ],
    ],
  },
};

describe('one life per state', () => {
  it.each(Object.keys(timelines))('%s', async (state) => {
    const timeline = timelines[state];
    if (timeline === undefined) throw new Error(state);
    expect(await play(timeline)).toMatchSnapshot();
  });

  /** All of them a hundred times: `CURSO_REPETIR=100`. */
  it('is the same for the same seed', async () => {
    const times = Number(process.env['CURSO_REPETIR'] ?? 2);
    const chosen =
      process.env['CURSO_REPETIR'] === undefined ? ['CrashLoopBackOff', 'preempted'] : Object.keys(timelines);
    for (const state of chosen) {
      const timeline = timelines[state];
      if (timeline === undefined) continue;
      const first = await play(timeline, 9);
      for (let turn = 1; turn < times; turn += 1) expect(await play(timeline, 9)).toEqual(first);
    }
  }, 600_000);
});
