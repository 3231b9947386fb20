import type { ReplicaSet, ReplicaSetSpec } from '../api/apps-v1.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { type FieldError, invalid } from '../field-error.ts';
import { goLabelSelector } from '../go-syntax.ts';
import { asKind } from '../object.ts';
import { replicaSetTable } from '../printers/workloads.ts';
import type { PodOptions } from '../validation/pod/options.ts';
import { nonNegative } from '../validation/pod/report.ts';
import { templateOptions } from '../validation/pod/template.ts';
import {
  countersNotNegative,
  emptyTemplate,
  immutableSelector,
  notMoreAvailableThanReady,
  notMoreThanReplicas,
  readSelector,
  validateRunningTemplate,
  validateSelector,
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

/** Mirrors ValidateReplicaSetSpec; it calls itself a deployment when its selector is empty. */
function validateSpec(spec: ReplicaSetSpec, options: PodOptions): FieldError[] {
  const errors = [
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateSelector(spec.selector, 'spec.selector', 'deployment'),
  ];
  const selector = readSelector(spec.selector);
  if (selector === undefined)
    return [
      ...errors,
      invalid('spec.selector', goLabelSelector(spec.selector ?? {}), 'invalid label selector'),
    ];
  return [
    ...errors,
    ...validateRunningTemplate(
      emptyTemplate(spec.template),
      selector,
      'spec.template',
      options,
      'ReplicaSet',
    ),
  ];
}

const specOf = (replicaSet: ReplicaSet): ReplicaSetSpec => replicaSet.spec ?? ({} as ReplicaSetSpec);

/** Mirrors pkg/registry/apps/replicaset/strategy.go. */
export const replicaSet: ResourceDefinition = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  namespaced: true,
  shortNames: ['rs'],
  categories: ['all'],
  tracksGeneration: true,

  defaults(draft) {
    const made = asKind<ReplicaSet>(draft);
    made.spec ??= {} as ReplicaSetSpec;
    made.spec.replicas ??= 1;
    made.spec.template ??= {};
    defaultPodTemplate(made.spec.template);
  },
  prepareForCreate(draft) {
    clearStatus(draft);
    prepareTemplate(asKind<ReplicaSet>(draft).spec?.template, undefined);
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    prepareTemplate(asKind<ReplicaSet>(draft).spec?.template, asKind<ReplicaSet>(old).spec?.template);
  },
  validate(object) {
    const spec = specOf(asKind<ReplicaSet>(object));
    return validateSpec(spec, templateOptions(spec.template, undefined));
  },
  validateUpdate(object, old) {
    const spec = specOf(asKind<ReplicaSet>(object));
    const before = specOf(asKind<ReplicaSet>(old));
    const errors = validateSpec(spec, templateOptions(spec.template, before.template));
    // Upstream validates the whole and then the update, which validates the whole.
    return [...errors, ...errors, ...immutableSelector('spec.selector', spec.selector, before.selector)];
  },
  warnings(object, old) {
    if (!specDiffers(object, old)) return [];
    const name = old === undefined ? podNameWarnings(object.metadata.name) : [];
    return [...name, ...templateWarnings(asKind<ReplicaSet>(object).spec?.template)];
  },

  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate(object) {
        const status = asKind<ReplicaSet>(object).status ?? { replicas: 0 };
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
  table: replicaSetTable,
};
