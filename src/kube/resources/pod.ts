import type { Pod, PodStatus } from '../api/core-v1.ts';
import type { ObjectMeta } from '../api/meta-v1.ts';
import { dropDisabledPodFields, dropDisabledPodStatus } from '../defaults/disabled.ts';
import { defaultPod, mirrorServiceAccount } from '../defaults/pod.ts';
import { appArmorFromAnnotations, applyMatchLabelKeys } from '../defaults/pod-create.ts';
import { isDNS1123Label } from '../names.ts';
import { asKind } from '../object.ts';
import { podTable } from '../printers/pod.ts';
import { qosClassOf } from '../qos.ts';
import { validatePodCreate, validatePodUpdate } from '../validation/pod/pod.ts';
import { validatePodStatusUpdate } from '../validation/pod/pod-status.ts';
import { podWarnings } from '../validation/pod/warnings.ts';
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

function restore<K extends keyof ObjectMeta>(meta: ObjectMeta, old: ObjectMeta | undefined, key: K): void {
  const value = old?.[key];
  if (value === undefined) delete meta[key];
  else meta[key] = value;
}

/** `podIP` is the first of `podIPs`; where they differ, it wins. Mirrors pkg/apis/core/v1/conversion.go. */
function mirrorPodIP(status: PodStatus | undefined): void {
  if (status === undefined) return;
  const { podIP, podIPs } = status;
  if (podIP && podIPs?.[0]?.ip !== podIP) status.podIPs = [{ ip: podIP }];
  else if (podIPs?.[0] !== undefined) status.podIP = podIPs[0].ip;
}

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

  defaults(draft) {
    const draftPod = asKind<Pod>(draft);
    defaultPod(draftPod);
    mirrorPodIP(draftPod.status);
  },

  prepareForCreate(draft, { now }) {
    const created = asKind<Pod>(draft);
    if (created.spec) mirrorServiceAccount(created.spec);
    created.status = { phase: 'Pending', qosClass: qosClassOf(created) };
    dropDisabledPodFields(created.spec, undefined);
    if (created.spec?.schedulingGates?.length)
      created.status.conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          lastTransitionTime: now,
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ];
    applyMatchLabelKeys(created);
    appArmorFromAnnotations(created);
  },

  prepareForUpdate(draft, old) {
    const updated = asKind<Pod>(draft);
    const before = asKind<Pod>(old);
    if (updated.spec) mirrorServiceAccount(updated.spec);
    updated.status = before.status;
    dropDisabledPodFields(updated.spec, before.spec);
  },

  validate: (object) => validatePodCreate(asKind<Pod>(object)),
  validateUpdate: (object, old) => validatePodUpdate(asKind<Pod>(object), asKind<Pod>(old)),

  warnings(object, old) {
    if (old !== undefined) return [];
    const created = asKind<Pod>(object);
    const problems = isDNS1123Label(created.metadata?.name ?? '');
    const name =
      problems.length === 0
        ? []
        : [
            `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
          ];
    return [...name, ...podWarnings(created, '')];
  },

  graceSeconds(object, requested) {
    const { spec, status } = asKind<Pod>(object);
    if (!spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
    const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },

  subresources: {
    status: {
      prepareForUpdate(draft, old) {
        const updated = asKind<Pod>(draft);
        const before = asKind<Pod>(old);
        updated.spec = before.spec;
        const { metadata } = updated;
        if (metadata !== undefined) {
          restore(metadata, before.metadata, 'ownerReferences');
          restore(metadata, before.metadata, 'deletionTimestamp');
        }
        updated.status ??= {};
        updated.status.qosClass ||= before.status?.qosClass;
        dropDisabledPodStatus(updated.status, before.spec);
      },
      validateUpdate: (object, old) => validatePodStatusUpdate(asKind<Pod>(object), asKind<Pod>(old)),
    },
  },

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

  table: podTable,
};
