import type { PriorityClass } from '../api/scheduling-v1.ts';
import { type FieldError, forbiddenField, invalid, notSupported } from '../field-error.ts';
import { asKind, type KubeObject } from '../object.ts';
import { priorityClassTable } from '../printers/policy.ts';
import { immutableMessage } from '../validation/messages.ts';
import type { ResourceDefinition } from './definition.ts';

const highestUserValue = 1_000_000_000;
const systemValues: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
]);

/** Why a `system-` class is not one of the two that exist, in upstream's words. */
function systemProblem(name: string, value: number, globalDefault: boolean | undefined): string | undefined {
  const known = systemValues.get(name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault === true ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

/** Mirrors ValidatePriorityClass of pkg/apis/scheduling/validation. */
function validate(object: KubeObject): FieldError[] {
  const { metadata, value = 0, globalDefault, preemptionPolicy: policy } = asKind<PriorityClass>(object);
  const name = metadata?.name ?? '';
  const errors: FieldError[] = [];
  if (name.startsWith('system-')) {
    const problem = systemProblem(name, value, globalDefault);
    if (problem !== undefined)
      errors.push(
        forbiddenField(
          'metadata.name',
          `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`,
        ),
      );
  } else if (value > highestUserValue)
    errors.push(
      forbiddenField('value', `maximum allowed value of a user defined priority is ${highestUserValue}`),
    );
  const policies = ['PreemptLowerPriority', 'Never'];
  if (policy !== undefined && !policies.includes(policy))
    errors.push(notSupported('preemptionPolicy', policy, policies));
  return errors;
}

export const priorityClass: ResourceDefinition = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  namespaced: false,
  shortNames: ['pc'],
  tracksGeneration: true,
  defaults(draft) {
    asKind<PriorityClass>(draft).preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate,
  validateUpdate(object, old) {
    const after = asKind<PriorityClass>(object);
    const before = asKind<PriorityClass>(old);
    const errors: FieldError[] = [];
    if ((after.value ?? 0) !== (before.value ?? 0))
      errors.push(forbiddenField('value', 'may not be changed in an update.'));
    if (after.preemptionPolicy !== before.preemptionPolicy)
      errors.push(invalid('preemptionPolicy', after.preemptionPolicy, immutableMessage));
    return errors;
  },
  table: priorityClassTable,
};
