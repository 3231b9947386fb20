import type { NetworkPolicy } from '../api/networking-v1.ts';
import { asKind } from '../object.ts';
import { networkPolicyTable } from '../printers/networking.ts';
import { validateNetworkPolicy } from '../validation/network-policy.ts';
import type { ResourceDefinition } from './definition.ts';

export const networkPolicy: ResourceDefinition = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
  shortNames: ['netpol'],
  tracksGeneration: true,
  /** Mirrors pkg/apis/networking/v1/defaults.go. */
  defaults(draft) {
    const policy = asKind<NetworkPolicy>(draft);
    policy.spec ??= { podSelector: {} };
    const { spec } = policy;
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
    if (spec.policyTypes === undefined || spec.policyTypes.length === 0)
      spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: (object) => validateNetworkPolicy(asKind<NetworkPolicy>(object)),
  validateUpdate: (object, old) =>
    validateNetworkPolicy(asKind<NetworkPolicy>(object), asKind<NetworkPolicy>(old)),
  table: networkPolicyTable,
};
