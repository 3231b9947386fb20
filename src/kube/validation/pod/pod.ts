import type { Container, Pod, PodSpec, Toleration } from '../../api/core-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../field-error.ts';
import { rangeMessage } from '../../names.ts';
import { cloneJson } from '../../object.ts';
import {
  validatePodAnnotations,
  validatePodAnnotationUpdates,
  validateProfilesMatch,
} from './annotations.ts';
import { validateImageText } from './containers.ts';
import { describeChange } from './diff.ts';
import { allowGatedChanges } from './gated.ts';
import { type PodOptions, podOptions } from './options.ts';
import { validatePodSpec } from './pod-spec.ts';
import { validateTolerations } from './scheduling.ts';
import { sameMeaning } from './semantic.ts';

const maxInt32 = 2147483647;
const specOf = (pod: Pod): PodSpec => pod.spec ?? { containers: [] };

/** `metadata` itself is the registry's. */
function validateWhole(pod: Pod, options: PodOptions): FieldError[] {
  const spec = specOf(pod);
  const errors = [
    ...validatePodAnnotations(pod.metadata?.annotations, spec, 'metadata.annotations', options),
    ...validatePodSpec(spec, pod.metadata?.name, 'spec', options),
  ];
  if (!spec.serviceAccountName)
    for (const [v, volume] of (spec.volumes ?? []).entries())
      for (const [s, source] of (volume.projected?.sources ?? []).entries())
        if (source.serviceAccountToken)
          errors.push(
            forbiddenField(
              `spec.volumes[${v}].projected.sources[${s}].serviceAccountToken`,
              'must not be specified when serviceAccountName is not set',
            ),
          );
  for (const list of ['containers', 'initContainers'] as const)
    for (const [i, container] of (spec[list] ?? []).entries())
      errors.push(...validateImageText(container, `spec.${list}[${i}]`));
  return errors;
}

/** Mirrors ValidatePodCreate. */
export function validatePodCreate(pod: Pod): FieldError[] {
  const spec = specOf(pod);
  const errors = validateWhole(pod, podOptions(true, pod, undefined));
  if (spec.ephemeralContainers?.length)
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && spec.schedulingGates?.length)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  errors.push(...validateProfilesMatch(pod.metadata?.annotations, spec, 'spec'));
  return errors;
}

function validateImages(after: readonly Container[], before: readonly Container[], field: string) {
  if (after.length !== before.length)
    return { errors: [forbiddenField(field, 'pod updates may not add or remove containers')], stop: true };
  const errors = after.flatMap((container, i) => {
    const missing = container.image ? [] : [required(`${field}[${i}].image`)];
    return [...missing, ...validateImageText(container, `${field}[${i}]`)];
  });
  return { errors, stop: false };
}

/** Tolerations may be added, and how long an old one holds may change. */
function onlyAddedTolerations(
  after: readonly Toleration[] | undefined,
  before: readonly Toleration[] | undefined,
  field: string,
): FieldError[] {
  const kept = (before ?? []).every((old) =>
    (after ?? []).some((now) =>
      sameMeaning({ ...old, tolerationSeconds: undefined }, { ...now, tolerationSeconds: undefined }),
    ),
  );
  if (!kept)
    return [forbiddenField(field, 'existing toleration can not be modified except its tolerationSeconds')];
  return validateTolerations(after, field);
}

function onlyRemovedGates(after: PodSpec, before: PodSpec): FieldError[] {
  const old = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  return (after.schedulingGates ?? []).flatMap(({ name = '' }, i) =>
    old.has(name)
      ? []
      : [
          forbiddenField(
            `spec.schedulingGates[${i}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

const updatable =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Mirrors ValidatePodUpdate: of a Pod's spec, almost nothing may change. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const options = podOptions(true, pod, old);
  const after = specOf(pod);
  const before = specOf(old);
  const errors = [
    ...validateWhole(pod, options),
    ...validatePodAnnotationUpdates(pod, old, 'metadata.annotations', options),
  ];
  for (const list of ['containers', 'initContainers'] as const) {
    const images = validateImages(after[list] ?? [], before[list] ?? [], `spec.${list}`);
    errors.push(...images.errors);
    if (images.stop) return errors;
  }
  const deadline = after.activeDeadlineSeconds;
  const oldDeadline = before.activeDeadlineSeconds;
  if (typeof deadline === 'number') {
    if (deadline < 0 || deadline > maxInt32)
      return [...errors, invalid('spec.activeDeadlineSeconds', deadline, rangeMessage(0, maxInt32))];
    if (typeof oldDeadline === 'number' && oldDeadline < deadline)
      return [
        ...errors,
        invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value'),
      ];
  } else if (typeof oldDeadline === 'number')
    errors.push(
      invalid(
        'spec.activeDeadlineSeconds',
        undefined,
        'must not update from a positive integer to nil value',
      ),
    );
  errors.push(
    ...onlyAddedTolerations(after.tolerations, before.tolerations, 'spec.tolerations'),
    ...onlyRemovedGates(after, before),
  );
  if (sameMeaning(after, before)) return errors;

  const allowed = cloneJson(after);
  for (const list of ['containers', 'initContainers'] as const)
    for (const [i, container] of (allowed[list] ?? []).entries()) container.image = before[list]?.[i]?.image;
  allowed.activeDeadlineSeconds = before.activeDeadlineSeconds;
  allowed.schedulingGates = before.schedulingGates;
  allowed.tolerations = before.tolerations;
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && allowed.terminationGracePeriodSeconds === 1)
    allowed.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  if (before.schedulingGates?.length) errors.push(...allowGatedChanges(allowed, before));
  if (!sameMeaning(allowed, before))
    errors.push(
      forbiddenField(
        'spec',
        `pod updates may not change fields other than ${updatable}\n${describeChange('PodSpec', before, allowed)}`,
      ),
    );
  return errors;
}

/** Mirrors ValidatePodEphemeralContainersUpdate: the `ephemeralcontainers` subresource. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  const options = podOptions(true, pod, old);
  const errors = [
    ...validateWhole(pod, options),
    ...validatePodAnnotationUpdates(pod, old, 'metadata.annotations', options),
  ];
  if (old.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined)
    return [forbiddenField('', 'static pods do not support ephemeral containers')];
  for (const before of specOf(old).ephemeralContainers ?? []) {
    const after = specOf(pod).ephemeralContainers?.find(({ name }) => name === before.name);
    const refuse = (what: string) =>
      errors.push(
        forbiddenField(
          'spec.ephemeralContainers',
          `existing ephemeral containers "${before.name}" may not be ${what}`,
        ),
      );
    if (after === undefined) refuse('removed\n');
    else if (!sameMeaning(before, after))
      refuse(`changed\n${describeChange('EphemeralContainer', before, after)}`);
  }
  return errors;
}
