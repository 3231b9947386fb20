import type { Node, Taint } from '../../../kube/api/core-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { formatTime } from '../../../kube/time.ts';
import { ignoring, isNotFound } from '../controller.ts';
import { nodes } from '../refs.ts';

export type NodeObject = Node & KubeObject;

export const notReady: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' };
export const unreachable: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
const unschedulable = 'node.kubernetes.io/unschedulable';

/** Which status of which condition keeps new Pods away. */
const taintOf: ReadonlyMap<string, string> = new Map([
  ['Ready/False', notReady.key],
  ['Ready/Unknown', unreachable.key],
  ['MemoryPressure/True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure/True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable/True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure/True', 'node.kubernetes.io/pid-pressure'],
]);
const managed: ReadonlySet<string> = new Set([unschedulable, ...taintOf.values()]);

const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;

export const hasTaint = (node: NodeObject, taint: Taint): boolean =>
  node.spec?.taints?.some((one) => same(one, taint)) === true;

/** The NoSchedule taints that a node's conditions ask for and it has not, and those it has for nothing. */
export function scheduleTaints(node: NodeObject): { readonly add: Taint[]; readonly remove: Taint[] } {
  const keys = (node.status?.conditions ?? []).flatMap(
    ({ type, status }) => taintOf.get(`${type}/${status}`) ?? [],
  );
  if (node.spec?.unschedulable === true) keys.push(unschedulable);
  const wanted = [...new Set(keys)].map((key): Taint => ({ key, effect: 'NoSchedule' }));
  const present = (node.spec?.taints ?? []).filter(
    ({ key, effect }) => effect === 'NoSchedule' && managed.has(key),
  );
  return {
    add: wanted.filter((taint) => !present.some((one) => same(one, taint))),
    remove: present.filter((taint) => !wanted.some((one) => same(one, taint))),
  };
}

/** Writes both at once, over the node as it was seen; a conflict is the caller's. */
export async function swapTaints(
  client: KubeClient,
  node: NodeObject,
  add: readonly Taint[],
  remove: readonly Taint[],
  nowMs: number,
): Promise<void> {
  const before = node.spec?.taints ?? [];
  const gone = [...remove, ...add];
  const taints = [
    ...before.filter((taint) => !gone.some((one) => same(one, taint))),
    ...add.map((taint) => ({ ...taint, timeAdded: formatTime(nowMs) })),
  ];
  if (taints.length === before.length && add.length === 0) return;
  const { name = '', resourceVersion } = node.metadata;
  const patch = { metadata: { resourceVersion }, spec: { taints: taints.length === 0 ? null : taints } };
  await ignoring(isNotFound, client.patch(nodes, '', name, 'merge', patch));
}
