import type { StatefulSet, StatefulSetSpec, StatefulSetStatus } from '../api/apps-v1.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { roundToMilli } from '../defaults/resources.ts';
import { type FieldError, forbiddenField, invalid, required } from '../field-error.ts';
import { goLabelSelector, goPointer, goStruct } from '../go-syntax.ts';
import { nameIsDNSLabel } from '../names.ts';
import { asKind } from '../object.ts';
import { statefulSetTable } from '../printers/workloads.ts';
import { validateAnnotations, validateLabels } from '../validation/metadata.ts';
import { validatePodAnnotations } from '../validation/pod/annotations.ts';
import { mustRestartAlways } from '../validation/pod/containers.ts';
import { fractionWarnings } from '../validation/pod/fraction-warnings.ts';
import type { PodOptions } from '../validation/pod/options.ts';
import { nonNegative, oneOfGiven } from '../validation/pod/report.ts';
import { sameMeaning } from '../validation/pod/semantic.ts';
import { templateOptions } from '../validation/pod/template.ts';
import {
  countersNotNegative,
  mustMatchTemplate,
  noDeadline,
  notDecremented,
  notMoreAvailableThanReady,
  notMoreThanReplicas,
  readSelector,
  validateSelector,
} from '../validation/workload.ts';
import type { ResourceDefinition } from './definition.ts';
import {
  clearStatus,
  keepSpec,
  keepStatus,
  prepareTemplate,
  specDiffers,
  templateWarnings,
} from './workload.ts';

function setDefaults(spec: StatefulSetSpec): void {
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.status ??= {};
    claim.status.phase ||= 'Pending';
    claim.spec ??= {};
    claim.spec.volumeMode ??= 'Filesystem';
    roundToMilli(claim.spec.resources?.requests);
    roundToMilli(claim.spec.resources?.limits);
  }
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  const { updateStrategy } = spec;
  if (!updateStrategy.type) {
    updateStrategy.type = 'RollingUpdate';
    updateStrategy.rollingUpdate ??= {};
  }
  if (updateStrategy.type === 'RollingUpdate' && updateStrategy.rollingUpdate)
    updateStrategy.rollingUpdate.partition ??= 0;
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
}

function validateUpdateStrategy({ updateStrategy }: StatefulSetSpec, field: string): FieldError[] {
  const { type = '', rollingUpdate } = updateStrategy ?? {};
  if (type === '') return [required(field)];
  if (type === 'RollingUpdate')
    return nonNegative(`${field}.rollingUpdate.partition`, rollingUpdate?.partition);
  if (type !== 'OnDelete') {
    const shown = goStruct('apps.StatefulSetUpdateStrategy', [
      ['Type', type],
      ['RollingUpdate', goPointer('apps.RollingUpdateStatefulSetStrategy', Boolean(rollingUpdate))],
    ]);
    return [invalid(field, shown, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  if (!rollingUpdate) return [];
  const shown = goStruct('apps.RollingUpdateStatefulSetStrategy', [
    ['Partition', rollingUpdate.partition ?? 0],
    ['MaxUnavailable', goPointer('intstr.IntOrString', rollingUpdate.maxUnavailable !== undefined)],
  ]);
  return [invalid(`${field}.rollingUpdate`, shown, "only allowed for updateStrategy 'RollingUpdate'")];
}

/** Mirrors ValidateStatefulSetSpec of 1.32: of the template's Pod, nearly nothing is looked at. */
function validateSpec(spec: StatefulSetSpec, options: PodOptions): FieldError[] {
  const errors: FieldError[] = [];
  const policy = spec.podManagementPolicy ?? '';
  if (policy === '') errors.push(required('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel')
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  errors.push(...validateUpdateStrategy(spec, 'spec.updateStrategy'));
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  if (retention)
    for (const key of ['whenDeleted', 'whenScaled'] as const)
      errors.push(
        ...oneOfGiven(`spec.persistentVolumeClaimRetentionPolicy.${key}`, retention[key] ?? '', [
          'Retain',
          'Delete',
        ]),
      );
  errors.push(
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...validateSelector(spec.selector, 'spec.selector', 'statefulset'),
  );
  const selector = readSelector(spec.selector);
  const template = spec.template ?? {};
  const pod = template.spec ?? { containers: [] };
  if (selector === undefined) errors.push(invalid('spec.selector', goLabelSelector(spec.selector ?? {}), ''));
  else {
    const { labels, annotations } = template.metadata ?? {};
    errors.push(
      ...(selector.empty ? [] : mustMatchTemplate(selector, template, 'spec.template')),
      ...validateLabels(labels, 'spec.template.labels'),
      ...validateAnnotations(annotations, 'spec.template.annotations'),
      ...validatePodAnnotations(annotations, pod, 'spec.template.annotations', options),
    );
  }
  errors.push(...mustRestartAlways(pod.restartPolicy, 'spec.template.spec.restartPolicy'));
  if (typeof pod.activeDeadlineSeconds === 'number') errors.push(noDeadline('spec.template', 'StatefulSet'));
  return errors;
}

const updatable = [
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'persistentVolumeClaimRetentionPolicy',
] as const;
const specOf = (set: StatefulSet): StatefulSetSpec => set.spec ?? ({} as StatefulSetSpec);

function onlyUpdatable(spec: StatefulSetSpec, old: StatefulSetSpec): FieldError[] {
  const strip = (of: StatefulSetSpec) => {
    const rest: Partial<StatefulSetSpec> = { ...of };
    for (const key of updatable) delete rest[key];
    return rest;
  };
  return sameMeaning(strip(spec), strip(old))
    ? []
    : [
        forbiddenField(
          'spec',
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      ];
}

function prepare(set: StatefulSet, old: StatefulSet | undefined): void {
  prepareTemplate(set.spec?.template, old?.spec?.template);
  // MaxUnavailableStatefulSet is off.
  if (old?.spec?.updateStrategy?.rollingUpdate?.maxUnavailable === undefined)
    delete set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
}

/** Mirrors pkg/registry/apps/statefulset/strategy.go. */
export const statefulSet: ResourceDefinition = {
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced: true,
  shortNames: ['sts'],
  categories: ['all'],
  tracksGeneration: true,
  validateName: nameIsDNSLabel,

  defaults(draft) {
    const made = asKind<StatefulSet>(draft);
    made.spec ??= {} as StatefulSetSpec;
    made.spec.template ??= {};
    setDefaults(made.spec);
  },
  prepareForCreate(draft) {
    clearStatus(draft);
    prepare(asKind<StatefulSet>(draft), undefined);
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    prepare(asKind<StatefulSet>(draft), asKind<StatefulSet>(old));
  },
  validate(object) {
    const spec = specOf(asKind<StatefulSet>(object));
    return validateSpec(spec, templateOptions(spec.template, undefined));
  },
  validateUpdate(object, old) {
    const spec = specOf(asKind<StatefulSet>(object));
    const before = specOf(asKind<StatefulSet>(old));
    return [
      ...validateSpec(spec, templateOptions(spec.template, before.template)),
      ...onlyUpdatable(spec, before),
    ];
  },
  warnings(object, old) {
    if (!specDiffers(object, old)) return [];
    const { template, volumeClaimTemplates, revisionHistoryLimit } = specOf(asKind<StatefulSet>(object));
    return [
      ...templateWarnings(template),
      ...(volumeClaimTemplates ?? []).flatMap(({ spec }, i) => {
        const at = `spec.volumeClaimTemplates[${i}].resources`;
        return [
          ...fractionWarnings(spec?.resources?.requests, `${at}.requests`, ['storage']),
          ...fractionWarnings(spec?.resources?.limits, `${at}.limits`, ['storage']),
        ];
      }),
      ...((revisionHistoryLimit ?? 0) < 0
        ? [
            'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
          ]
        : []),
    ];
  },

  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate(object, old) {
        const status: StatefulSetStatus = asKind<StatefulSet>(object).status ?? ({} as StatefulSetStatus);
        return [
          ...countersNotNegative(status, 'status', [
            'replicas',
            'readyReplicas',
            'currentReplicas',
            'updatedReplicas',
            'availableReplicas',
            'observedGeneration',
            'collisionCount',
          ]),
          ...notMoreThanReplicas(status, [
            'readyReplicas',
            'currentReplicas',
            'updatedReplicas',
            'availableReplicas',
          ]),
          ...notMoreAvailableThanReady(status, 'status.readyReplicas'),
          ...notDecremented(
            status.collisionCount,
            asKind<StatefulSet>(old).status?.collisionCount,
            'status.collisionCount',
          ),
        ];
      },
    },
    scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  },
  table: statefulSetTable,
};
