import type { Lease } from '../api/coordination-v1.ts';
import { invalid } from '../field-error.ts';
import { asKind, type KubeObject } from '../object.ts';
import { leaseTable } from '../printers/policy.ts';
import type { ResourceDefinition } from './definition.ts';

/** Coordinated leader election is not on. */
function dropDisabled(draft: KubeObject): void {
  const { spec } = asKind<Lease>(draft);
  delete spec?.strategy;
  delete spec?.preferredHolder;
}

export const lease: ResourceDefinition = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: dropDisabled,
  prepareForUpdate: dropDisabled,
  /** Mirrors ValidateLeaseSpec of pkg/apis/coordination/validation. */
  validate(object) {
    const { leaseDurationSeconds: duration, leaseTransitions: transitions } =
      asKind<Lease>(object).spec ?? {};
    return [
      ...(duration !== undefined && duration <= 0
        ? [invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
        : []),
      ...(transitions !== undefined && transitions < 0
        ? [invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
        : []),
    ];
  },
  table: leaseTable,
};
