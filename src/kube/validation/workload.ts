import type { PodTemplateSpec } from '../api/core-v1.ts';
import type { LabelSelector } from '../api/meta-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../field-error.ts';
import { goLabelSelector, goStringMap } from '../go-syntax.ts';
import { goIntOrString, type IntOrString } from '../int-or-string.ts';
import { isValidPercent } from '../names.ts';
import { labelSelectorFrom, type LabelSelector as Selector } from '../selectors/labels.ts';
import { validateLabelSelector } from '../selectors/validation.ts';
import { mustRestartAlways } from './pod/containers.ts';
import type { PodOptions } from './pod/options.ts';
import { nonNegative } from './pod/report.ts';
import { sameMeaning } from './pod/semantic.ts';
import { validatePodTemplate } from './pod/template.ts';

/** What the kinds that keep Pods have in common. Mirrors pkg/apis/apps/validation. */

/** Undefined when it is not valid. */
export function readSelector(selector: LabelSelector | undefined): Selector | undefined {
  try {
    return labelSelectorFrom(selector);
  } catch {
    return undefined;
  }
}

/** `of`: `deployment`, as the message for an empty selector calls the kind. */
export function validateSelector(
  selector: LabelSelector | undefined,
  field: string,
  of: string,
): FieldError[] {
  if (!selector) return [required(field)];
  const errors = validateLabelSelector(selector, field);
  if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0)
    errors.push(invalid(field, goLabelSelector(selector), `empty selector is invalid for ${of}`));
  return errors;
}

export function mustMatchTemplate(
  selector: Selector,
  template: PodTemplateSpec | undefined,
  field: string,
): FieldError[] {
  const labels = template?.metadata?.labels;
  if (selector.matches(labels)) return [];
  return [
    invalid(`${field}.metadata.labels`, goStringMap(labels), '`selector` does not match template `labels`'),
  ];
}

export const emptyTemplate = (template: PodTemplateSpec | undefined): PodTemplateSpec => template ?? {};

/** The template of a Deployment and of a ReplicaSet. */
export function validateRunningTemplate(
  template: PodTemplateSpec,
  selector: Selector,
  field: string,
  options: PodOptions,
  of: string,
): FieldError[] {
  const errors = selector.empty ? [] : mustMatchTemplate(selector, template, field);
  errors.push(
    ...validatePodTemplate(template, field, options),
    ...mustRestartAlways(template.spec?.restartPolicy, `${field}.spec.restartPolicy`),
  );
  if (typeof template.spec?.activeDeadlineSeconds === 'number') errors.push(noDeadline(field, of));
  return errors;
}

export function noDeadline(field: string, of: string): FieldError {
  return forbiddenField(
    `${field}.spec.activeDeadlineSeconds`,
    `activeDeadlineSeconds in ${of} is not Supported`,
  );
}

const percentValue = (value: IntOrString): number | undefined =>
  typeof value === 'string' && isValidPercent(value).length === 0 ? Number(value.slice(0, -1)) : undefined;

export function validatePositiveIntOrPercent(value: IntOrString, field: string): FieldError[] {
  if (typeof value === 'number') return nonNegative(field, value);
  return isValidPercent(value).map((message) => invalid(field, goIntOrString(value), message));
}

export function notMoreThan100Percent(value: IntOrString, field: string): FieldError[] {
  return (percentValue(value) ?? 0) > 100
    ? [invalid(field, goIntOrString(value), 'must not be greater than 100%')]
    : [];
}

/** The number, or the one before the `%`; 0 for other texts, as Go's IntValue says. */
export function intOrPercentValue(value: IntOrString): number {
  if (typeof value === 'number') return value;
  return percentValue(value) ?? (/^[+-]?\d+$/.test(value) ? Number(value) : 0);
}

/** `field is immutable`, unless both mean the same. `shown`: the new value as Go prints it. */
export function immutable(field: string, now: unknown, old: unknown, shown: unknown = now): FieldError[] {
  return sameMeaning(now, old) ? [] : [invalid(field, shown, 'field is immutable')];
}

export function immutableSelector(
  field: string,
  now: LabelSelector | undefined,
  old: LabelSelector | undefined,
): FieldError[] {
  return immutable(field, now, old, now ? goLabelSelector(now) : undefined);
}

/** None of a status' counters is negative. */
export function countersNotNegative<T extends object>(
  status: T,
  field: string,
  keys: readonly (keyof T & string)[],
): FieldError[] {
  return keys.flatMap((key) => nonNegative(`${field}.${key}`, status[key] as number | undefined));
}

/** Each of `keys` at most `status.replicas`. */
export function notMoreThanReplicas<T extends { replicas?: number | undefined }>(
  status: T,
  keys: readonly (keyof T & string)[],
): FieldError[] {
  return keys.flatMap((key) => {
    const value = (status[key] as number | undefined) ?? 0;
    return value > (status.replicas ?? 0)
      ? [invalid(`status.${key}`, value, 'cannot be greater than status.replicas')]
      : [];
  });
}

export function notMoreAvailableThanReady(
  status: { readyReplicas?: number | undefined; availableReplicas?: number | undefined },
  limit: string,
): FieldError[] {
  const available = status.availableReplicas ?? 0;
  return available > (status.readyReplicas ?? 0)
    ? [invalid('status.availableReplicas', available, `cannot be greater than ${limit}`)]
    : [];
}

export function notDecremented(
  now: number | undefined,
  old: number | undefined,
  field: string,
): FieldError[] {
  return typeof old === 'number' && (now ?? 0) < old
    ? [invalid(field, now ?? 0, 'cannot be decremented')]
    : [];
}
