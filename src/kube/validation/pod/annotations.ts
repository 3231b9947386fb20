import type { PodSpec, SeccompProfile } from '../../api/core-v1.ts';
import { type FieldError, forbiddenField, goQuote, invalid } from '../../field-error.ts';
import { hasValidDeletionCost, type PodLike, type PodOptions } from './options.ts';
import { localDescending } from './paths.ts';
import { validateTolerations } from './scheduling.ts';
import { allContainers, placedContainers } from './visit.ts';

/** Annotations that Pods once had instead of fields, and those with a meaning of their own. */

export const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
export const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
export const appArmorContainer = 'container.apparmor.security.beta.kubernetes.io/';
const mirrorPod = 'kubernetes.io/config.mirror';
const tolerationsKey = 'scheduler.alpha.kubernetes.io/tolerations';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

type Annotations = { readonly [key: string]: string };

function validateSeccompText(profile: string, field: string): FieldError[] {
  if (profile === 'runtime/default' || profile === 'docker/default' || profile === 'unconfined') return [];
  if (profile.startsWith('localhost/')) return localDescending(profile.slice('localhost/'.length), field);
  return [invalid(field, profile, 'must be a valid seccomp profile')];
}

function validateTolerationText(text: string, field: string): FieldError[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return validateTolerations(parsed, `${field}.${tolerationsKey}`);
    return [
      invalid(field, tolerationsKey, `json: cannot unmarshal object into Go value of type []core.Toleration`),
    ];
  } catch {
    return [invalid(field, tolerationsKey, 'invalid character in the annotation')];
  }
}

export function validatePodAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  field: string,
  options: PodOptions,
): FieldError[] {
  if (!annotations) return [];
  const errors: FieldError[] = [];
  const mirror = annotations[mirrorPod];
  if (mirror !== undefined && !spec.nodeName)
    errors.push(
      invalid(`${field}[${mirrorPod}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set'),
    );
  const tolerations = annotations[tolerationsKey];
  if (tolerations) errors.push(...validateTolerationText(tolerations, field));
  if (!options.anyDeletionCost && !hasValidDeletionCost(annotations))
    errors.push(invalid(`${field}[${deletionCost}]`, annotations[deletionCost], 'must be a 32bit integer'));
  const ofPod = annotations[seccompPod];
  if (ofPod !== undefined) errors.push(...validateSeccompText(ofPod, `${field}.${seccompPod}`));
  for (const [key, value] of Object.entries(annotations))
    if (key.startsWith(seccompContainer)) errors.push(...validateSeccompText(value, `${field}.${key}`));
  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith(appArmorContainer)) continue;
    const name = key.slice(appArmorContainer.length);
    if (!allContainers(spec).some((container) => container.name === name))
      errors.push(invalid(`${field}[${key}]`, name, 'container not found'));
    if (
      value !== '' &&
      value !== 'runtime/default' &&
      value !== 'unconfined' &&
      !value.startsWith('localhost/')
    )
      errors.push(invalid(`${field}[${key}]`, value, `invalid AppArmor profile name: ${goQuote(value)}`));
  }
  return errors;
}

/** What an update may not do to them; the whole is checked as at the beginning. */
export function validatePodAnnotationUpdates(
  now: PodLike,
  old: PodLike,
  field: string,
  options: PodOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  const after: Annotations = now.metadata?.annotations ?? {};
  const before: Annotations = old.metadata?.annotations ?? {};
  const refuse = (key: string, verb: string) => {
    if (key.startsWith(appArmorContainer))
      errors.push(forbiddenField(`${field}[${key}]`, `may not ${verb} AppArmor annotations`));
    if (key === mirrorPod)
      errors.push(forbiddenField(`${field}[${key}]`, `may not ${verb} mirror pod annotation`));
  };
  for (const key of Object.keys(before)) if (after[key] !== before[key]) refuse(key, 'remove or update');
  for (const key of Object.keys(after)) if (before[key] === undefined) refuse(key, 'add');
  if (now.spec) errors.push(...validatePodAnnotations(after, now.spec, field, options));
  return errors;
}

function matchProfile(
  annotation: string,
  profile: SeccompProfile,
  field: string,
  what: 'seccomp' | 'apparmor',
): FieldError[] {
  const sameType = forbiddenField(`${field}.type`, `${what} type in annotation and field must match`);
  if (profile.type === 'Unconfined') return annotation === 'unconfined' ? [] : [sameType];
  if (profile.type === 'RuntimeDefault') {
    const same = annotation === 'runtime/default' || (what === 'seccomp' && annotation === 'docker/default');
    return same ? [] : [sameType];
  }
  if (profile.type !== 'Localhost') return [];
  if (!annotation.startsWith('localhost/')) return [sameType];
  return annotation.slice('localhost/'.length) === profile.localhostProfile
    ? []
    : [forbiddenField(`${field}.localhostProfile`, `${what} profile in annotation and field must match`)];
}

/** Whoever says both must say the same. `field`: of the spec. */
export function validateProfilesMatch(
  annotations: Annotations | undefined,
  spec: PodSpec,
  field: string,
): FieldError[] {
  if (!annotations) return [];
  const errors: FieldError[] = [];
  const ofPod = spec.securityContext?.seccompProfile;
  const text = annotations[seccompPod];
  if (ofPod && text !== undefined)
    errors.push(...matchProfile(text, ofPod, `${field}.securityContext.seccompProfile`, 'seccomp'));
  const containers = placedContainers(spec, field);
  for (const { container, path } of containers) {
    const profile = container.securityContext?.seccompProfile;
    const said = annotations[`${seccompContainer}${container.name}`];
    if (profile && said !== undefined)
      errors.push(...matchProfile(said, profile, `${path}.securityContext.seccompProfile`, 'seccomp'));
  }
  if (spec.os?.name === 'windows') return errors;
  for (const { container, path } of containers) {
    const profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    const said = annotations[`${appArmorContainer}${container.name}`];
    if (profile && said !== undefined)
      errors.push(...matchProfile(said, profile, `${path}.securityContext.appArmorProfile`, 'apparmor'));
  }
  return errors;
}
