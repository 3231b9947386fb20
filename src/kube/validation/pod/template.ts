import type { PodTemplateSpec } from '../../api/core-v1.ts';
import { type FieldError, forbiddenField } from '../../field-error.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { validatePodAnnotations, validateProfilesMatch } from './annotations.ts';
import { type PodOptions, podOptions } from './options.ts';
import { validatePodSpec } from './pod-spec.ts';

/** The options for a template that replaces `old`. */
export function templateOptions(
  template: PodTemplateSpec | undefined,
  old: PodTemplateSpec | undefined,
): PodOptions {
  return podOptions(false, template, old);
}

/** Mirrors ValidatePodTemplateSpec: what Deployments, Jobs and the rest make Pods of. */
export function validatePodTemplate(
  template: PodTemplateSpec,
  field: string,
  options: PodOptions,
): FieldError[] {
  const { metadata } = template;
  const spec = template.spec ?? { containers: [] };
  const errors = [
    ...validateLabels(metadata?.labels, `${field}.labels`),
    ...validateAnnotations(metadata?.annotations, `${field}.annotations`),
    ...validatePodAnnotations(metadata?.annotations, spec, `${field}.annotations`, options),
    ...validatePodSpec(spec, undefined, `${field}.spec`, options),
    ...validateProfilesMatch(metadata?.annotations, spec, `${field}.spec`),
  ];
  if (spec.ephemeralContainers?.length)
    errors.push(
      forbiddenField(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'),
    );
  return errors;
}
