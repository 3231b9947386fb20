import type { ReplicationController, ReplicationControllerSpec } from '../api/core-v1.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { type FieldError, required } from '../field-error.ts';
import { asKind } from '../object.ts';
import { replicationControllerTable } from '../printers/workloads.ts';
import { labelSelectorFromSet } from '../selectors/labels.ts';
import type { PodOptions } from '../validation/pod/options.ts';
import { nonNegative } from '../validation/pod/report.ts';
import { templateOptions } from '../validation/pod/template.ts';
import {
  countersNotNegative,
  notMoreAvailableThanReady,
  notMoreThanReplicas,
  validateRunningTemplate,
} from '../validation/workload.ts';
import type { ResourceDefinition } from './definition.ts';
import {
  clearStatus,
  keepSpec,
  keepStatus,
  podNameWarnings,
  prepareTemplate,
  specDiffers,
  templateWarnings,
} from './workload.ts';

/** Mirrors ValidateReplicationControllerSpec. */
function validateSpec(spec: ReplicationControllerSpec, options: PodOptions): FieldError[] {
  const errors = nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  if (Object.keys(spec.selector ?? {}).length === 0) errors.push(required('spec.selector'));
  errors.push(...nonNegative('spec.replicas', spec.replicas));
  if (!spec.template) return [...errors, required('spec.template')];
  return [
    ...errors,
    ...validateRunningTemplate(
      spec.template,
      labelSelectorFromSet(spec.selector),
      'spec.template',
      options,
      'ReplicationController',
    ),
  ];
}

const specOf = (controller: ReplicationController): ReplicationControllerSpec => controller.spec ?? {};

/** Mirrors pkg/registry/core/replicationcontroller/strategy.go. */
export const replicationController: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  namespaced: true,
  shortNames: ['rc'],
  categories: ['all'],
  tracksGeneration: true,
  defaultPropagation: 'orphan',

  defaults(draft) {
    const made = asKind<ReplicationController>(draft);
    made.spec ??= {};
    const { spec } = made;
    defaultPodTemplate(spec.template);
    const labels = spec.template?.metadata?.labels;
    if (labels) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
  },
  prepareForCreate(draft) {
    clearStatus(draft);
    prepareTemplate(asKind<ReplicationController>(draft).spec?.template, undefined);
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    prepareTemplate(
      asKind<ReplicationController>(draft).spec?.template,
      asKind<ReplicationController>(old).spec?.template,
    );
  },
  validate(object) {
    const spec = specOf(asKind<ReplicationController>(object));
    return validateSpec(spec, templateOptions(spec.template, undefined));
  },
  validateUpdate(object, old) {
    const spec = specOf(asKind<ReplicationController>(object));
    const before = specOf(asKind<ReplicationController>(old));
    const errors = validateSpec(spec, templateOptions(spec.template, before.template));
    return [...errors, ...errors];
  },
  warnings(object, old) {
    if (!specDiffers(object, old)) return [];
    const name = old === undefined ? podNameWarnings(object.metadata.name) : [];
    return [...name, ...templateWarnings(asKind<ReplicationController>(object).spec?.template)];
  },

  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate(object) {
        const status = asKind<ReplicationController>(object).status ?? { replicas: 0 };
        return [
          ...countersNotNegative(status, 'status', [
            'replicas',
            'fullyLabeledReplicas',
            'readyReplicas',
            'availableReplicas',
            'observedGeneration',
          ]),
          ...notMoreThanReplicas(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
          ...notMoreAvailableThanReady(status, 'readyReplicas'),
        ];
      },
    },
    scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  },
  selectablePaths: ['status.replicas'],
  selectableFields: (object) => ({
    'status.replicas': String(asKind<ReplicationController>(object).status?.replicas ?? 0),
  }),
  table: replicationControllerTable,
};
