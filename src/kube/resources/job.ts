import type { Job, JobSpec } from '../api/batch-v1.ts';
import type { PodTemplateSpec } from '../api/core-v1.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { type FieldError, GoText, invalid } from '../field-error.ts';
import { asKind, cloneJson } from '../object.ts';
import { jobTable } from '../printers/workloads.ts';
import { goPodTemplate } from '../validation/go-template.ts';
import {
  nameLabel,
  oldNameLabel,
  oldUidLabel,
  uidLabel,
  validateJob,
  validateJobSpec,
} from '../validation/job.ts';
import { validateJobStatusUpdate } from '../validation/job-status.ts';
import { validateLabels } from '../validation/metadata.ts';
import { sameMeaning } from '../validation/pod/semantic.ts';
import { templateOptions } from '../validation/pod/template.ts';
import { immutable, immutableSelector } from '../validation/workload.ts';
import type { ResourceDefinition } from './definition.ts';
import {
  clearStatus,
  keepSpec,
  keepStatus,
  podNameWarnings,
  prepareTemplate,
  specDiffers,
  templateWarnings,
} from './workload.ts';

const maxInt32 = 2147483647;

function defaultJobSpec(spec: JobSpec): void {
  defaultPodTemplate(spec.template);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : maxInt32;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  for (const rule of spec.podFailurePolicy?.rules ?? [])
    for (const condition of rule.onPodConditions ?? []) condition.status ||= 'True';
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
}

/** Labels and a selector that only this Job's Pods match. Mirrors generateSelector. */
function generateSelector(job: Job): void {
  const { spec, metadata } = job;
  if (!spec || spec.manualSelector) return;
  const uid = metadata?.uid ?? '';
  const name = metadata?.name ?? '';
  spec.template ??= {};
  spec.template.metadata ??= {};
  const generated = { [oldNameLabel]: name, [nameLabel]: name, [oldUidLabel]: uid, [uidLabel]: uid };
  // What the client set stays, and is refused when it is something else.
  spec.template.metadata.labels = { ...generated, ...spec.template.metadata.labels };
  spec.selector ??= {};
  spec.selector.matchLabels = { [uidLabel]: uid, ...spec.selector.matchLabels };
}

/** A Job without labels has its template's; those that will not do are refused there, once. */
function labelsFromTemplate(job: Job): void {
  const labels = job.spec?.template?.metadata?.labels;
  if (!labels || !job.metadata || Object.keys(job.metadata.labels ?? {}).length > 0) return;
  if (validateLabels(labels, '').length > 0) return;
  job.metadata.labels = { ...labels };
}

const specOf = (job: Job): JobSpec => job.spec ?? ({} as JobSpec);

/** While a Job waits to be started, where its Pods may run can change. */
function comparableTemplate(
  template: PodTemplateSpec,
  old: PodTemplateSpec,
  mutable: boolean,
): PodTemplateSpec {
  if (!mutable) return old;
  const before = cloneJson(old);
  before.metadata = {
    ...before.metadata,
    annotations: template.metadata?.annotations,
    labels: template.metadata?.labels,
  };
  const { spec } = before;
  if (!spec) return before;
  spec.nodeSelector = template.spec?.nodeSelector;
  spec.tolerations = template.spec?.tolerations;
  spec.schedulingGates = template.spec?.schedulingGates;
  const affinity = template.spec?.affinity;
  const rest = { ...spec.affinity, nodeAffinity: affinity?.nodeAffinity };
  const empty = !rest.nodeAffinity && !rest.podAffinity && !rest.podAntiAffinity;
  spec.affinity = empty && !affinity ? undefined : rest;
  return before;
}

function validateSpecUpdate(job: Job, old: Job): FieldError[] {
  const spec = specOf(job);
  const before = specOf(old);
  const options = templateOptions(spec.template, before.template);
  const errors = validateJobSpec(spec, 'spec', options);
  if (spec.completionMode !== 'Indexed')
    errors.push(...immutable('spec.completions', spec.completions, before.completions));
  else if (
    spec.completions !== before.completions &&
    typeof spec.completions === 'number' &&
    spec.completions !== spec.parallelism
  )
    errors.push(
      invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism'),
    );
  errors.push(...immutableSelector('spec.selector', spec.selector, before.selector));
  const template = spec.template ?? {};
  const mutable = before.suspend === true && old.status?.startTime === undefined;
  const comparable = comparableTemplate(template, before.template ?? {}, mutable);
  if (!sameMeaning(template, comparable))
    errors.push(invalid('spec.template', goPodTemplate(template), 'field is immutable'));
  for (const key of [
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ] as const) {
    const value = spec[key];
    const shown = typeof value === 'object' ? new GoText(JSON.stringify(value)) : value;
    errors.push(...immutable(`spec.${key}`, value, before[key], shown));
  }
  return errors;
}

/** What the controller might not be able to keep count of. `field`: of the Job's spec. */
export function jobSpecWarnings(spec: JobSpec, field: string): string[] {
  const tooMuch =
    spec.completionMode === 'Indexed' &&
    (spec.completions ?? 0) > 100_000 &&
    (spec.parallelism ?? 0) > 10_000;
  return [
    ...(tooMuch
      ? [
          'In Indexed Jobs with a number of completions higher than 100000 and a parallelism higher than 10000, Kubernetes might not be able to track completedIndexes when a big number of indexes fail',
        ]
      : []),
    ...templateWarnings(spec.template, `${field}.template`),
  ];
}

/** Mirrors pkg/registry/batch/job/strategy.go. */
export const job: ResourceDefinition = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
  categories: ['all'],
  tracksGeneration: true,
  defaultPropagation: 'orphan',

  defaults(draft) {
    const made = asKind<Job>(draft);
    made.spec ??= {} as JobSpec;
    made.spec.template ??= {};
    defaultJobSpec(made.spec);
    labelsFromTemplate(made);
  },
  prepareForCreate(draft) {
    const made = asKind<Job>(draft);
    generateSelector(made);
    labelsFromTemplate(made);
    clearStatus(draft);
    prepareTemplate(made.spec?.template, undefined);
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    prepareTemplate(asKind<Job>(draft).spec?.template, asKind<Job>(old).spec?.template);
  },
  validate(object) {
    const made = asKind<Job>(object);
    return validateJob(made, templateOptions(made.spec?.template, undefined));
  },
  validateUpdate(object, old) {
    const made = asKind<Job>(object);
    const before = asKind<Job>(old);
    return [
      ...validateJob(made, templateOptions(made.spec?.template, before.spec?.template)),
      ...validateSpecUpdate(made, before),
    ];
  },
  warnings(object, old) {
    if (!specDiffers(object, old)) return [];
    const name = old === undefined ? podNameWarnings(object.metadata.name) : [];
    return [...name, ...jobSpecWarnings(specOf(asKind<Job>(object)), 'spec')];
  },

  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate: (object, old) => validateJobStatusUpdate(asKind<Job>(object), asKind<Job>(old)),
    },
  },
  selectablePaths: ['status.successful'],
  selectableFields: (object) => ({ 'status.successful': String(asKind<Job>(object).status?.succeeded ?? 0) }),
  table: jobTable,
};
