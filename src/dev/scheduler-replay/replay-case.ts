import type { Event, Node, NodeCondition, Pod, PodCondition } from '../../kube/api/core-v1.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { cloneJson, equalJson, parseApiVersion } from '../../kube/object.ts';
import { resources } from '../../kube/resources/index.ts';
import type { BuiltinSchemas } from '../../kube/schema/load.ts';
import { formatTime } from '../../kube/time.ts';
import {
  neededControllers,
  replayClock,
  type SchedulerCluster,
  startSchedulerCluster,
} from './replay-cluster.ts';

type Given<T> = T & KubeObject;

/** One recorded placement. */
export interface SchedulerCase {
  readonly id: string;
  readonly nodes?: readonly Given<Node>[];
  readonly existingPods?: readonly Given<Pod>[];
  readonly others?: readonly (KubeObject & { 'x-delete'?: boolean })[];
  readonly pod: Given<Pod>;
  readonly result: Placement & { readonly nodes: readonly string[] | null };
}

interface Placement {
  readonly message: string | null;
  readonly reason?: string | null;
  readonly preempted: readonly string[];
  readonly nominatedNode: string | null;
  readonly nodeAfter?: string | null;
  readonly victimCondition?: Partial<PodCondition>;
}

const podsRef: ResourceRef = { group: '', version: 'v1', plural: 'pods' };
const nodesRef: ResourceRef = { group: '', version: 'v1', plural: 'nodes' };
const namespacesRef: ResourceRef = { group: '', version: 'v1', plural: 'namespaces' };
const eventsRef: ResourceRef = { group: '', version: 'v1', plural: 'events' };
const home = 'obrador';

/** The first difference to what the real scheduler did; undefined: none. */
export async function replaySchedulerCase(
  one: SchedulerCase,
  schemas: BuiltinSchemas,
  seed: number,
): Promise<string | undefined> {
  const cluster = await startSchedulerCluster(schemas, replayClock(), seed, neededControllers);
  cluster.schedule();
  try {
    await prepare(cluster, one);
    const { node, placement } = await place(cluster, one);
    return firstDifference(one.result, node, placement);
  } finally {
    await cluster.stop();
  }
}

async function prepare({ client, clock }: SchedulerCluster, one: SchedulerCase): Promise<void> {
  await client.create(namespacesRef, '', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: home },
  });
  for (const { 'x-delete': doomed, ...object } of cloneJson(one.others ?? [])) {
    const { group = '', version = 'v1' } = parseApiVersion(object.apiVersion) ?? {};
    const found = resources.find(
      (known) => known.kind === object.kind && known.group === group && known.version === version,
    );
    if (found === undefined) throw new Error(`no kind ${object.kind} in ${object.apiVersion}`);
    const namespace = found.namespaced ? (object.metadata.namespace ?? home) : '';
    const ref = { group, version, plural: found.plural };
    const created = await client.create<KubeObject>(ref, namespace, object);
    if (created.kind === 'Namespace') await clock.advance(100);
    if (doomed === true) await client.delete(ref, namespace, object.metadata.name ?? '');
  }
  await clock.advance(500);
  for (const node of one.nodes ?? []) await createNode(client, node, formatTime(clock.now()));
  await clock.advance(1000);
  for (const pod of one.existingPods ?? []) await createRunning(client, pod, formatTime(clock.now()));
  await clock.advance(2000);
}

async function createNode(client: KubeClient, given: Given<Node>, now: string): Promise<void> {
  const { status = {}, ...node } = cloneJson(given);
  const created = await client.create<Given<Node>>(nodesRef, '', node);
  const stamp = (condition: NodeCondition): NodeCondition => ({
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    ...condition,
  });
  const conditions = (status.conditions ?? [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }]).map(
    stamp,
  );
  const capacity = status.capacity ?? status.allocatable;
  await client.patch(
    nodesRef,
    '',
    created.metadata.name ?? '',
    'merge',
    {
      status: { ...status, conditions, capacity },
    },
    { subresource: 'status' },
  );
}

async function createRunning(client: KubeClient, given: Given<Pod>, now: string): Promise<void> {
  const { status, ...pod } = cloneJson(given);
  const namespace = pod.metadata.namespace ?? home;
  const { metadata } = await client.create<Given<Pod>>(podsRef, namespace, pod);
  const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: now });
  const running = {
    phase: 'Running',
    startTime: now,
    conditions: [condition('Ready'), condition('PodScheduled')],
  };
  await client.patch(
    podsRef,
    namespace,
    metadata.name ?? '',
    'merge',
    { status: status ?? running },
    {
      subresource: 'status',
    },
  );
}

async function place(
  { client, clock }: SchedulerCluster,
  one: SchedulerCase,
): Promise<{ readonly node: string | null; readonly placement: Placement }> {
  const namespace = one.pod.metadata.namespace ?? home;
  const { metadata } = await client.create<Given<Pod>>(podsRef, namespace, cloneJson(one.pod));
  const name = metadata.name ?? '';
  const look = () => client.get<Given<Pod>>(podsRef, namespace, name);
  const others = async () =>
    (await client.list<Given<Pod>>(podsRef)).items.filter((pod) => pod.metadata.uid !== metadata.uid);
  let pod = await look();
  const scheduled = () => (pod.status?.conditions ?? []).find(({ type }) => type === 'PodScheduled');
  // A volume takes some seconds to be bound; a refusal comes at once.
  for (let turn = 0; turn < 20; turn++) {
    await clock.advance(400);
    pod = await look();
    if (scheduled() !== undefined) break;
  }
  const node = pod.spec?.nodeName ?? null;
  const condition = scheduled();
  const refused = condition?.status === 'False' ? condition : undefined;
  const victims = (await others()).filter((other) => (other.metadata.deletionTimestamp ?? '') !== '');
  const placement: Placement = {
    message: refused?.message ?? null,
    reason: refused?.reason ?? null,
    preempted: victims.map((victim) => victim.metadata.name ?? '').sort(),
    nominatedNode: pod.status?.nominatedNodeName ?? null,
  };
  await checkEvent(client, namespace, name, refused);
  if (victims.length === 0) return { node, placement };
  const disrupted = (victims[0]?.status?.conditions ?? []).find(({ type }) => type === 'DisruptionTarget');
  for (const victim of victims)
    await client.delete(podsRef, victim.metadata.namespace ?? '', victim.metadata.name ?? '', {
      gracePeriodSeconds: 0,
    });
  await clock.advance(15_000);
  const { type, status, reason = '', message = '' } = disrupted ?? { type: '', status: '' };
  return {
    node,
    placement: {
      ...placement,
      nodeAfter: (await look()).spec?.nodeName ?? null,
      victimCondition: { type, status, reason, message },
    },
  };
}

/** The event must say what the condition says. */
async function checkEvent(
  client: KubeClient,
  namespace: string,
  name: string,
  refused: PodCondition | undefined,
): Promise<void> {
  if (refused === undefined || refused.reason === 'SchedulingGated') return;
  const { items } = await client.list<Given<Event>>(eventsRef, { namespace });
  const told = items.some(
    ({ involvedObject, reason, message }) =>
      involvedObject.name === name && reason === 'FailedScheduling' && message === refused.message,
  );
  if (!told) throw new Error('no FailedScheduling event says what the condition says');
}

function firstDifference(
  { nodes, ...wanted }: SchedulerCase['result'],
  node: string | null,
  got: Placement,
): string | undefined {
  const show = (value: unknown) => JSON.stringify(value);
  if (nodes === null ? node !== null : !nodes.includes(node ?? ''))
    return `node: ${show(node)} (${got.message}), wanted ${show(nodes)}`;
  for (const [key, value] of Object.entries(wanted)) {
    const own = got[key as keyof Placement] ?? null;
    const expected = Array.isArray(value) ? [...value].sort() : (value ?? null);
    if (!equalJson(own, expected)) return `${key}: ${show(own)}, wanted ${show(expected)}`;
  }
  return undefined;
}
