import { seededRandom } from '../../../src/base/random.ts';
import { SchedulerCache } from '../../../src/cluster/scheduler/cache/cache.ts';
import { findNode, type Search } from '../../../src/cluster/scheduler/find-node.ts';
import { fitMessage } from '../../../src/cluster/scheduler/framework/fit-error.ts';
import { Framework } from '../../../src/cluster/scheduler/framework/framework.ts';
import type { Listers, WatchedLister } from '../../../src/cluster/scheduler/framework/listers.ts';
import { createPodInfo, type PodInfo } from '../../../src/cluster/scheduler/framework/pod-info.ts';
import { defaultPlugins } from '../../../src/cluster/scheduler/plugins/index.ts';
import { findPreemption, type PreemptionResult } from '../../../src/cluster/scheduler/preemption/preempt.ts';
import { Nominator } from '../../../src/cluster/scheduler/queue/nominator.ts';
import { AssumeCache } from '../../../src/cluster/scheduler/volumes/assume-cache.ts';
import type { Node, NodeSpec, Pod, PodSpec, PodStatus } from '../../../src/kube/api/core-v1.ts';
import type { ObjectMeta } from '../../../src/kube/api/meta-v1.ts';
import type { PodDisruptionBudget } from '../../../src/kube/api/policy-v1.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';

type Named = { metadata?: ObjectMeta | undefined };

/** Objects by the name of their lister in `Listers`; `pods` and `nodes` are those of the cache. */
export type Given = { readonly [name in Exclude<keyof Listers, 'pods'>]?: readonly object[] } & {
  readonly nodes?: readonly Node[];
  readonly pods?: readonly Pod[];
};

export interface World {
  readonly cache: SchedulerCache;
  readonly framework: Framework;
  readonly nominator: Nominator;
  search(pod: Pod, seed?: number): Search;
  /** The node, or the message that upstream would give without preemption. */
  place(pod: Pod, seed?: number): string;
  preempt(pod: Pod, seed?: number): PreemptionResult;
}

/** The default plugins over a cluster that is given as a whole, and frozen: nothing may be changed. */
export function world(given: Given): World {
  freeze(given);
  const lister = <T>(name: keyof Given) => listerOf((given[name] ?? []) as readonly (T & Named)[]);
  const listers = {
    pods: lister('pods'),
    namespaces: lister('namespaces'),
    services: lister('services'),
    replicationControllers: lister('replicationControllers'),
    replicaSets: lister('replicaSets'),
    statefulSets: lister('statefulSets'),
    budgets: lister<PodDisruptionBudget>('budgets'),
    claims: lister('claims'),
    volumes: lister('volumes'),
    classes: lister('classes'),
    csiNodes: lister('csiNodes'),
    csiDrivers: lister('csiDrivers'),
    capacities: lister('capacities'),
    attachments: lister('attachments'),
  } as unknown as Listers;
  const cache = new SchedulerCache();
  for (const node of given.nodes ?? []) cache.putNode(node);
  for (const pod of given.pods ?? []) cache.putPod(pod);
  const nominator = new Nominator();
  const plugins = defaultPlugins(listers, {
    client: {} as KubeClient,
    clock: new FakeClock(),
    caches: { claims: new AssumeCache(listers.claims), volumes: new AssumeCache(listers.volumes) },
    snapshot: () => cache.snapshot(),
    podIsThere: () => true,
  });
  const framework = new Framework(plugins, nominator);
  const search = (pod: Pod, seed = 1) =>
    findNode(framework, info(pod), cache.snapshot(), 0, seededRandom(seed));
  return {
    cache,
    framework,
    nominator,
    search,
    place(pod, seed) {
      const { node, refusals, preFilterMessage } = search(pod, seed);
      return node ?? fitMessage(refusals, preFilterMessage, '');
    },
    preempt(pod, seed = 1) {
      const { state, refusals } = search(pod, seed);
      return findPreemption({
        framework,
        state,
        pod: info(pod),
        snapshot: cache.snapshot(),
        refusals,
        budgets: listers.budgets.list(),
        nowMs: 0,
        random: seededRandom(seed),
      });
    },
  };
}

export const info = (pod: Pod): PodInfo => createPodInfo(freeze(pod));

function listerOf<T extends Named>(
  objects: readonly T[],
): WatchedLister<T> & { byIndex(name: string, value: string): readonly T[] } {
  const ofNamespace = (namespace: string) =>
    objects.filter(({ metadata }) => (metadata?.namespace ?? '') === namespace);
  return {
    get: (namespace, name) => ofNamespace(namespace).find(({ metadata }) => metadata?.name === name),
    list: (namespace) => (namespace === undefined ? objects : ofNamespace(namespace)),
    byIndex: (_name, value) => ofNamespace(value),
    onChange: () => undefined,
  };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freeze(member);
  }
  return value;
}

export interface NodeOptions {
  readonly labels?: { readonly [key: string]: string };
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly more?: { readonly [name: string]: string };
  readonly spec?: NodeSpec;
  readonly images?: readonly { readonly names: readonly string[]; readonly sizeBytes: number }[];
}

/** 4 CPU, 8 Gi and 110 Pods unless said otherwise. */
export function node(name: string, options: NodeOptions = {}): Node {
  const { labels = {}, cpu = '4', memory = '8Gi', pods = '110', more = {}, spec = {}, images } = options;
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: {
      allocatable: { cpu, memory, pods, ...more },
      ...(images === undefined
        ? {}
        : { images: images.map(({ names, sizeBytes }) => ({ names: [...names], sizeBytes })) }),
    },
  } as Node;
}

export interface PodOptions {
  readonly namespace?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly on?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly priority?: number;
  readonly spec?: Partial<PodSpec>;
  readonly status?: PodStatus;
  readonly metadata?: Partial<ObjectMeta>;
}

export function pod(name: string, options: PodOptions = {}): Pod {
  const { namespace = 'obrador', labels = {}, on, cpu, memory, priority, spec = {} } = options;
  const requests = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
  return {
    metadata: { name, namespace, uid: `uid-${namespace}-${name}`, labels, ...options.metadata },
    spec: {
      schedulerName: 'default-scheduler',
      containers: [{ name: 'c', image: 'nginx', resources: { requests } }],
      ...(on === undefined ? {} : { nodeName: on }),
      ...(priority === undefined ? {} : { priority }),
      ...spec,
    },
    status: options.status ?? {},
  } as Pod;
}
