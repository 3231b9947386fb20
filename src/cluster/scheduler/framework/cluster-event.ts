import type { Node, Pod } from '../../../kube/api/core-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { equalJson } from '../../../kube/object.ts';
import { podRequests } from './resources.ts';

/** What happened in the cluster that may let a Pod in. Mirrors pkg/scheduler/framework events.go and types.go. */
export interface ClusterEvent {
  readonly resource: EventResource;
  /** Bits of `Action`. */
  readonly action: number;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/** `AssignedPod` has a node; `UnscheduledPod` waits for one; a plugin that asks for `Pod` means both. */
export type EventResource =
  | 'Pod'
  | 'AssignedPod'
  | 'UnscheduledPod'
  | 'Node'
  | 'PersistentVolume'
  | 'PersistentVolumeClaim'
  | 'StorageClass'
  | 'CSINode'
  | 'CSIDriver'
  | 'CSIStorageCapacity'
  | 'VolumeAttachment'
  /** Matches whatever a Pod waits for. */
  | '*';

export const Action = {
  add: 1 << 0,
  delete: 1 << 1,
  nodeAllocatable: 1 << 2,
  nodeLabel: 1 << 3,
  nodeTaint: 1 << 4,
  nodeCondition: 1 << 5,
  nodeAnnotation: 1 << 6,
  podLabel: 1 << 7,
  podScaleDown: 1 << 8,
  podTolerations: 1 << 9,
  podGatesEliminated: 1 << 10,
  podOther: 1 << 11,
  /** Any update of a kind that has no finer ones. */
  update: 0b1111_1111_1100,
} as const;

/** What a plugin wants to be told, of a Pod that it refused. */
export interface EventInterest {
  readonly resource: EventResource;
  readonly action: number;
  /** Whether the event may let this Pod in; absent: always. */
  readonly hint?: (pod: Pod, event: ClusterEvent) => boolean;
}

export function interestMatches(interest: EventInterest, event: ClusterEvent): boolean {
  return (
    (interest.action & event.action) !== 0 &&
    (interest.resource === event.resource ||
      (interest.resource === 'Pod' &&
        (event.resource === 'AssignedPod' || event.resource === 'UnscheduledPod')))
  );
}

/** Each kind of change of a Pod that may matter, as an event of its own; at least one. */
export function podUpdateEvents(before: Pod, after: Pod): readonly ClusterEvent[] {
  let actions: number[] = [];
  if (!equalJson(before.metadata?.labels ?? {}, after.metadata?.labels ?? {})) actions.push(Action.podLabel);
  if (scaledDown(before, after)) actions.push(Action.podScaleDown);
  if ((before.spec?.schedulingGates ?? []).length > 0 && (after.spec?.schedulingGates ?? []).length === 0)
    actions.push(Action.podGatesEliminated);
  if ((before.spec?.tolerations ?? []).length !== (after.spec?.tolerations ?? []).length)
    actions.push(Action.podTolerations);
  if (actions.length === 0) actions = [Action.podOther];
  const resource = (after.spec?.nodeName ?? '') === '' ? 'UnscheduledPod' : 'AssignedPod';
  return actions.map((action) => ({
    resource,
    action,
    before: before as KubeObject,
    after: after as KubeObject,
  }));
}

function scaledDown(before: Pod, after: Pod): boolean {
  if (before.spec === undefined || after.spec === undefined) return false;
  const old = podRequests(before.spec);
  const now = podRequests(after.spec);
  if (old.cpu > now.cpu || old.memory > now.memory || old.storage > now.storage) return true;
  for (const [name, amount] of old.scalars ?? []) if (amount > (now.scalars?.get(name) ?? 0)) return true;
  return false;
}

/** Each kind of change of a Node that may matter; a heartbeat gives none. */
export function nodeUpdateEvents(before: Node, after: Node): readonly ClusterEvent[] {
  const actions: number[] = [];
  if (before.spec?.unschedulable === true && after.spec?.unschedulable !== true)
    actions.push(Action.nodeTaint);
  if (!equalJson(before.status?.allocatable ?? {}, after.status?.allocatable ?? {}))
    actions.push(Action.nodeAllocatable);
  if (!equalJson(before.metadata?.labels ?? {}, after.metadata?.labels ?? {})) actions.push(Action.nodeLabel);
  if (!equalJson(before.spec?.taints ?? [], after.spec?.taints ?? [])) actions.push(Action.nodeTaint);
  if (!equalJson(conditionsOf(before), conditionsOf(after))) actions.push(Action.nodeCondition);
  if (!equalJson(before.metadata?.annotations ?? {}, after.metadata?.annotations ?? {}))
    actions.push(Action.nodeAnnotation);
  return actions.map((action) => ({
    resource: 'Node',
    action,
    before: before as KubeObject,
    after: after as KubeObject,
  }));
}

const conditionsOf = (node: Node): readonly string[] =>
  (node.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`).sort();
