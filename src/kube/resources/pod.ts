import type { Pod } from '../api/core-v1.ts';
import { defaultPod, mirrorServiceAccount } from '../defaults/pod.ts';
import { asKind } from '../object.ts';
import { qosClassOf } from '../qos.ts';
import type { ResourceDefinition } from './definition.ts';

const selectablePaths = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.podIPs',
  'status.nominatedNodeName',
] as const;

/** Mirrors pkg/registry/core/pod/strategy.go. */
export const pod: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  shortNames: ['po'],
  categories: ['all'],
  returnsDeletedObject: true,

  defaults: (draft) => defaultPod(asKind<Pod>(draft)),

  prepareForCreate(draft) {
    const created = asKind<Pod>(draft);
    if (created.spec) mirrorServiceAccount(created.spec);
    created.status = { phase: 'Pending', qosClass: qosClassOf(created) };
  },

  prepareForUpdate(draft, old) {
    const updated = asKind<Pod>(draft);
    if (updated.spec) mirrorServiceAccount(updated.spec);
    updated.status = asKind<Pod>(old).status;
  },

  validate: () => [],

  graceSeconds(object, requested) {
    const { spec, status } = asKind<Pod>(object);
    if (!spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
    const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },

  subresources: { status: {} },

  selectablePaths,
  selectableFields(object) {
    const { spec, status } = asKind<Pod>(object);
    return {
      'spec.nodeName': spec?.nodeName ?? '',
      'spec.restartPolicy': spec?.restartPolicy ?? '',
      'spec.schedulerName': spec?.schedulerName ?? '',
      'spec.serviceAccountName': spec?.serviceAccountName ?? '',
      'spec.hostNetwork': String(spec?.hostNetwork ?? false),
      'status.phase': status?.phase ?? '',
      'status.podIP': status?.podIPs?.[0]?.ip ?? '',
      // Upstream lets it be asked for and never fills it.
      'status.podIPs': '',
      'status.nominatedNodeName': status?.nominatedNodeName ?? '',
    };
  },
};
