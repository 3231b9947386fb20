import type { MatchResources, ValidatingAdmissionPolicy } from '../api/admissionregistration-v1.ts';
import { asKind } from '../object.ts';
import { validatingAdmissionPolicyTable } from '../printers/policy.ts';
import { validatePolicy } from '../validation/admission-policy.ts';
import type { ResourceDefinition } from './definition.ts';

/** Mirrors SetDefaults_MatchResources and SetDefaults_Rule of pkg/apis/admissionregistration/v1/defaults.go. */
export function applyMatchDefaults(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])])
    rule.scope ??= '*';
}

export const validatingAdmissionPolicy: ResourceDefinition = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  namespaced: false,
  categories: ['api-extensions'],
  tracksGeneration: true,
  defaults(draft) {
    const policy = asKind<ValidatingAdmissionPolicy>(draft);
    policy.spec ??= {};
    policy.spec.failurePolicy ??= 'Fail';
    applyMatchDefaults(policy.spec.matchConstraints);
  },
  prepareForCreate(draft) {
    asKind<ValidatingAdmissionPolicy>(draft).status = {};
  },
  validate: (object) => validatePolicy(asKind<ValidatingAdmissionPolicy>(object)),
  subresources: { status: {} },
  table: validatingAdmissionPolicyTable,
};
