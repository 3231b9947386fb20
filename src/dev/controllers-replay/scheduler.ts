import type { Node, Pod, Toleration } from '../../kube/api/core-v1.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { compareQuantities, parseQuantity } from '../../kube/quantity.ts';
import { nodesRef } from './nodes.ts';

const podsRef = { group: '', version: 'v1', plural: 'pods' };
const claimsRef = { group: '', version: 'v1', plural: 'persistentvolumeclaims' };
type PodObject = Pod & KubeObject;
type NodeObject = Node & KubeObject;

/** Binds each Pod to a node that its selector, taints and room allow: enough for what the controllers do afterwards. */
export function startStandInScheduler(client: KubeClient): { stop(): void } {
  const ending = new AbortController();
  const waiting = new Map<string, PodObject>();
  const used = new Map<string, number>();
  const place = async (pod: PodObject) => {
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    if (await hasUnboundClaim(client, pod)) return;
    const { items } = await client.list<NodeObject>(nodesRef);
    const fitting = items.filter((node) => fits(pod, node));
    const usedOf = ({ metadata }: NodeObject) => used.get(metadata.name ?? '') ?? 0;
    fitting.sort((a, b) => preference(pod, b) - preference(pod, a) || usedOf(a) - usedOf(b));
    const node = fitting[0]?.metadata.name;
    if (node === undefined || !waiting.delete(uid)) return;
    used.set(node, (used.get(node) ?? 0) + 1);
    await client.act(podsRef, namespace, name, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    });
  };
  const retry = () => {
    for (const pod of waiting.values()) void place(pod).catch(() => undefined);
  };
  const follow = async (ref: typeof podsRef, seen: (type: string, object: KubeObject) => void) => {
    for await (const { type, object } of client.watch<KubeObject>(ref, { signal: ending.signal }))
      seen(type, object);
  };
  void follow(podsRef, (type, object) => {
    const pod = object as PodObject;
    const uid = pod.metadata.uid ?? '';
    const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    const gated = (pod.spec?.schedulingGates ?? []).length > 0;
    if (type === 'DELETED' || (pod.spec?.nodeName ?? '') !== '' || finished || gated) {
      waiting.delete(uid);
      return;
    }
    waiting.set(uid, pod);
    void place(pod).catch(() => undefined);
  }).catch(() => undefined);
  void follow(nodesRef, retry).catch(() => undefined);
  void follow(claimsRef, retry).catch(() => undefined);
  return { stop: () => ending.abort() };
}

async function hasUnboundClaim(client: KubeClient, pod: PodObject): Promise<boolean> {
  for (const { persistentVolumeClaim } of pod.spec?.volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue;
    const claim = await client.find<KubeObject & { status?: { phase?: string } }>(
      claimsRef,
      pod.metadata.namespace ?? '',
      persistentVolumeClaim.claimName,
    );
    if (claim?.status?.phase !== 'Bound') return true;
  }
  return false;
}

function fits(pod: PodObject, node: NodeObject): boolean {
  const labels = node.metadata.labels ?? {};
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  if (!selector.every(([key, value]) => labels[key] === value)) return false;
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const named = terms?.flatMap(({ matchFields }) => matchFields ?? []).flatMap(({ values }) => values ?? []);
  if (named !== undefined && named.length > 0 && !named.includes(node.metadata.name ?? '')) return false;
  const blocking = (node.spec?.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
  const tolerations = pod.spec?.tolerations ?? [];
  if (!blocking.every((taint) => tolerations.some((one) => tolerates(one, taint)))) return false;
  const room = parseQuantity(node.status?.allocatable?.['cpu'] ?? '4');
  return (pod.spec?.containers ?? []).every(
    ({ resources }) => compareQuantities(parseQuantity(resources?.requests?.['cpu'] ?? '0'), room) <= 0,
  );
}

/** The weight of the preferred node affinity, as far as it names values. */
function preference(pod: PodObject, { metadata: { labels = {} } }: NodeObject): number {
  const terms = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms
    .filter(({ preference: { matchExpressions = [] } }) =>
      matchExpressions.every(({ key, values = [] }) => values.includes(labels[key] ?? '')),
    )
    .reduce((sum, { weight }) => sum + weight, 0);
}

function tolerates(
  { key, operator, value, effect }: Toleration,
  taint: { key: string; value?: string | undefined; effect: string },
): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (key !== undefined && key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || (value ?? '') === (taint.value ?? '');
}
