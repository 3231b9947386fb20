import type { PriorityLevelConfiguration } from '../api/flowcontrol-v1.ts';
import { forbiddenField, notSupported, required } from '../field-error.ts';
import { asKind } from '../object.ts';
import { priorityLevelTable } from '../printers/policy.ts';
import type { ResourceDefinition } from './definition.ts';

/** Stored and shown; requests are not queued by it. */
export const priorityLevelConfiguration: ResourceDefinition = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  namespaced: false,
  tracksGeneration: true,
  /** Mirrors pkg/apis/flowcontrol/v1/defaults.go. */
  defaults(draft) {
    const { spec } = asKind<PriorityLevelConfiguration>(draft);
    if (spec?.exempt !== undefined) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    if (spec?.limited === undefined) return;
    spec.limited.nominalConcurrencyShares ??= 30;
    spec.limited.lendablePercent ??= 0;
    const queuing = spec.limited.limitResponse?.queuing;
    if (queuing === undefined) return;
    queuing.queues ||= 64;
    queuing.handSize ||= 8;
    queuing.queueLengthLimit ||= 50;
  },
  prepareForCreate(draft) {
    asKind<PriorityLevelConfiguration>(draft).status = {};
  },
  validate(object) {
    const { type = '', limited } = asKind<PriorityLevelConfiguration>(object).spec ?? {};
    if (type === 'Exempt')
      return limited === undefined
        ? []
        : [forbiddenField('spec.limited', 'must be nil if the type is not Limited')];
    if (type !== 'Limited') return [notSupported('spec.type', type, ['Exempt', 'Limited'])];
    return limited === undefined ? [required('spec.limited', 'must not be empty when type is Limited')] : [];
  },
  subresources: { status: {} },
  table: priorityLevelTable,
};
