import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../api/policy-v1.ts';
import { type FieldError, invalid } from '../field-error.ts';
import { goPointer, goStruct } from '../go-syntax.ts';
import { asKind } from '../object.ts';
import { podDisruptionBudgetTable } from '../printers/workloads.ts';
import { labelSelectorHasInvalidValue, validateLabelSelector } from '../selectors/validation.ts';
import { oneOfGiven } from '../validation/pod/report.ts';
import {
  countersNotNegative,
  notMoreThan100Percent,
  validatePositiveIntOrPercent,
} from '../validation/workload.ts';
import type { ResourceDefinition } from './definition.ts';
import { clearStatus, keepSpec, keepStatus } from './workload.ts';

const given = (value: unknown) => value !== undefined && value !== null;

/** Mirrors ValidatePodDisruptionBudgetSpec. */
function validateSpec(spec: PodDisruptionBudgetSpec, anySelectorValue: boolean): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const errors: FieldError[] = [];
  if (given(minAvailable) && given(maxUnavailable)) {
    const shown = goStruct('policy.PodDisruptionBudgetSpec', [
      ['MinAvailable', goPointer('intstr.IntOrString', true)],
      ['Selector', goPointer('v1.LabelSelector', given(selector))],
      ['MaxUnavailable', goPointer('intstr.IntOrString', true)],
      ['UnhealthyPodEvictionPolicy', goPointer('policy.UnhealthyPodEvictionPolicyType', given(policy))],
    ]);
    errors.push(invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const key of ['minAvailable', 'maxUnavailable'] as const) {
    const value = spec[key];
    if (value === undefined) continue;
    errors.push(
      ...validatePositiveIntOrPercent(value, `spec.${key}`),
      ...notMoreThan100Percent(value, `spec.${key}`),
    );
  }
  errors.push(...validateLabelSelector(selector, 'spec.selector', { allowInvalidValues: anySelectorValue }));
  if (typeof policy === 'string')
    errors.push(...oneOfGiven('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget']));
  return errors;
}

/** Mirrors pkg/registry/policy/poddisruptionbudget/strategy.go. */
export const podDisruptionBudget: ResourceDefinition = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
  shortNames: ['pdb'],
  tracksGeneration: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: clearStatus,
  prepareForUpdate: keepStatus,
  validate: (object) => validateSpec(asKind<PodDisruptionBudget>(object).spec ?? {}, false),
  validateUpdate: (object, old) =>
    validateSpec(
      asKind<PodDisruptionBudget>(object).spec ?? {},
      labelSelectorHasInvalidValue(asKind<PodDisruptionBudget>(old).spec?.selector),
    ),
  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate(object) {
        const status = asKind<PodDisruptionBudget>(object).status;
        if (status === undefined) return [];
        return countersNotNegative(status, 'status', [
          'disruptionsAllowed',
          'currentHealthy',
          'desiredHealthy',
          'expectedPods',
        ]);
      },
    },
  },
  table: podDisruptionBudgetTable,
};
