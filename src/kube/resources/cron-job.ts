import type { CronJob, CronJobSpec } from '../api/batch-v1.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { parseGoDuration } from '../duration.ts';
import { type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { goLabelSelector } from '../go-syntax.ts';
import { nameIsDNSSubdomain, utf8Length } from '../names.ts';
import { asKind } from '../object.ts';
import { cronJobTable } from '../printers/workloads.ts';
import { scheduleProblem } from '../validation/cron.ts';
import { validateJobBody } from '../validation/job.ts';
import type { PodOptions } from '../validation/pod/options.ts';
import { nonNegative, oneOf } from '../validation/pod/report.ts';
import { templateOptions } from '../validation/pod/template.ts';
import { timeZoneProblem } from '../validation/time-zone.ts';
import type { ResourceDefinition } from './definition.ts';
import { jobSpecWarnings } from './job.ts';
import {
  clearStatus,
  keepSpec,
  keepStatus,
  podNameWarnings,
  prepareTemplate,
  specDiffers,
} from './workload.ts';

/** `-<minutes since the epoch>` is appended for the Jobs. */
const maxName = 52;

function durationProblem(text: string): string | undefined {
  try {
    parseGoDuration(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function validateSchedule(spec: CronJobSpec, old: CronJobSpec | undefined): FieldError[] {
  const { schedule = '', timeZone } = spec;
  const field = 'spec.schedule';
  if (schedule === '') return [required(field)];
  const problem = scheduleProblem(schedule, durationProblem, timeZoneProblem);
  const errors: FieldError[] = problem === undefined ? [] : [invalid(field, schedule, problem)];
  if (!schedule.includes('TZ')) return errors;
  if (!old?.schedule?.includes('TZ'))
    errors.push(invalid(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  else if (timeZone !== undefined)
    errors.push(invalid(field, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  return errors;
}

function validateTimeZone(zone: string | undefined): FieldError[] {
  const field = 'spec.timeZone';
  if (zone === undefined) return [];
  if (zone === '') return [invalid(field, zone, 'timeZone must be nil or non-empty string')];
  const wrong = zone
    .split('/')
    .some(
      (part) =>
        part === '.' || part === '..' || part.startsWith('-') || !/^[A-Za-z._0-9+-]{1,14}$/.test(part),
    );
  if (wrong) return [invalid(field, zone, `unknown time zone ${zone}`)];
  const errors: FieldError[] = [];
  if (zone.toLowerCase() === 'local')
    errors.push(
      invalid(
        field,
        zone,
        'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ),
    );
  const problem = zone === 'Local' ? undefined : timeZoneProblem(zone);
  if (problem !== undefined) errors.push(invalid(field, zone, problem));
  return errors;
}

/** Mirrors validateCronJobSpec. */
function validateSpec(spec: CronJobSpec, old: CronJobSpec | undefined, options: PodOptions): FieldError[] {
  const errors = [
    ...validateSchedule(spec, old),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
  ];
  if (old === undefined || old.timeZone !== spec.timeZone) errors.push(...validateTimeZone(spec.timeZone));
  errors.push(...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']));
  const job = spec.jobTemplate?.spec ?? { template: {} };
  errors.push(...validateJobBody(job, 'spec.jobTemplate.spec', options));
  if (job.selector)
    errors.push(
      invalid(
        'spec.jobTemplate.spec.selector',
        goLabelSelector(job.selector),
        '`selector` will be auto-generated',
      ),
    );
  if (job.manualSelector)
    errors.push(notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
  errors.push(
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  );
  return errors;
}

const specOf = (cronJob: CronJob): CronJobSpec => cronJob.spec ?? ({} as CronJobSpec);
const templateOf = (cronJob: CronJob) => cronJob.spec?.jobTemplate?.spec?.template;

/** Mirrors pkg/registry/batch/cronjob/strategy.go. */
export const cronJob: ResourceDefinition = {
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  namespaced: true,
  shortNames: ['cj'],
  categories: ['all'],
  tracksGeneration: true,
  validateName: nameIsDNSSubdomain,

  defaults(draft) {
    const made = asKind<CronJob>(draft);
    made.spec ??= {} as CronJobSpec;
    const { spec } = made;
    spec.jobTemplate ??= {};
    spec.jobTemplate.spec ??= { template: {} };
    const job = spec.jobTemplate.spec;
    job.template ??= {};
    defaultPodTemplate(job.template);
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
  },
  prepareForCreate(draft) {
    clearStatus(draft);
    prepareTemplate(templateOf(asKind<CronJob>(draft)), undefined);
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    prepareTemplate(templateOf(asKind<CronJob>(draft)), templateOf(asKind<CronJob>(old)));
  },
  validate(object) {
    const made = asKind<CronJob>(object);
    const errors = validateSpec(specOf(made), undefined, templateOptions(templateOf(made), undefined));
    const name = object.metadata.name ?? '';
    if (utf8Length(name) > maxName)
      errors.push(invalid('metadata.name', name, `must be no more than ${maxName} characters`));
    return errors;
  },
  validateUpdate(object, old) {
    const made = asKind<CronJob>(object);
    const before = asKind<CronJob>(old);
    return validateSpec(specOf(made), specOf(before), templateOptions(templateOf(made), templateOf(before)));
  },
  warnings(object, old) {
    if (!specDiffers(object, old)) return [];
    const { jobTemplate, schedule = '' } = specOf(asKind<CronJob>(object));
    const name = old === undefined ? podNameWarnings(object.metadata.name) : [];
    const zone = schedule.includes('TZ')
      ? [
          'CRON_TZ or TZ used in spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones for more details',
        ]
      : [];
    const job = jobTemplate?.spec;
    return [...name, ...(job === undefined ? [] : jobSpecWarnings(job, 'spec.jobTemplate.spec')), ...zone];
  },
  subresources: { status: { prepareForUpdate: keepSpec } },
  table: cronJobTable,
};
