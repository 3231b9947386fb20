import path from 'node:path';
import { loadCatalogue } from '../../src/cluster/kubelet/runtimes/simulated/index.ts';
import {
  loadPodSchemas,
  nodeName,
  type ReplayWorld,
  startReplayWorld,
} from '../../src/dev/pods-replay/world.ts';
import type { Event, Node, Pod } from '../../src/kube/api/core-v1.ts';
import type { KubeObject } from '../../src/kube/object.ts';

const assets = path.join(import.meta.dirname, '../../assets');
const recorded = path.join(import.meta.dirname, '../../src/dev/pods-replay/imagenes');
const schemas = loadPodSchemas(assets);
const pods = { group: '', version: 'v1', plural: 'pods' };

export interface LivingPods {
  readonly world: ReplayWorld;
  /** Made at the node, without a scheduler's help. */
  pod(name: string, spec: object): Promise<void>;
  get(name: string): Promise<Pod & KubeObject>;
  node(): Promise<Node & KubeObject>;
  /** `reason xN: message` of what the kubelet told of the Pod or Node. */
  events(name: string): Promise<readonly string[]>;
}

/** A whole cluster of one node with simulated containers, on a clock that jumps: what recordings are played against. */
export async function livingPods(): Promise<LivingPods> {
  const catalogue = await loadCatalogue([path.join(assets, 'imagenes'), recorded], () => undefined);
  const world = await startReplayWorld(schemas, catalogue, 11, ['busybox:1.37', 'nginx:1.29-alpine']);
  const { client } = world;
  return {
    world,
    pod: async (name, spec) => {
      await client.create(pods, 'default', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default' },
        spec: { nodeName, ...spec },
      } as KubeObject);
    },
    get: (name) => client.get<Pod & KubeObject>(pods, 'default', name),
    node: () => client.get<Node & KubeObject>({ group: '', version: 'v1', plural: 'nodes' }, '', nodeName),
    events: async (name) => {
      const { items } = await client.list<Event & KubeObject>(
        { group: '', version: 'v1', plural: 'events' },
        {},
      );
      return items
        .filter(
          ({ involvedObject, source }) => involvedObject?.name === name && source?.component === 'kubelet',
        )
        .map(({ reason, message, count }) => `${reason} x${count}: ${message}`);
    },
  };
}
