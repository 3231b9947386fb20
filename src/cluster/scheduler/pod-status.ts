import type { Clock } from '../../base/clock.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import { formatTime } from '../../kube/time.ts';
import type { PodInfo } from './framework/pod-info.ts';

const podsRef: ResourceRef = { group: '', version: 'v1', plural: 'pods' };

/**
 * Says in the Pod's status that it has no node, and why; and which node is promised to it (undefined: that stays as it is).
 * Writes only what is new. Mirrors updatePod of schedule_one.go.
 */
export async function writeRefusal(
  client: KubeClient,
  clock: Clock,
  pod: PodInfo,
  reason: 'Unschedulable' | 'SchedulerError',
  message: string,
  nominatedNode: string | undefined,
): Promise<void> {
  const { conditions = [], nominatedNodeName = '' } = pod.pod.status ?? {};
  const before = (conditions ?? []).find(({ type }) => type === 'PodScheduled');
  const patch: { [key: string]: unknown } = {};
  if (before?.status !== 'False' || before.reason !== reason || before.message !== message) {
    const since = before?.status === 'False' ? before.lastTransitionTime : undefined;
    patch['conditions'] = [
      {
        type: 'PodScheduled',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime: since ?? formatTime(clock.now()),
        reason,
        message,
      },
    ];
  }
  if (nominatedNode !== undefined && nominatedNode !== nominatedNodeName)
    patch['nominatedNodeName'] = nominatedNode === '' ? null : nominatedNode;
  if (Object.keys(patch).length === 0) return;
  await client.patch(
    podsRef,
    pod.namespace,
    pod.name,
    'strategic',
    { metadata: { uid: pod.uid }, status: patch },
    { subresource: 'status' },
  );
}

/** Gives the Pod its node. Mirrors the DefaultBinder plugin. */
export async function bindPod(client: KubeClient, pod: PodInfo, node: string): Promise<void> {
  const { namespace, name, uid } = pod;
  await client.act(podsRef, namespace, name, 'binding', {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { namespace, name, uid },
    target: { kind: 'Node', name: node },
  });
}
