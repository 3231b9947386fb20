import type { ValidatingAdmissionPolicyBinding } from '../api/admissionregistration-v1.ts';
import { asKind } from '../object.ts';
import { validatingAdmissionPolicyBindingTable } from '../printers/policy.ts';
import { validatePolicyBinding } from '../validation/admission-policy.ts';
import type { ResourceDefinition } from './definition.ts';
import { applyMatchDefaults } from './validating-admission-policy.ts';

export const validatingAdmissionPolicyBinding: ResourceDefinition = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  namespaced: false,
  categories: ['api-extensions'],
  tracksGeneration: true,
  defaults: (draft) =>
    applyMatchDefaults(asKind<ValidatingAdmissionPolicyBinding>(draft).spec?.matchResources),
  validate: (object) => validatePolicyBinding(asKind<ValidatingAdmissionPolicyBinding>(object)),
  table: validatingAdmissionPolicyBindingTable,
};
