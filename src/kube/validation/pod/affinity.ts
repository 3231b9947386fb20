import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodAntiAffinity,
} from '../../api/core-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../field-error.ts';
import { isValidLabelValue, nameIsDNSLabel, nameIsDNSSubdomain } from '../../names.ts';
import { validateLabelSelector } from '../../selectors/validation.ts';
import { validateLabelName } from '../metadata.ts';
import { invalidFor } from './report.ts';

const wrongOperator = 'not a valid selector operator';

function validateRequirement(
  requirement: NodeSelectorRequirement,
  field: string,
  anyValue: boolean,
): FieldError[] {
  const { key = '', operator = '', values = [] } = requirement;
  const errors: FieldError[] = [];
  const at = `${field}.values`;
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(required(at, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1)
      errors.push(required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalid(`${field}.operator`, operator, wrongOperator));
  errors.push(...validateLabelName(key, `${field}.key`));
  if (!anyValue)
    for (const [i, value] of values.entries())
      errors.push(...invalidFor(`${at}[${i}]`, value, isValidLabelValue(value)));
  return errors;
}

function validateFieldRequirement(requirement: NodeSelectorRequirement, field: string): FieldError[] {
  const { key = '', operator = '', values = [] } = requirement;
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length !== 1)
      errors.push(
        required(
          `${field}.values`,
          "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
        ),
      );
  } else errors.push(invalid(`${field}.operator`, operator, wrongOperator));
  if (key !== 'metadata.name') errors.push(invalid(`${field}.key`, key, 'not a valid field selector key'));
  else
    for (const [i, value] of values.entries())
      errors.push(...invalidFor(`${field}.values[${i}]`, value, nameIsDNSSubdomain(value, false)));
  return errors;
}

function validateTerm(term: NodeSelectorTerm, field: string, anyValue: boolean): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((requirement, i) =>
      validateRequirement(requirement, `${field}.matchExpressions[${i}]`, anyValue),
    ),
    ...(term.matchFields ?? []).flatMap((requirement, i) =>
      validateFieldRequirement(requirement, `${field}.matchFields[${i}]`),
    ),
  ];
}

/** `anyValue`: Pods may ask for labels that no node can have; volumes may not. */
export function validateNodeSelector(selector: NodeSelector, field: string, anyValue = true): FieldError[] {
  const at = `${field}.nodeSelectorTerms`;
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')];
  return terms.flatMap((term, i) => validateTerm(term, `${at}[${i}]`, anyValue));
}

const isWeight = (weight: number) => weight > 0 && weight <= 100;

function validateNodeAffinity(affinity: NodeAffinity, field: string): FieldError[] {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: selector,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = affinity;
  const errors: FieldError[] = [];
  if (selector)
    errors.push(...validateNodeSelector(selector, `${field}.requiredDuringSchedulingIgnoredDuringExecution`));
  for (const [i, { weight = 0, preference = {} }] of (preferred ?? []).entries()) {
    const at = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    if (!isWeight(weight)) errors.push(invalid(`${at}.weight`, weight, 'must be in the range 1-100'));
    errors.push(...validateTerm(preference, `${at}.preference`, true));
  }
  return errors;
}

/** The selectors of a term; whether an old one holds values that would be refused is asked of this too. */
export function validateTermSelectors(term: PodAffinityTerm, field: string, anyValue: boolean): FieldError[] {
  return [
    ...validateLabelSelector(term.labelSelector, `${field}.labelSelector`, { allowInvalidValues: anyValue }),
    ...validateLabelSelector(term.namespaceSelector, `${field}.namespaceSelector`, {
      allowInvalidValues: anyValue,
    }),
  ];
}

function validateLabelKeys(term: PodAffinityTerm, field: string): FieldError[] {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const errors: FieldError[] = [];
  for (const [name, keys] of [
    ['matchLabelKeys', matchLabelKeys],
    ['mismatchLabelKeys', mismatchLabelKeys],
  ] as const) {
    if (keys.length === 0) continue;
    if (!labelSelector)
      errors.push(forbiddenField(`${field}.${name}`, 'must not be specified when labelSelector is not set'));
    else errors.push(...keys.flatMap((key, i) => validateLabelName(key, `${field}.${name}[${i}]`)));
  }
  if (labelSelector) {
    const known = new Set(Object.keys(labelSelector.matchLabels ?? {}));
    for (const { key } of labelSelector.matchExpressions ?? []) {
      const i = matchLabelKeys.lastIndexOf(key);
      if (i >= 0 && known.has(key))
        errors.push(invalid(`${field}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector'));
      known.add(key);
    }
  }
  for (const [i, key] of matchLabelKeys.entries())
    if (mismatchLabelKeys.includes(key))
      errors.push(
        invalid(`${field}.matchLabelKeys[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'),
      );
  return errors;
}

function validatePodTerm(term: PodAffinityTerm, field: string, anyValue: boolean): FieldError[] {
  const { namespaces, topologyKey = '' } = term;
  const errors = validateTermSelectors(term, field, anyValue);
  for (const name of namespaces ?? [])
    errors.push(...invalidFor(`${field}.namespace`, name, nameIsDNSLabel(name, false)));
  errors.push(...validateLabelKeys(term, field));
  if (topologyKey === '') errors.push(required(`${field}.topologyKey`, 'can not be empty'));
  errors.push(...validateLabelName(topologyKey, `${field}.topologyKey`));
  return errors;
}

function validatePodAffinity(
  affinity: PodAffinity | PodAntiAffinity,
  field: string,
  anyValue: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, term] of (affinity.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries())
    errors.push(
      ...validatePodTerm(term, `${field}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`, anyValue),
    );
  for (const [i, { weight = 0, podAffinityTerm }] of (
    affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []
  ).entries()) {
    const at = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    if (!isWeight(weight)) errors.push(invalid(`${at}.weight`, weight, 'must be in the range 1-100'));
    errors.push(
      ...validatePodTerm(podAffinityTerm ?? { topologyKey: '' }, `${at}.podAffinityTerm`, anyValue),
    );
  }
  return errors;
}

export function validateAffinity(
  affinity: Affinity | undefined,
  field: string,
  anySelectorValue: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (affinity?.nodeAffinity)
    errors.push(...validateNodeAffinity(affinity.nodeAffinity, `${field}.nodeAffinity`));
  for (const key of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = affinity?.[key];
    if (terms) errors.push(...validatePodAffinity(terms, `${field}.${key}`, anySelectorValue));
  }
  return errors;
}

/** Every term between Pods, wanted or shunned. */
export function podTermsOf(affinity: Affinity | undefined): PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((side) => [
    ...(side?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm ?? { topologyKey: '' },
    ),
  ]);
}
