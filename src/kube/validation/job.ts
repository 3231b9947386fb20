import type { Job, JobSpec, PodFailurePolicyRule } from '../api/batch-v1.ts';
import {
  duplicate,
  type FieldError,
  GoText,
  goQuote,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../field-error.ts';
import { goLabelSelector, goPointer, goStringMap, goStruct } from '../go-syntax.ts';
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, utf8Length } from '../names.ts';
import { validateLabelSelector } from '../selectors/validation.ts';
import { validateSuccessPolicy } from './job-indexes.ts';
import type { PodOptions } from './pod/options.ts';
import { invalidFor, nonNegative, oneOfGiven } from './pod/report.ts';
import { validatePodTemplate } from './pod/template.ts';
import { mustMatchTemplate, readSelector } from './workload.ts';

/** Mirrors pkg/apis/batch/validation: Jobs and the templates of CronJobs. */

export const uidLabel = 'batch.kubernetes.io/controller-uid';
export const nameLabel = 'batch.kubernetes.io/job-name';
export const oldUidLabel = 'controller-uid';
export const oldNameLabel = 'job-name';

const maxIndexes = 100_000;
const highCompletions = 100_000;
const limitForHighCompletions = 10_000;

/** An error without its value: `field.OmitValueType`. */
export function invalidWhole(field: string, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, body: `Invalid value: ${detail}` };
}

function hasLabel(job: Job, key: string, expected: string): FieldError[] {
  const labels = job.spec?.template?.metadata?.labels;
  const actual = labels?.[key];
  const field = `spec.template.metadata.labels[${key}]`;
  if (actual === undefined) return [required(field, `must be '${expected}'`)];
  return actual === expected ? [] : [invalid(field, goStringMap(labels), `must be '${expected}'`)];
}

/** What the server makes up must be there, whatever the client said. */
function validateGenerated(job: Job): FieldError[] {
  const { spec, metadata } = job;
  if (spec?.manualSelector || !spec?.selector) return [];
  const uid = metadata?.uid ?? '';
  const name = metadata?.name ?? '';
  const errors: FieldError[] = uid === '' ? [required('metadata.uid')] : [];
  errors.push(
    ...hasLabel(job, oldUidLabel, uid),
    ...hasLabel(job, oldNameLabel, name),
    ...hasLabel(job, uidLabel, uid),
    ...hasLabel(job, nameLabel, name),
  );
  const generated = { [uidLabel]: uid, [nameLabel]: name, [oldUidLabel]: uid, [oldNameLabel]: name };
  const selector = readSelector(spec.selector);
  if (selector !== undefined && !selector.matches(generated))
    errors.push(invalid('spec.selector', goLabelSelector(spec.selector), '`selector` not auto-generated'));
  return errors;
}

/** Everything but the metadata. */
export function validateJob(job: Job, options: PodOptions): FieldError[] {
  const spec: JobSpec = job.spec ?? { template: {} };
  const errors = [...validateGenerated(job), ...validateJobSpec(spec, 'spec', options)];
  const { completions } = spec;
  if (spec.completionMode === 'Indexed' && typeof completions === 'number' && completions > 0) {
    const hostname = `${job.metadata?.name ?? ''}-${completions - 1}`;
    if (isDNS1123Label(hostname).length > 0)
      errors.push(
        invalid(
          'metadata.name',
          job.metadata?.name ?? '',
          `will not able to create pod with invalid DNS label: ${hostname}`,
        ),
      );
  }
  return errors;
}

/** With the selector, which templates of CronJobs do not have. */
export function validateJobSpec(spec: JobSpec, field: string, options: PodOptions): FieldError[] {
  const errors = validateJobBody(spec, field, options);
  if (!spec.selector) errors.push(required(`${field}.selector`));
  else
    errors.push(
      ...validateLabelSelector(spec.selector, `${field}.selector`, {
        allowInvalidValues: options.anySelectorValue,
      }),
    );
  const selector = readSelector(spec.selector);
  if (selector !== undefined) errors.push(...mustMatchTemplate(selector, spec.template, `${field}.template`));
  return errors;
}

function validateManagedBy(value: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const [domain = '', ...rest] = value.split('/');
  const path = rest.join('/');
  if (value === '') errors.push(required(field));
  else if (domain === '' || path === '')
    errors.push(invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  else {
    errors.push(...invalidFor(field, domain, isDNS1123Subdomain(domain)));
    if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path))
      errors.push(
        invalid(
          field,
          path,
          "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
        ),
      );
  }
  if (utf8Length(value) > 63) errors.push(tooLong(field, '', 63));
  return errors;
}

function validateIndexed(spec: JobSpec, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const { completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const above = (key: 'parallelism' | 'maxFailedIndexes', limit: number, rule: string) => {
    const value = spec[key];
    if (typeof value === 'number' && value > limit) errors.push(invalid(`${field}.${key}`, value, rule));
  };
  if (typeof completions !== 'number')
    errors.push(required(`${field}.completions`, 'when completion mode is Indexed'));
  above(
    'parallelism',
    maxIndexes,
    `must be less than or equal to ${maxIndexes} when completion mode is Indexed`,
  );
  if (typeof completions === 'number')
    above('maxFailedIndexes', completions, 'must be less than or equal to completions');
  above('maxFailedIndexes', maxIndexes, `must be less than or equal to ${maxIndexes}`);
  if (typeof completions !== 'number' || completions <= highCompletions || backoffLimitPerIndex === undefined)
    return errors;
  if (maxFailedIndexes === undefined)
    errors.push(
      required(`${field}.maxFailedIndexes`, `must be specified when completions is above ${highCompletions}`),
    );
  const rule = `must be less than or equal to ${limitForHighCompletions} when completions are above ${highCompletions} and used with backoff limit per index`;
  if (parallelism !== undefined) above('parallelism', limitForHighCompletions, rule);
  above('maxFailedIndexes', limitForHighCompletions, rule);
  return errors;
}

function validateMode(spec: JobSpec, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const mode = spec.completionMode ?? 'NonIndexed';
  errors.push(...oneOfGiven(`${field}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  if (mode === 'Indexed') errors.push(...validateIndexed(spec, field));
  if (mode === 'NonIndexed')
    for (const key of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
      if (typeof spec[key] === 'number')
        errors.push(invalid(`${field}.${key}`, spec[key], 'requires indexed completion mode'));
  return errors;
}

export function validateJobBody(spec: JobSpec, field: string, options: PodOptions): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const)
    errors.push(...nonNegative(`${field}.${key}`, spec[key]));
  if (typeof spec.maxFailedIndexes === 'number' && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (typeof spec.managedBy === 'string')
    errors.push(...validateManagedBy(spec.managedBy, `${field}.managedBy`));
  errors.push(...validateMode(spec, field));
  if (spec.podFailurePolicy) errors.push(...validateFailurePolicy(spec, `${field}.podFailurePolicy`));
  if (spec.successPolicy) {
    if (spec.completionMode === 'Indexed')
      errors.push(...validateSuccessPolicy(spec, `${field}.successPolicy`));
    else {
      const rules = (spec.successPolicy.rules ?? []).map((rule) =>
        goStruct('batch.SuccessPolicyRule', [
          ['SucceededIndexes', goPointer('string', rule.succeededIndexes !== undefined)],
          ['SucceededCount', goPointer('int32', rule.succeededCount !== undefined)],
        ]),
      );
      const shown = `batch.SuccessPolicy{Rules:[]batch.SuccessPolicyRule{${rules.map(({ text }) => text).join(', ')}}}`;
      errors.push(invalid(`${field}.successPolicy`, new GoText(shown), 'requires indexed completion mode'));
    }
  }
  const replacement = spec.podReplacementPolicy;
  if (typeof replacement === 'string')
    errors.push(
      ...oneOfGiven(
        `${field}.podReplacementPolicy`,
        replacement,
        spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'],
      ),
    );
  const template = spec.template ?? {};
  errors.push(...validatePodTemplate(template, `${field}.template`, options));
  const restart = template.spec?.restartPolicy ?? '';
  const at = `${field}.template.spec.restartPolicy`;
  if (restart === '' || restart === 'Always') errors.push(required(at, 'valid values: "OnFailure", "Never"'));
  else if (restart !== 'OnFailure' && restart !== 'Never')
    errors.push(notSupported(at, restart, ['OnFailure', 'Never']));
  else if (spec.podFailurePolicy && restart !== 'Never')
    errors.push(invalid(at, restart, 'only "Never" is supported when podFailurePolicy is specified'));
  return errors;
}

const quoted = (values: readonly string[]) => `valid values: [${values.map(goQuote).join(' ')}]`;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const maxRules = 20;

function validateFailurePolicy(spec: JobSpec, field: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const pod = spec.template?.spec;
  const containers = new Set(
    [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name),
  );
  const errors: FieldError[] =
    rules.length > maxRules ? [tooMany(`${field}.rules`, rules.length, maxRules)] : [];
  for (const [i, rule] of rules.entries())
    errors.push(...validateFailureRule(rule, spec, containers, `${field}.rules[${i}]`));
  return errors;
}

function validateFailureRule(
  rule: PodFailurePolicyRule,
  spec: JobSpec,
  containers: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const action = rule.action ?? '';
  const errors: FieldError[] = [];
  if (action === '') errors.push(required(`${field}.action`, quoted(actions)));
  else if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined)
      errors.push(invalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  } else errors.push(...oneOfGiven(`${field}.action`, action, actions));
  const conditions = rule.onPodConditions ?? [];
  if (rule.onExitCodes)
    errors.push(...validateExitCodes(rule.onExitCodes, containers, `${field}.onExitCodes`));
  if (conditions.length > maxRules)
    errors.push(tooMany(`${field}.onPodConditions`, conditions.length, maxRules));
  for (const [i, { type = '', status = '' }] of conditions.entries()) {
    const at = `${field}.onPodConditions[${i}]`;
    errors.push(...invalidFor(`${at}.type`, type, isQualifiedName(type)));
    if (status === '') errors.push(required(`${at}.status`, quoted(['False', 'True', 'Unknown'])));
    else errors.push(...oneOfGiven(`${at}.status`, status, ['False', 'True', 'Unknown']));
  }
  if (rule.onExitCodes && conditions.length > 0)
    errors.push(invalidWhole(field, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!rule.onExitCodes && conditions.length === 0)
    errors.push(invalidWhole(field, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return errors;
}

const maxExitCodes = 255;

function validateExitCodes(
  codes: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  containers: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const { operator = '', containerName, values = [] } = codes;
  const errors: FieldError[] = [];
  if (operator === '') errors.push(required(`${field}.operator`, quoted(['In', 'NotIn'])));
  else errors.push(...oneOfGiven(`${field}.operator`, operator, ['In', 'NotIn']));
  if (typeof containerName === 'string' && !containers.has(containerName))
    errors.push(
      invalid(
        `${field}.containerName`,
        containerName,
        'must be one of the container or initContainer names in the pod template',
      ),
    );
  const at = `${field}.values`;
  const shown = new GoText(values.length === 0 ? '[]int32(nil)' : `[]int32{${values.join(', ')}}`);
  if (values.length === 0) errors.push(invalid(at, shown, 'at least one value is required'));
  else if (values.length > maxExitCodes) errors.push(tooMany(at, values.length, maxExitCodes));
  const seen = new Set<number>();
  for (const [i, code] of values.entries()) {
    if (operator === 'In' && code === 0)
      errors.push(invalid(`${at}[${i}]`, code, 'must not be 0 for the In operator'));
    if (seen.has(code)) errors.push(duplicate(`${at}[${i}]`, code));
    seen.add(code);
  }
  if (values.some((code, i) => i > 0 && (values[i - 1] ?? 0) > code))
    errors.push(invalid(at, shown, 'must be ordered'));
  return errors;
}
