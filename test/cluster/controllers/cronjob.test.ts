import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controllerWorld, type Loose, type World } from '../../helpers/controllerWorld.ts';

let world: World;
beforeEach(async () => {
  world = await controllerWorld({
    controllers: [
      'cronjob-controller',
      'job-controller',
      'ttl-after-finished-controller',
      'garbage-collector-controller',
    ],
  });
});
afterEach(() => world.stop());

const cronJobs = 'batch/v1 cronjobs';
const jobs = 'batch/v1 jobs';
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx' }] } };
const cronJob = (spec: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'limpieza' },
  spec: { schedule: '* * * * *', jobTemplate: { spec: { template } }, ...spec },
});
interface Status {
  readonly active?: { name: string }[];
  readonly lastScheduleTime?: string;
  readonly lastSuccessfulTime?: string;
}
const status = async () => (await world.get(cronJobs, 'limpieza')).status as unknown as Status;
const names = async () => (await world.list(jobs)).map(({ metadata }) => metadata.name ?? '');
/** All Pods end well. */
async function endPods(): Promise<void> {
  for (const { metadata, status: now } of await world.list('v1 pods'))
    if ((now as unknown as { phase: string }).phase === 'Pending')
      await world.patch('v1 pods', `${metadata.name}/status`, { status: { phase: 'Succeeded' } });
  await world.calm(4000);
}
const told = async (reason: string) =>
  (await world.events()).filter((event) => event.includes(` ${reason}:`));

describe('a CronJob', () => {
  it('starts a Job each time, named after the minute, and notes what became of it', async () => {
    await world.create(
      cronJob({
        timeZone: 'Europe/Madrid',
        jobTemplate: { metadata: { labels: { turno: 'noche' } }, spec: { template } },
      }),
    );
    await world.calm(54_000);
    expect(await names()).toEqual([]);
    await world.calm(2000);
    const [job] = await world.list(jobs);
    const minute = Date.parse('2026-01-02T03:05:00Z') / 60_000;
    expect(job?.metadata).toMatchObject({
      name: `limpieza-${minute}`,
      labels: { turno: 'noche' },
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-02T04:05:00+01:00' },
      ownerReferences: [{ kind: 'CronJob', name: 'limpieza', controller: true }],
    });
    expect(await status()).toMatchObject({
      active: [{ kind: 'Job', name: `limpieza-${minute}` }],
      lastScheduleTime: '2026-01-02T03:05:00Z',
    });
    await endPods();
    const after = await status();
    expect(after.active).toBeUndefined();
    expect(after.lastSuccessfulTime).toMatch(/^2026-01-02T03:05/);
    // The two controllers tell theirs in any order.
    expect([...(await world.events())].sort()).toEqual([
      'Normal Completed: Job completed',
      `Normal SawCompletedJob: Saw completed job: limpieza-${minute}, condition: Complete`,
      `Normal SuccessfulCreate: Created job limpieza-${minute}`,
      expect.stringContaining('Normal SuccessfulCreate: Created pod'),
    ]);
  });

  it('keeps as many of the past as it is told', async () => {
    await world.create(cronJob({ successfulJobsHistoryLimit: 2 }));
    for (let minute = 0; minute < 5; minute += 1) {
      await world.calm(56_000);
      await endPods();
    }
    expect((await names()).length).toBe(2);
    expect((await told('SuccessfulDelete')).length).toBeGreaterThanOrEqual(2);
  });

  it('waits, or takes the place of the one that runs, as it is told', async () => {
    await world.create(cronJob({ concurrencyPolicy: 'Forbid' }));
    await world.calm(120_000);
    expect(await names()).toHaveLength(1);
    expect((await told('JobAlreadyActive'))[0]).toBe(
      'Normal JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid',
    );
    const [before] = await names();
    await world.patch(cronJobs, 'limpieza', { spec: { concurrencyPolicy: 'Replace' } });
    await world.calm(61_000);
    const after = await names();
    expect(after).toHaveLength(1);
    expect(after).not.toEqual([before]);
    expect((await told('SuccessfulDelete'))[0]).toBe(`Normal SuccessfulDelete: Deleted job ${before}`);
    expect((await status()).active).toHaveLength(1);
  });

  it('suspended starts none; resumed, one for all that were missed, unless it is too late', async () => {
    await world.create(cronJob({ suspend: true }));
    await world.calm(3 * 3600_000);
    expect(await names()).toEqual([]);
    await world.patch(cronJobs, 'limpieza', { spec: { suspend: false } });
    await world.calm(1000);
    expect(await names()).toHaveLength(1);
    expect(await told('TooManyMissedTimes')).toEqual([
      'Warning TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
    ]);
  });

  it('with a deadline forgets what was due before', async () => {
    await world.create(cronJob({ suspend: true, startingDeadlineSeconds: 10 }));
    await world.calm(75_000);
    await world.patch(cronJobs, 'limpieza', { spec: { suspend: false } });
    await world.calm(1000);
    expect(await names()).toEqual([]);
    await world.calm(60_000);
    expect(await names()).toHaveLength(1);
  });

  it('does nothing twice, however often it looks, and after a restart', async () => {
    await world.create(cronJob({ schedule: '@hourly' }));
    await world.calm(3600_000);
    const made = await names();
    expect(made).toHaveLength(1);
    for (let i = 0; i < 4; i += 1) {
      await world.patch(cronJobs, 'limpieza', { metadata: { annotations: { vez: String(i) } } });
      await world.restart();
    }
    expect(await names()).toEqual(made);
    expect(await told('SuccessfulCreate')).toHaveLength(2);
  });

  it('takes up a Job whose status was lost, and tells of one that went missing', async () => {
    await world.create(cronJob({ schedule: '@hourly' }));
    await world.calm(3600_000);
    const [name = ''] = await names();
    await world.patch(cronJobs, 'limpieza/status', { status: { active: null } });
    await world.calm(2000);
    expect(await told('UnexpectedJob')).toHaveLength(1);
    await world.patch(cronJobs, 'limpieza/status', {
      status: { active: [{ kind: 'Job', namespace: 'obrador', name: 'nunca', uid: 'x' }] },
    });
    await world.calm(2000);
    expect(await told('MissingJob')).toEqual(['Normal MissingJob: Active job went missing: nunca']);
    expect(await names()).toEqual([name]);
  });
});

describe('a Job that is over', () => {
  const over = { type: 'Complete', status: 'True', lastTransitionTime: '2026-01-02T03:04:06Z' };
  it('goes when its time is over, and not before', async () => {
    await world.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'uno' },
      spec: { template, ttlSecondsAfterFinished: 30 },
    });
    await world.calm(1000);
    await endPods();
    expect(((await world.get(jobs, 'uno')) as Loose).status).toMatchObject({
      conditions: [{ type: 'SuccessCriteriaMet' }, { type: over.type, status: over.status }],
    });
    await world.calm(20_000);
    expect(await names()).toEqual(['uno']);
    await world.patch(jobs, 'uno', { spec: { ttlSecondsAfterFinished: 100 } });
    await world.calm(30_000);
    expect(await names()).toEqual(['uno']);
    await world.calm(60_000);
    expect(await names()).toEqual([]);
    expect(await world.list('v1 pods')).toEqual([]);
  });
});
