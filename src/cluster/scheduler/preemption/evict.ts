import type { Clock } from '../../../base/clock.ts';
import type { KubeClient, ResourceRef } from '../../../kube/client.ts';
import { StatusError } from '../../../kube/status.ts';
import { formatTime } from '../../../kube/time.ts';
import type { SeriesRecorder } from '../event-series.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import type { Victims } from './victims.ts';

const pods: ResourceRef = { group: '', version: 'v1', plural: 'pods' };

export interface EvictContext {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly events: SeriesRecorder;
}

/** Makes room: tells each victim why, deletes it, and takes back what was promised there to lower Pods. Mirrors prepareCandidate. */
export async function evict(
  context: EvictContext,
  preemptor: PodInfo,
  victims: Victims,
  promised: readonly PodInfo[],
): Promise<void> {
  await Promise.all(victims.pods.map((victim) => evictOne(context, preemptor, victim, victims.node)));
  for (const other of promised) {
    if (other.priority >= preemptor.priority || (other.pod.status?.nominatedNodeName ?? '') === '') continue;
    const status = { nominatedNodeName: null };
    await unlessGone(
      context.client.patch(
        pods,
        other.namespace,
        other.name,
        'strategic',
        { status },
        { subresource: 'status' },
      ),
    );
  }
}

async function evictOne(
  { client, clock, events }: EvictContext,
  preemptor: PodInfo,
  victim: PodInfo,
  node: string,
): Promise<void> {
  const { namespace, name, uid } = victim;
  const before = (victim.pod.status?.conditions ?? []).find(({ type }) => type === 'DisruptionTarget');
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${preemptor.pod.spec?.schedulerName ?? ''}: preempting to accommodate a higher priority pod`,
  };
  if (
    before?.status !== 'True' ||
    before.reason !== condition.reason ||
    before.message !== condition.message
  ) {
    const at = before?.status === 'True' ? before.lastTransitionTime : formatTime(clock.now());
    const status = { conditions: [{ ...condition, lastProbeTime: null, lastTransitionTime: at }] };
    const there = await unlessGone(
      client.patch(pods, namespace, name, 'strategic', { status }, { subresource: 'status' }),
    );
    if (!there) return;
  }
  // A new Pod of the same name is not the victim.
  if (!(await unlessGone(client.delete(pods, namespace, name, { preconditions: { uid } })))) return;
  events.event({
    regarding: victim.pod,
    related: preemptor.pod,
    type: 'Normal',
    reason: 'Preempted',
    action: 'Preempting',
    note: `Preempted by pod ${preemptor.uid} on node ${node}`,
  });
}

/** False: the object was gone already. */
async function unlessGone(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof StatusError && (error.status.code === 404 || error.status.code === 409))
      return false;
    throw error;
  }
}
