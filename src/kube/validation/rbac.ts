import type { ClusterRole, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../api/rbac-v1.ts';
import { type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { goStrings, goStruct } from '../go-syntax.ts';
import { type Messages, nameIsDNSSubdomain, nameIsPathSegment } from '../names.ts';
import { labelSelectorHasInvalidValue, validateLabelSelector } from '../selectors/validation.ts';
import { invalidFor } from './messages.ts';
import { readSelector } from './workload.ts';

const group = 'rbac.authorization.k8s.io';

/** Anything that fits into a path, also as the beginning of a generated name. Mirrors ValidateRBACName. */
export const rbacName = (name: string): Messages => nameIsPathSegment(name, false);

/** Mirrors ValidatePolicyRule. */
function validatePolicyRule(rule: PolicyRule, namespaced: boolean, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!rule.verbs?.length) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
  const urls = rule.nonResourceURLs;
  if (urls?.length) {
    const wrong = (detail: string) => errors.push(invalid(`${at}.nonResourceURLs`, goStrings(urls), detail));
    if (namespaced) wrong('namespaced rules cannot apply to non-resource URLs');
    if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length)
      wrong('rules cannot apply to both regular resources and non-resource URLs');
    return errors;
  }
  if (!rule.apiGroups?.length)
    errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  if (!rule.resources?.length)
    errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  return errors;
}

export function validateRole({ rules }: Role): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => validatePolicyRule(rule, true, `rules[${i}]`));
}

/** Mirrors ValidateClusterRole. */
export function validateClusterRole(
  { rules, aggregationRule }: ClusterRole,
  old?: ClusterRole,
): FieldError[] {
  const errors = (rules ?? []).flatMap((rule, i) => validatePolicyRule(rule, false, `rules[${i}]`));
  if (aggregationRule === undefined) return errors;
  const at = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    errors.push(required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  const olds = old?.aggregationRule?.clusterRoleSelectors ?? [];
  const options = { allowInvalidValues: olds.some(labelSelectorHasInvalidValue) };
  for (const [i, selector] of selectors.entries()) {
    errors.push(...validateLabelSelector(selector, `${at}[${i}]`, options));
    // Upstream shows what came of reading it: nothing.
    if (readSelector(selector) === undefined)
      errors.push(invalid(`${at}[${i}]`, 'null', 'invalid label selector.'));
  }
  return errors;
}

/** Of both kinds of bindings; `namespaced` ones may refer to either kind of role. */
export function validateBinding({ roleRef, subjects }: RoleBinding, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const { apiGroup = '', kind = '', name = '' } = (roleRef ?? {}) as Partial<RoleRef>;
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (apiGroup !== group) errors.push(notSupported('roleRef.apiGroup', apiGroup, [group]));
  if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds));
  if (name === '') errors.push(required('roleRef.name'));
  else errors.push(...invalidFor(rbacName(name), 'roleRef.name', name));
  for (const [i, subject] of (subjects ?? []).entries())
    errors.push(...validateSubject(subject, namespaced, `subjects[${i}]`));
  return errors;
}

/** A binding stays with its role: changing it would hand out other rights under a known name. */
export function validateBindingUpdate(
  binding: RoleBinding,
  old: RoleBinding,
  namespaced: boolean,
): FieldError[] {
  const errors = validateBinding(binding, namespaced);
  const { apiGroup = '', kind = '', name = '' } = binding.roleRef ?? {};
  const before = old.roleRef ?? {};
  if (apiGroup !== before.apiGroup || kind !== before.kind || name !== before.name) {
    const shown = goStruct('rbac.RoleRef', [
      ['APIGroup', apiGroup],
      ['Kind', kind],
      ['Name', name],
    ]);
    errors.push(invalid('roleRef', shown, 'cannot change roleRef'));
  }
  return errors;
}

function validateSubject(subject: Subject, namespaced: boolean, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const { kind = '', name = '', apiGroup = '', namespace = '' } = subject;
  if (name === '') errors.push(required(`${at}.name`));
  if (kind === 'ServiceAccount') {
    if (name !== '') errors.push(...invalidFor(nameIsDNSSubdomain(name, false), `${at}.name`, name));
    if (apiGroup !== '') errors.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
    if (!namespaced && namespace === '') errors.push(required(`${at}.namespace`));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== group) errors.push(notSupported(`${at}.apiGroup`, apiGroup, [group]));
  } else errors.push(notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  return errors;
}
