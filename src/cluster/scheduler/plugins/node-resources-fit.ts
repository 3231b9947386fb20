import type { Node, Pod } from '../../../kube/api/core-v1.ts';
import { Action } from '../framework/cluster-event.ts';
import { NodeCounter, type NodeInfo } from '../framework/node-info.ts';
import { maxScore, type Plugin } from '../framework/plugin.ts';
import { podRequests, type Resources } from '../framework/resources.ts';
import { type Status, unschedulable } from '../framework/status.ts';

const name = 'NodeResourcesFit';

/** What Pods request must fit in what the node can give; of those that fit, the emptier the better (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name,
  weight: 1,
  events: [
    {
      resource: 'Pod',
      action: Action.delete,
      hint: (_pod, { before }) => ((before as Pod | undefined)?.spec?.nodeName ?? '') !== '',
    },
    {
      resource: 'Node',
      action: Action.add | Action.nodeAllocatable,
      hint: (pod, { before, after }) => {
        const requests = podRequests(pod.spec ?? { containers: [] });
        const now = emptyNode(after);
        if (now === undefined || shortages(requests, now).length > 0) return false;
        const old = emptyNode(before);
        return old === undefined || offersMore(requests, old, now);
      },
    },
  ],
  filter(_state, { needs }, node) {
    const reasons = shortages(needs.requests, node);
    return reasons.length === 0 ? undefined : refusal(reasons);
  },
  score(_state, { needs }, { allocatable, assumed }) {
    let sum = 0;
    let weights = 0;
    const add = (capacity: number, used: number) => {
      if (capacity === 0) return;
      weights += 1;
      sum += used > capacity ? 0 : Math.trunc(((capacity - used) * maxScore) / capacity);
    };
    add(allocatable.cpu, assumed.cpu + needs.assumed.cpu);
    add(allocatable.memory, assumed.memory + needs.assumed.memory);
    return weights === 0 ? 0 : Math.trunc(sum / weights);
  },
};

/** Upstream's reasons, in its order; empty when it fits. */
function shortages(requests: Resources, node: NodeInfo): readonly string[] {
  const { allocatable, requested } = node;
  if (
    node.pods.length + 1 <= node.podRoom &&
    (requests.cpu === 0 || requests.cpu <= allocatable.cpu - requested.cpu) &&
    (requests.memory === 0 || requests.memory <= allocatable.memory - requested.memory) &&
    requests.storage === 0 &&
    requests.scalars === undefined
  )
    return none;
  const reasons: string[] = [];
  const check = (resource: string, wanted: number, room: number) => {
    if (wanted > 0 && wanted > room) reasons.push(`Insufficient ${resource}`);
  };
  if (node.pods.length + 1 > node.podRoom) reasons.push('Too many pods');
  check('cpu', requests.cpu, allocatable.cpu - requested.cpu);
  check('memory', requests.memory, allocatable.memory - requested.memory);
  check('ephemeral-storage', requests.storage, allocatable.storage - requested.storage);
  for (const [resource, wanted] of requests.scalars ?? [])
    check(
      resource,
      wanted,
      (allocatable.scalars?.get(resource) ?? 0) - (requested.scalars?.get(resource) ?? 0),
    );
  return reasons;
}

const none: readonly string[] = [];

/** Thousands of nodes say the same: one object each, not thousands. */
const refusals = new Map<string, Status>();
function refusal(reasons: readonly string[]): Status {
  const key = reasons.join('\n');
  let status = refusals.get(key);
  if (status === undefined) {
    status = unschedulable(name, ...reasons);
    if (refusals.size >= 256) refusals.clear();
    refusals.set(key, status);
  }
  return status;
}

function emptyNode(node: Node | undefined): NodeInfo | undefined {
  if (node === undefined) return undefined;
  const counter = new NodeCounter(node.metadata?.name ?? '');
  counter.setNode(node);
  return counter;
}

function offersMore(requests: Resources, old: NodeInfo, now: NodeInfo): boolean {
  if (now.podRoom > old.podRoom) return true;
  const [before, after] = [old.allocatable, now.allocatable];
  if (requests.cpu > 0 && after.cpu > before.cpu) return true;
  if (requests.memory > 0 && after.memory > before.memory) return true;
  if (requests.storage > 0 && after.storage > before.storage) return true;
  for (const [resource, wanted] of requests.scalars ?? [])
    if (wanted > 0 && (after.scalars?.get(resource) ?? 0) > (before.scalars?.get(resource) ?? 0)) return true;
  return false;
}
