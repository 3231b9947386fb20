import type { EventLine, StatusLine } from './recording.ts';

/** What the simulated machine needs from a Pod's first status to its first container, and from there to its start. */
const usualFirstMs = 600;
const usualStartMs = 200;
/** Sandboxes of many Pods end one after the other on two cores. */
const perPodMs = 400;

/** How much longer the machine of a recording took to start containers: it had two cores, and much to do. */
export function loadOf(statuses: readonly StatusLine[], events: readonly EventLine[]): number {
  const pods = new Set(statuses.map(({ name }) => name));
  let worst = 0;
  for (const pod of pods) {
    const own = events.filter(({ object, source }) => source === 'kubelet' && object === `Pod/${pod}`);
    const bound = statuses.find(
      ({ name, containerStatuses }) => name === pod && containerStatuses !== undefined,
    );
    const first = own.find(({ reason }) => reason === 'Pulled' || reason === 'Pulling');
    let lost = first === undefined || bound === undefined ? 0 : Math.max(0, first.t - bound.t - usualFirstMs);
    const pulledMs = new Map<string, number>();
    for (const { reason, fieldPath = '', t } of own) {
      if (reason === 'Pulled') pulledMs.set(fieldPath, t);
      const fromMs = pulledMs.get(fieldPath);
      if (reason === 'Started' && fromMs !== undefined) lost += Math.max(0, t - fromMs - usualStartMs);
    }
    worst = Math.max(worst, lost);
  }
  return worst + perPodMs * Math.max(0, pods.size - 1);
}
