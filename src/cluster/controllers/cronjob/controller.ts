import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { type Controller, splitKey, startLoop } from '../controller.ts';
import type { LiveJob } from '../job/job-pods.ts';
import { controlledBy, controllerOf, indexByController, resolveController } from '../pods/owner.ts';
import { cronJobs as cronJobsRef, jobs as jobsRef } from '../refs.ts';
import { type LiveCronJob, untilNext } from './missed.ts';
import { parseSchedule } from './schedule.ts';
import { syncCronJob } from './sync.ts';

/** Starts Jobs when they are due. Mirrors pkg/controller/cronjob. */
export const cronJobController: Controller = {
  name: 'cronjob-controller',
  account: 'cronjob-controller',
  start(context) {
    const { client, clock } = context;
    const cronJobs = context.informer<LiveCronJob>(cronJobsRef);
    const jobs = context.informer<LiveJob>(jobsRef);
    indexByController(jobs);
    const recorder = createEventRecorder({ client, clock, component: 'cronjob-controller' });
    const parts = { client, recorder, now: () => clock.now() };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const cronJob = cronJobs.get(namespace, name);
        if (cronJob === undefined) return undefined;
        return syncCronJob(parts, cronJob, controlledBy(jobs, cronJob.metadata.uid ?? ''));
      },
      { ready: [cronJobs, jobs] },
    );
    cronJobs.onChange((after, before) => {
      const cronJob = after ?? before;
      if (cronJob === undefined) return;
      const rescheduled =
        after !== undefined &&
        before !== undefined &&
        (after.spec?.schedule !== before.spec?.schedule || after.spec?.timeZone !== before.spec?.timeZone);
      // A new schedule starts nothing at once: what it would have missed was never asked for.
      if (rescheduled) loop.queue.addAfter(keyFor(cronJob), firstLook(cronJob, clock.now()));
      else loop.queue.add(keyFor(cronJob));
    });
    jobs.onChange((after, before) => {
      for (const job of [before, after]) {
        if (job === undefined) continue;
        const namespace = job.metadata.namespace ?? '';
        const owner = resolveController(cronJobs, 'CronJob', namespace, controllerOf(job));
        if (owner !== undefined) loop.queue.add(keyFor(owner));
      }
    });
    return loop;
  },
};

const keyFor = ({ metadata }: KubeObject) => keyOf(metadata.namespace ?? '', metadata.name ?? '');

function firstLook(cronJob: LiveCronJob, nowMs: number): number {
  try {
    const schedule = parseSchedule(cronJob.spec?.schedule ?? '', cronJob.spec?.timeZone);
    return untilNext(cronJob, nowMs, schedule) ?? 0;
  } catch {
    return 0;
  }
}
