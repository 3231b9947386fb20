import { keyOf } from '../../kube/informer.ts';
import { timeToMs } from '../../kube/time.ts';
import { type Controller, ignoring, isNotFound, splitKey, startLoop } from './controller.ts';
import type { LiveJob } from './job/job-pods.ts';
import { isTerminating } from './pods/pod-state.ts';
import { jobs as jobsRef } from './refs.ts';

/** Deletes Jobs some time after they are over. Mirrors pkg/controller/ttlafterfinished. */
export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished-controller',
  account: 'ttl-after-finished-controller',
  start(context) {
    const { client, clock } = context;
    const jobs = context.informer<LiveJob>(jobsRef);
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const seen = jobs.get(namespace, name);
        if (seen === undefined) return undefined;
        const waitMs = expiryMs(seen) - clock.now();
        if (Number.isNaN(waitMs) || waitMs > 0) return Number.isNaN(waitMs) ? undefined : waitMs;
        // Looked at again before it goes: its time may have been made longer just now.
        const fresh = await client.find<LiveJob>(jobsRef, namespace, name);
        if (fresh === undefined || fresh.metadata.uid !== seen.metadata.uid) return undefined;
        const left = expiryMs(fresh) - clock.now();
        if (Number.isNaN(left) || left > 0) return Number.isNaN(left) ? undefined : left;
        const uid = fresh.metadata.uid ?? '';
        await ignoring(
          isNotFound,
          client.delete(jobsRef, namespace, name, {
            propagationPolicy: 'Foreground',
            preconditions: { uid },
          }),
        );
        return undefined;
      },
      { ready: [jobs] },
    );
    jobs.onChange((after) => {
      if (after !== undefined && !Number.isNaN(expiryMs(after)))
        loop.queue.add(keyOf(after.metadata.namespace ?? '', after.metadata.name ?? ''));
    });
    return loop;
  },
};

/** When its time is over, in milliseconds; NaN: it is not to be deleted, or not over yet. */
function expiryMs(job: LiveJob): number {
  const seconds = job.spec?.ttlSecondsAfterFinished;
  if (seconds === undefined || isTerminating(job)) return Number.NaN;
  const end = (job.status?.conditions ?? []).find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  return timeToMs(end?.lastTransitionTime) + seconds * 1000;
}
