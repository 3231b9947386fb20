import type { Node, Pod } from '../../../src/kube/api/core-v1.ts';
import type { EndpointSlice } from '../../../src/kube/api/discovery-v1.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { parseQuantity, quantityMilliValue } from '../../../src/kube/quantity.ts';
import { type Chaos, type Kept, refs } from './world.ts';

interface Workload {
  readonly spec: { readonly replicas?: number; readonly completions?: number };
  readonly status?: { readonly [field: string]: number | undefined };
}

const milli = (text: string | undefined) =>
  text === undefined ? 0 : Number(quantityMilliValue(parseQuantity(text)));
const ended = (pod: Kept<Pod>) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
const ready = (pod: Kept<Pod>) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

/** What holds at any moment, whatever is done: what is broken, in words. `lives` remembers from one look to the next. */
export async function brokenAlways(
  chaos: Chaos,
  lives: Map<string, { readonly node: string | undefined; readonly ended: boolean }>,
): Promise<string[]> {
  const broken: string[] = [];
  const { client } = chaos.cluster;
  const pods = (await client.list<Kept<Pod>>(refs.pods)).items;
  const nodes = (await client.list<Kept<Node>>(refs.nodes)).items;
  for (const pod of pods) {
    const uid = pod.metadata.uid ?? '';
    const before = lives.get(uid);
    const node = pod.spec?.nodeName;
    if (before?.node !== undefined && before.node !== node)
      broken.push(`${pod.metadata.name} moved from ${before.node} to ${node}`);
    if (before?.ended === true && !ended(pod))
      broken.push(`${pod.metadata.name} came back from its end: ${pod.status?.phase}`);
    lives.set(uid, { node, ended: ended(pod) });
  }
  for (const node of nodes) {
    const here = pods.filter((pod) => pod.spec?.nodeName === node.metadata.name && !ended(pod));
    const cpu = here
      .flatMap(({ spec }) => spec?.containers ?? [])
      .reduce((sum, { resources }) => sum + milli(resources?.requests?.['cpu']), 0);
    if (cpu > milli(node.status?.allocatable?.['cpu']))
      broken.push(`${node.metadata.name} has ${cpu}m of CPU requested`);
  }
  return broken;
}

/** What holds once everything was put right and enough time went by. */
export async function brokenAtRest(chaos: Chaos): Promise<string[]> {
  const broken: string[] = [];
  const { client, pool } = chaos.cluster;
  const pods = (await client.list<Kept<Pod>>(refs.pods)).items;
  const all = async (ref: (typeof refs)[keyof typeof refs]) =>
    (await client.list<Kept<Workload>>(ref, { namespace: 'default' })).items;
  const own = (uid: string | undefined) =>
    pods.filter(({ metadata }) =>
      metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid),
    );

  for (const { metadata, status } of (await client.list<Kept<Node>>(refs.nodes)).items) {
    const state = status?.conditions?.find(({ type }) => type === 'Ready');
    if (state?.status !== 'True')
      broken.push(`${metadata.name} is Ready=${state?.status}: ${state?.message}`);
  }
  const replicaSets = await all(refs.replicaSets);
  for (const { metadata, spec, status } of await all(refs.deployments)) {
    const wanted = spec.replicas ?? 1;
    const sets = replicaSets.filter(({ metadata: set }) =>
      set.ownerReferences?.some(({ uid }) => uid === metadata.uid),
    );
    const living = sets.flatMap((set) => own(set.metadata.uid)).filter((pod) => !ended(pod));
    if (living.length !== wanted || living.some((pod) => !ready(pod)))
      broken.push(`deployment ${metadata.name} wants ${wanted}: ${living.map(tell).join(', ')}`);
    if ((status?.['availableReplicas'] ?? 0) !== wanted || (status?.['updatedReplicas'] ?? 0) !== wanted)
      broken.push(`deployment ${metadata.name} wants ${wanted}, says ${JSON.stringify(status)}`);
    if (sets.filter((set) => (set.spec.replicas ?? 0) > 0).length > 1)
      broken.push(`deployment ${metadata.name} has several ReplicaSets with Pods`);
  }
  for (const { metadata, spec } of await all(refs.statefulSets)) {
    const names = own(metadata.uid)
      .filter(ready)
      .map((pod) => pod.metadata.name);
    const wanted = Array.from({ length: spec.replicas ?? 1 }, (_, i) => `${metadata.name}-${i}`);
    if (names.sort().join() !== wanted.join())
      broken.push(
        `statefulset ${metadata.name} wants ${wanted.join()}, has ${own(metadata.uid).map(tell).join(', ')}`,
      );
  }
  const nodeNames = pool
    .list()
    .map(({ name }) => name)
    .sort();
  for (const { metadata } of await all(refs.daemonSets)) {
    const on = own(metadata.uid)
      .filter(ready)
      .map(({ spec }) => spec?.nodeName ?? '');
    if (on.sort().join() !== nodeNames.join())
      broken.push(`daemonset ${metadata.name} is on ${on.join()}: ${own(metadata.uid).map(tell).join(', ')}`);
  }
  for (const { metadata, spec, status } of await all(refs.jobs)) {
    const done = (status?.['succeeded'] ?? 0) >= (spec.completions ?? 1);
    if (!done && (status?.['failed'] ?? 0) === 0)
      broken.push(
        `job ${metadata.name} is not done: ${JSON.stringify(status)} ${own(metadata.uid).map(tell).join(', ')}`,
      );
  }
  const uids = new Set((await everything(chaos)).map(({ metadata }) => metadata.uid));
  for (const thing of await everything(chaos)) {
    const { name, deletionTimestamp, ownerReferences = [] } = thing.metadata;
    if (deletionTimestamp !== undefined) broken.push(`${name} is still being deleted`);
    if (
      ownerReferences.length > 0 &&
      ownerReferences.every(({ uid }) => !uids.has(uid)) &&
      ownerReferences[0]?.kind !== 'Node'
    )
      broken.push(`${name} has no owner left`);
  }
  for (const [node, runtime] of chaos.runtimes) {
    const here = pods.filter((pod) => pod.spec?.nodeName === node);
    for (const { state, config, containers } of runtime.sandboxes()) {
      const pod = here.find(({ metadata }) => metadata.uid === config.uid);
      if (pod === undefined) broken.push(`${node} still has a sandbox of ${config.name} (${state})`);
      const running = containers.filter((container) => container.state === 'running').length;
      if (pod !== undefined && ended(pod) && running > 0) broken.push(`${config.name} has ended and runs`);
    }
    for (const pod of here.filter(ready)) {
      const alive = runtime
        .sandboxes()
        .filter(({ config, state }) => config.uid === pod.metadata.uid && state === 'ready');
      if (alive.length !== 1)
        broken.push(`${pod.metadata.name} is Ready with ${alive.length} sandboxes on ${node}`);
      if (alive[0] !== undefined && alive[0].ip !== pod.status?.podIP)
        broken.push(`${pod.metadata.name} says ${pod.status?.podIP} and has ${alive[0].ip}`);
    }
  }
  const ips = pods.filter((pod) => !ended(pod)).map(({ status }) => status?.podIP);
  if (new Set(ips).size !== ips.length) broken.push(`two Pods have one address: ${ips.sort().join()}`);
  broken.push(...(await brokenServices(chaos, pods)));
  return broken;
}

async function brokenServices(chaos: Chaos, pods: readonly Kept<Pod>[]): Promise<string[]> {
  const broken: string[] = [];
  const { client } = chaos.cluster;
  const services = await client.list<Kept<{ spec: { selector?: { app?: string } } }>>(refs.services, {
    namespace: 'default',
  });
  const slices = (await client.list<Kept<EndpointSlice>>(refs.slices, { namespace: 'default' })).items;
  for (const { metadata, spec } of services.items) {
    if (spec.selector?.app === undefined) continue;
    const behind = slices
      .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name)
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready === true)
      .flatMap(({ addresses }) => addresses)
      .sort();
    const wanted = pods
      .filter((pod) => pod.metadata.labels?.['app'] === spec.selector?.app && ready(pod))
      .map(({ status }) => status?.podIP ?? '')
      .sort();
    if (behind.join() !== wanted.join())
      broken.push(`service ${metadata.name} leads to ${behind.join()}, ready are ${wanted.join()}`);
  }
  return broken;
}

const tell = (pod: Kept<Pod>): string => {
  const { phase, containerStatuses = [], conditions = [] } = pod.status ?? {};
  const waiting = containerStatuses.map(({ state }) => state?.waiting?.reason ?? Object.keys(state ?? {})[0]);
  const unmet = conditions
    .filter(({ status }) => status !== 'True')
    .map(({ type, reason }) => `${type}:${reason}`);
  return `${pod.metadata.name}@${pod.spec?.nodeName} ${phase} ${waiting.join()} ${unmet.join()}${pod.metadata.deletionTimestamp === undefined ? '' : ' Terminating'}`;
};

async function everything(chaos: Chaos): Promise<readonly KubeObject[]> {
  const lists = await Promise.all(
    Object.values(refs).map((ref) => chaos.cluster.client.list<KubeObject>(ref)),
  );
  return lists.flatMap(({ items }) => items);
}
