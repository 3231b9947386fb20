import type { CronJobStatus, Job } from '../../../kube/api/batch-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { type EventRecorder, referenceTo } from '../../../kube/event-recorder.ts';
import { goQuote } from '../../../kube/field-error.ts';
import { cloneJson } from '../../../kube/object.ts';
import { formatTime, timeToMs } from '../../../kube/time.ts';
import { isAlreadyExists, isNotFound } from '../controller.ts';
import { isJobFinished, type LiveJob } from '../job/job-pods.ts';
import { controllerOf, ownerReference } from '../pods/owner.ts';
import { isNamespaceTerminating, messageOf } from '../pods/pod-control.ts';
import { isTerminating } from '../pods/pod-state.ts';
import { cronJobs, jobs as jobsRef } from '../refs.ts';
import { dueTime, InvalidSchedule, type LiveCronJob, untilNext } from './missed.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { formatInZone, zoneOffset } from './zone.ts';

interface CronParts {
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  now(): number;
}

const scheduledKey = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** A draft: its status is written at the end, once. */
type Draft = LiveCronJob & { status: CronJobStatus };

/** Resolves with the milliseconds until the next Job is due. Mirrors sync of pkg/controller/cronjob. */
export async function syncCronJob(
  parts: CronParts,
  cronJob: LiveCronJob,
  own: readonly LiveJob[],
): Promise<number | undefined> {
  const draft: Draft = { ...cronJob, status: { ...cronJob.status } };
  const cleaned = await cleanUp(parts, draft, own);
  const watch = { changed: cleaned };
  let failure: { readonly error: unknown } | undefined;
  let againMs: number | undefined;
  try {
    againMs = await startDue(parts, draft, own, watch);
  } catch (error) {
    failure = { error };
  }
  if (watch.changed) await parts.client.update(cronJobs, draft, { subresource: 'status' });
  if (failure !== undefined) throw failure.error;
  return againMs;
}

const activeOf = ({ status }: Draft) => status.active ?? [];

function forgetActive(draft: Draft, uid: string | undefined): void {
  const left = activeOf(draft).filter((one) => one.uid !== uid);
  if (left.length === 0) delete draft.status.active;
  else draft.status.active = left;
}

/** Mirrors cleanupFinishedJobs. */
async function cleanUp(parts: CronParts, draft: Draft, own: readonly LiveJob[]): Promise<boolean> {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = draft.spec ?? {};
  let changed = false;
  for (const [type, limit] of [
    ['Complete', successfulJobsHistoryLimit],
    ['Failed', failedJobsHistoryLimit],
  ] as const) {
    if (limit === undefined) continue;
    const over = own.filter((job) => endOf(job) === type).sort(byStart);
    for (const job of over.slice(0, Math.max(0, over.length - limit)))
      if (await deleteJob(parts, draft, job)) changed = true;
  }
  return changed;
}

const endOf = ({ status }: LiveJob) =>
  status?.conditions?.find(
    ({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True',
  )?.type;

function byStart(a: LiveJob, b: LiveJob): number {
  const [first, second] = [timeToMs(a.status?.startTime), timeToMs(b.status?.startTime)];
  if (Number.isNaN(first) !== Number.isNaN(second)) return Number.isNaN(first) ? 1 : -1;
  if (first !== second && !Number.isNaN(first)) return first - second;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

async function deleteJob({ client, recorder }: CronParts, draft: Draft, job: Job): Promise<boolean> {
  const { namespace = '', name = '', uid } = job.metadata ?? {};
  try {
    await client.delete(jobsRef, namespace, name, { propagationPolicy: 'Background' });
  } catch (error) {
    recorder.event(draft, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
    return false;
  }
  forgetActive(draft, uid);
  recorder.event(draft, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  return true;
}

/** What became of the Jobs that it started. False: the copy is behind, and this is to be tried again. */
async function noteJobs(
  { client, recorder }: CronParts,
  draft: Draft,
  own: readonly LiveJob[],
  watch: { changed: boolean },
): Promise<boolean> {
  const { namespace = '', name = '' } = draft.metadata;
  for (const job of own) {
    const found = activeOf(draft).some(({ uid }) => uid === job.metadata.uid);
    const finished = isJobFinished(job);
    if (!found && !finished) {
      const fresh = await client.find<LiveCronJob>(cronJobs, namespace, name);
      if (fresh?.status?.active?.some(({ uid }) => uid === job.metadata.uid)) return false;
      recorder.event(
        draft,
        'Warning',
        'UnexpectedJob',
        `Saw a job that the controller did not create or forgot: ${job.metadata.name}`,
      );
    } else if (found && finished) {
      forgetActive(draft, job.metadata.uid);
      const message = `Saw completed job: ${job.metadata.name}, condition: ${endOf(job)}`;
      recorder.event(draft, 'Normal', 'SawCompletedJob', message);
      watch.changed = true;
    } else if (endOf(job) === 'Complete') {
      const end = job.status?.completionTime;
      const known = timeToMs(draft.status.lastSuccessfulTime);
      if (end !== undefined && !(timeToMs(end) <= known)) {
        draft.status.lastSuccessfulTime = end;
        watch.changed = true;
      }
    }
  }
  for (const one of activeOf(draft)) {
    if (own.some(({ metadata }) => metadata.uid === one.uid)) continue;
    if ((await client.find(jobsRef, one.namespace ?? '', one.name ?? '')) !== undefined) continue;
    recorder.event(draft, 'Normal', 'MissingJob', `Active job went missing: ${one.name}`);
    forgetActive(draft, one.uid);
    watch.changed = true;
  }
  return true;
}

/** Mirrors syncCronJob. */
async function startDue(
  parts: CronParts,
  draft: Draft,
  own: readonly LiveJob[],
  watch: { changed: boolean },
): Promise<number | undefined> {
  const { recorder } = parts;
  if (!(await noteJobs(parts, draft, own, watch))) {
    // Its news tells it again.
    watch.changed = false;
    return 1000;
  }
  const { spec, status } = draft;
  if (isTerminating(draft) || spec === undefined) return undefined;
  const warn = (reason: string, message: string) => recorder.event(draft, 'Warning', reason, message);
  if (spec.timeZone !== undefined && !isZone(spec.timeZone)) {
    warn(
      'UnknownTimeZone',
      `invalid timeZone: ${goQuote(spec.timeZone)}: unknown time zone ${spec.timeZone}`,
    );
    return undefined;
  }
  if (spec.suspend === true) return undefined;
  const nowMs = parts.now();
  if (spec.schedule.includes('TZ'))
    warn(
      'UnsupportedSchedule',
      `CRON_TZ or TZ used in schedule ${goQuote(spec.schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`,
    );
  let schedule: Schedule;
  try {
    schedule = parseSchedule(spec.schedule, spec.timeZone);
  } catch (error) {
    warn('UnparseableSchedule', `unparseable schedule: ${goQuote(spec.schedule)} : ${messageOf(error)}`);
    return undefined;
  }
  let due: ReturnType<typeof dueTime>;
  try {
    due = dueTime(draft, nowMs, schedule);
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    warn('InvalidSchedule', `invalid schedule: ${spec.schedule} : ${error.message}`);
    return undefined;
  }
  const again = () => untilNext(draft, nowMs, schedule);
  if (due === undefined) return again();
  if (due.tooManyMissed)
    warn(
      'TooManyMissedTimes',
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
    );
  const deadline = spec.startingDeadlineSeconds;
  if (deadline !== undefined && due.ms + deadline * 1000 < nowMs) {
    warn('MissSchedule', `Missed scheduled time to start a job: ${rfc1123(due.ms)}`);
    return again();
  }
  const name = `${draft.metadata.name}-${Math.floor(due.ms / 60_000)}`;
  const active = activeOf(draft);
  if (active.some((one) => one.name === name) || timeToMs(status.lastScheduleTime) === due.ms) return again();
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
    recorder.event(
      draft,
      'Normal',
      'JobAlreadyActive',
      'Not starting job because prior execution is running and concurrency policy is Forbid',
    );
    return again();
  }
  if (spec.concurrencyPolicy === 'Replace') await replaceActive(parts, draft, watch);
  const started = await start(parts, draft, name, due.ms);
  if (started === undefined) return undefined;
  draft.status.active = [...activeOf(draft), referenceTo(started)];
  draft.status.lastScheduleTime = formatTime(due.ms);
  watch.changed = true;
  return again();
}

function isZone(zone: string): boolean {
  try {
    zoneOffset(zone);
    return true;
  } catch {
    return false;
  }
}

/** `Fri, 02 Jan 2026 03:04:00 +0000` */
const rfc1123 = (ms: number) => new Date(ms).toUTCString().replace('GMT', '+0000');

async function replaceActive(parts: CronParts, draft: Draft, watch: { changed: boolean }): Promise<void> {
  for (const { namespace = '', name = '' } of activeOf(draft)) {
    let job: LiveJob;
    try {
      job = await parts.client.get<LiveJob>(jobsRef, namespace, name);
    } catch (error) {
      parts.recorder.event(draft, 'Warning', 'FailedGet', `Get job: ${messageOf(error)}`);
      throw error;
    }
    if (!(await deleteJob(parts, draft, job))) throw new Error(`could not replace job ${namespace}/${name}`);
    watch.changed = true;
  }
}

/** The new Job, or the one made before whose status got lost; undefined: there is nothing to note. */
async function start(
  { client, recorder }: CronParts,
  draft: Draft,
  name: string,
  dueMs: number,
): Promise<LiveJob | undefined> {
  const namespace = draft.metadata.namespace ?? '';
  try {
    const job = await client.create<LiveJob>(jobsRef, namespace, jobFrom(draft, name, dueMs));
    recorder.event(draft, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
    return job;
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    if (!isAlreadyExists(error)) {
      recorder.event(draft, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  }
  const job = await client.get<LiveJob>(jobsRef, namespace, name).catch((error) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const isOwn = job !== undefined && controllerOf(job)?.uid === draft.metadata.uid;
  return isOwn && !activeOf(draft).some(({ uid }) => uid === job.metadata.uid) ? job : undefined;
}

function jobFrom(draft: Draft, name: string, dueMs: number): LiveJob {
  const template = draft.spec?.jobTemplate;
  const { labels, annotations } = template?.metadata ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: draft.metadata.namespace,
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      annotations: {
        ...annotations,
        [scheduledKey]: formatInZone(dueMs, zoneOffset(draft.spec?.timeZone ?? '')),
      },
      ownerReferences: [ownerReference(draft)],
    },
    ...(template?.spec === undefined ? {} : { spec: cloneJson(template.spec) }),
  };
}
