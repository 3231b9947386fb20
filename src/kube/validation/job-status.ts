import type { Job, JobStatus } from '../api/batch-v1.ts';
import { duplicate, type FieldError, GoText, invalid, required } from '../field-error.ts';
import { equalJson } from '../object.ts';
import { timeToMs } from '../time.ts';
import { invalidWhole } from './job.ts';
import { commonIndex, countIndexes } from './job-indexes.ts';
import { countersNotNegative } from './workload.ts';

/** Mirrors validateJobStatus and what pkg/registry/batch/job asks of it in 1.32: only what changed is looked at closely. */

const isTrue = (job: Job, wanted: string) =>
  (job.status?.conditions ?? []).some(({ type, status }) => type === wanted && status === 'True');
const isFinished = (job: Job) => isTrue(job, 'Complete') || isTrue(job, 'Failed');

function goTime(text: string): GoText {
  return new GoText(`${text.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} +0000 UTC`);
}

function uncountedErrors({ uncountedTerminatedPods }: JobStatus): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const key of ['succeeded', 'failed'] as const)
    for (const [i, uid] of (uncountedTerminatedPods?.[key] ?? []).entries()) {
      const field = `status.uncountedTerminatedPods.${key}[${i}]`;
      if (uid === '') errors.push(invalid(field, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(duplicate(field, uid));
      seen.add(uid);
    }
  return errors;
}

/** Which parts of the status this update touches. */
class Changes {
  private readonly now: Job;
  private readonly old: Job;
  constructor(now: Job, old: Job) {
    this.now = now;
    this.old = old;
  }
  condition(...types: readonly string[]): boolean {
    return types.some((type) => isTrue(this.now, type) !== isTrue(this.old, type));
  }
  finished(): boolean {
    return isFinished(this.now) !== isFinished(this.old);
  }
  field(...keys: readonly (keyof JobStatus)[]): boolean {
    return keys.some((key) => !equalJson(this.now.status?.[key] ?? '', this.old.status?.[key] ?? ''));
  }
}

function conditionErrors(job: Job, changed: Changes): FieldError[] {
  const { status = {} } = job;
  const [complete, failed] = [isTrue(job, 'Complete'), isTrue(job, 'Failed')];
  const [target, met] = [isTrue(job, 'FailureTarget'), isTrue(job, 'SuccessCriteriaMet')];
  const errors: FieldError[] = [];
  const refuse = (why: string) => errors.push(invalidWhole('status.conditions', why));
  if (changed.condition('Complete', 'Failed') && complete && failed)
    refuse('cannot set Complete=True and Failed=true conditions');
  if (changed.condition('Complete', 'FailureTarget') && complete && target)
    refuse('cannot set Complete=True and FailureTarget=true conditions');
  const end = status.completionTime;
  if (changed.condition('Complete') || changed.field('completionTime')) {
    if (end !== undefined && !complete)
      errors.push(
        invalid(
          'status.completionTime',
          goTime(end),
          'cannot set completionTime when there is no Complete=True condition',
        ),
      );
    if (end === undefined && complete)
      errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'));
  }
  if (changed.field('startTime', 'completionTime') && timeToMs(end) < timeToMs(status.startTime))
    errors.push(
      invalid('status.completionTime', goTime(end ?? ''), 'completionTime cannot be set before startTime'),
    );
  if ((changed.condition('Failed') || changed.field('failedIndexes')) && failed && !target)
    refuse('cannot set Failed=True condition without the FailureTarget=true condition');
  if (changed.condition('Complete', 'SuccessCriteriaMet') && complete && !met)
    refuse('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  return errors;
}

function finishedErrors(job: Job, changed: Changes): FieldError[] {
  const { status = {} } = job;
  const errors: FieldError[] = [];
  if (!isFinished(job)) return errors;
  const active = status.active ?? 0;
  if ((changed.finished() || changed.field('active')) && active > 0)
    errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
  if ((changed.finished() || changed.field('startTime')) && status.startTime === undefined)
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  const uncounted = status.uncountedTerminatedPods;
  if (
    (changed.finished() || changed.field('uncountedTerminatedPods')) &&
    (uncounted?.failed ?? []).length + (uncounted?.succeeded ?? []).length > 0
  )
    errors.push(
      invalid(
        'status.uncountedTerminatedPods',
        uncounted,
        'uncountedTerminatedPods needs to be empty for finished job',
      ),
    );
  return errors;
}

function indexErrors(job: Job, changed: Changes): FieldError[] {
  const { status = {}, spec } = job;
  const errors: FieldError[] = [];
  const { completedIndexes = '', failedIndexes } = status;
  const completions = spec?.completions;
  const check = (key: 'completedIndexes' | 'failedIndexes', text: string) => {
    try {
      countIndexes(text, completions ?? 0);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      errors.push(invalid(`status.${key}`, text, `error parsing ${key}: ${why}`));
    }
  };
  const completedChanged = changed.field('completedIndexes');
  const failedChanged = changed.field('failedIndexes');
  if (completedChanged && completions !== undefined) check('completedIndexes', completedIndexes);
  if (
    failedChanged &&
    completions !== undefined &&
    spec?.backoffLimitPerIndex !== undefined &&
    failedIndexes !== undefined
  )
    check('failedIndexes', failedIndexes);
  if (completedChanged && completedIndexes !== '' && spec?.completionMode !== 'Indexed')
    errors.push(
      invalid(
        'status.completedIndexes',
        completedIndexes,
        'cannot set non-empty completedIndexes when non-indexed completion mode',
      ),
    );
  if (failedChanged && spec?.backoffLimitPerIndex === undefined && failedIndexes !== undefined)
    errors.push(
      invalid(
        'status.failedIndexes',
        failedIndexes,
        'cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      ),
    );
  if ((failedChanged || completedChanged) && completions !== undefined && failedIndexes && completedIndexes) {
    const common = commonIndex(completedIndexes, failedIndexes, completions);
    if (common !== undefined)
      errors.push(
        invalid(
          'status.failedIndexes',
          failedIndexes,
          `failedIndexes and completedIndexes overlap at index: ${common}`,
        ),
      );
  }
  return errors;
}

function podErrors(job: Job, changed: Changes): FieldError[] {
  const { status = {}, spec } = job;
  const errors: FieldError[] = [];
  const { terminating = 0, ready, active = 0 } = status;
  if ((changed.finished() || changed.field('terminating')) && terminating > 0 && isFinished(job))
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  if (changed.field('ready', 'active') && ready !== undefined && ready > active)
    errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  const refuse = (why: string) => errors.push(invalidWhole('status.conditions', why));
  const met = isTrue(job, 'SuccessCriteriaMet');
  if (met && isTrue(job, 'Failed')) refuse('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (met && isTrue(job, 'FailureTarget'))
    refuse('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  if (spec?.successPolicy && !met && isTrue(job, 'Complete'))
    refuse('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
  return errors;
}

export function validateJobStatusUpdate(job: Job, old: Job): FieldError[] {
  const { status = {}, spec } = job;
  const before = old.status ?? {};
  const changed = new Changes(job, old);
  const errors = [
    ...countersNotNegative(status, 'status', ['active', 'succeeded', 'failed', 'ready', 'terminating']),
    ...uncountedErrors(status),
    ...conditionErrors(job, changed),
    ...finishedErrors(job, changed),
    ...indexErrors(job, changed),
    ...podErrors(job, changed),
  ];
  for (const type of ['Failed', 'Complete', 'FailureTarget'])
    if (isTrue(old, type) && !isTrue(job, type))
      errors.push(invalidWhole('status.conditions', `cannot disable the terminal ${type}=True condition`));
  if ((status.failed ?? 0) < (before.failed ?? 0))
    errors.push(invalid('status.failed', status.failed ?? 0, 'cannot decrease the failed counter'));
  const elastic = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!elastic && (status.succeeded ?? 0) < (before.succeeded ?? 0))
    errors.push(invalid('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter'));
  const end = status.completionTime;
  if (end !== undefined && before.completionTime !== undefined && end !== before.completionTime)
    errors.push(invalid('status.completionTime', goTime(end), 'completionTime cannot be mutated'));
  // Resuming starts the time anew (as the later patch releases of 1.32 allow).
  const resumes = isTrue(old, 'Suspended') && !isTrue(job, 'Suspended');
  if (before.startTime !== undefined && before.startTime !== status.startTime && !spec?.suspend && !resumes)
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  const met = isTrue(job, 'SuccessCriteriaMet');
  if (isTrue(old, 'SuccessCriteriaMet') && !met)
    errors.push(invalidWhole('status.conditions', 'cannot disable the SuccessCriteriaMet=True condition'));
  if (isTrue(old, 'Complete') && !isTrue(old, 'SuccessCriteriaMet') && met)
    errors.push(
      invalidWhole(
        'status.conditions',
        'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions',
      ),
    );
  return errors;
}
