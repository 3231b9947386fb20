import type { Toleration, TopologySpreadConstraint } from '../../api/core-v1.ts';
import type { LabelSelector } from '../../api/meta-v1.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../field-error.ts';
import { isValidLabelValue } from '../../names.ts';
import { validateLabelSelector } from '../../selectors/validation.ts';
import { validateLabelName } from '../metadata.ts';
import { oneOfGiven } from './report.ts';

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(
  tolerations: readonly Toleration[] | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, { key = '', operator = '', value = '', effect = '', tolerationSeconds }] of (
    tolerations ?? []
  ).entries()) {
    const at = `${field}[${i}]`;
    if (key !== '') errors.push(...validateLabelName(key, `${at}.key`));
    else if (operator !== 'Exists')
      errors.push(
        invalid(
          `${at}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (typeof tolerationSeconds === 'number' && effect !== 'NoExecute')
      errors.push(
        invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    if (operator === 'Equal' || operator === '') {
      const problems = isValidLabelValue(value);
      if (problems.length > 0) errors.push(invalid(`${at}.operator`, value, problems.join(';')));
    } else if (operator === 'Exists') {
      if (value !== '')
        errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (effect !== '') errors.push(...oneOfGiven(`${at}.effect`, effect, taintEffects));
  }
  return errors;
}

function validateMinDomains(
  { minDomains, whenUnsatisfiable = '' }: TopologySpreadConstraint,
  field: string,
): FieldError[] {
  if (typeof minDomains !== 'number') return [];
  const errors: FieldError[] = [];
  if (minDomains <= 0) errors.push(invalid(field, minDomains, 'must be greater than zero'));
  if (whenUnsatisfiable !== 'DoNotSchedule')
    errors.push(
      invalid(
        field,
        minDomains,
        `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
      ),
    );
  return errors;
}

/** Keys that a selector speaks of. */
function selectorKeys(selector: LabelSelector | undefined): Set<string> {
  return new Set([
    ...Object.keys(selector?.matchLabels ?? {}),
    ...(selector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
}

function validateMatchLabelKeys(
  { matchLabelKeys, labelSelector }: TopologySpreadConstraint,
  field: string,
): FieldError[] {
  if (!matchLabelKeys?.length) return [];
  const errors: FieldError[] = [];
  if (!labelSelector)
    errors.push(forbiddenField(field, 'must not be specified when labelSelector is not set'));
  const known = selectorKeys(labelSelector);
  for (const [i, key] of matchLabelKeys.entries()) {
    errors.push(...validateLabelName(key, `${field}[${i}]`));
    if (known.has(key))
      errors.push(invalid(`${field}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector'));
  }
  return errors;
}

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  field: string,
  anySelector: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  const list = constraints ?? [];
  for (const [i, constraint] of list.entries()) {
    const at = `${field}[${i}]`;
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '' } = constraint;
    if (maxSkew <= 0) errors.push(invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (topologyKey === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    errors.push(
      ...oneOfGiven(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']),
    );
    const again = list
      .slice(i + 1)
      .some(
        (other) =>
          (other.topologyKey ?? '') === topologyKey && (other.whenUnsatisfiable ?? '') === whenUnsatisfiable,
      );
    if (again)
      errors.push(
        duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`),
      );
    errors.push(...validateMinDomains(constraint, `${at}.minDomains`));
    for (const key of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[key];
      if (typeof policy === 'string') errors.push(...oneOfGiven(`${at}.${key}`, policy, ['Honor', 'Ignore']));
    }
    errors.push(...validateMatchLabelKeys(constraint, `${at}.matchLabelKeys`));
    if (!anySelector) errors.push(...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`));
  }
  return errors;
}
