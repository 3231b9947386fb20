import type { Deployment, DeploymentSpec } from '../api/apps-v1.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../field-error.ts';
import { goLabelSelector, goPointer, goStruct } from '../go-syntax.ts';
import { goIntOrString } from '../int-or-string.ts';
import { asKind } from '../object.ts';
import { deploymentTable } from '../printers/workloads.ts';
import type { PodOptions } from '../validation/pod/options.ts';
import { nonNegative } from '../validation/pod/report.ts';
import { sameMeaning } from '../validation/pod/semantic.ts';
import { templateOptions } from '../validation/pod/template.ts';
import {
  countersNotNegative,
  emptyTemplate,
  immutableSelector,
  intOrPercentValue,
  notDecremented,
  notMoreAvailableThanReady,
  notMoreThan100Percent,
  notMoreThanReplicas,
  readSelector,
  validatePositiveIntOrPercent,
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

function setDefaults({ spec }: Deployment): void {
  if (!spec) return;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  spec.replicas ??= 1;
  spec.strategy ??= {};
  const { strategy } = spec;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= '25%';
    strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
}

function validateStrategy({ strategy }: DeploymentSpec, field: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy ?? {};
  const at = `${field}.rollingUpdate`;
  if (type === 'Recreate')
    return rollingUpdate
      ? [forbiddenField(at, "may not be specified when strategy `type` is 'Recreate'")]
      : [];
  if (type !== 'RollingUpdate') {
    const shown = goStruct('apps.DeploymentStrategy', [
      ['Type', type],
      ['RollingUpdate', goPointer('apps.RollingUpdateDeployment', Boolean(rollingUpdate))],
    ]);
    return [notSupported(field, shown, ['Recreate', 'RollingUpdate'])];
  }
  if (!rollingUpdate) return [required(at, 'this should be defaulted and never be nil')];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const errors = [
    ...validatePositiveIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validatePositiveIntOrPercent(maxSurge, `${at}.maxSurge`),
  ];
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0)
    errors.push(
      invalid(`${at}.maxUnavailable`, goIntOrString(maxUnavailable), 'may not be 0 when `maxSurge` is 0'),
    );
  errors.push(...notMoreThan100Percent(maxUnavailable, `${at}.maxUnavailable`));
  return errors;
}

/** Mirrors ValidateDeploymentSpec. */
function validateSpec(spec: DeploymentSpec, options: PodOptions): FieldError[] {
  const errors = [
    ...nonNegative('spec.replicas', spec.replicas),
    ...validateSelector(spec.selector, 'spec.selector', 'deployment'),
  ];
  const selector = readSelector(spec.selector);
  if (selector === undefined)
    errors.push(invalid('spec.selector', goLabelSelector(spec.selector ?? {}), 'invalid label selector'));
  else
    errors.push(
      ...validateRunningTemplate(
        emptyTemplate(spec.template),
        selector,
        'spec.template',
        options,
        'ReplicaSet',
      ),
    );
  errors.push(
    ...validateStrategy(spec, 'spec.strategy'),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds),
  );
  const deadline = spec.progressDeadlineSeconds;
  if (typeof deadline === 'number' && deadline <= (spec.minReadySeconds ?? 0))
    errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  return errors;
}

const specOf = (deployment: Deployment): DeploymentSpec =>
  deployment.spec ?? ({ selector: undefined, template: {} } as unknown as DeploymentSpec);

/** Mirrors pkg/registry/apps/deployment/strategy.go. */
export const deployment: ResourceDefinition = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  shortNames: ['deploy'],
  categories: ['all'],
  tracksGeneration: true,

  defaults(draft) {
    const made = asKind<Deployment>(draft);
    made.spec ??= { template: {} } as DeploymentSpec;
    setDefaults(made);
  },
  prepareForCreate(draft) {
    clearStatus(draft);
    prepareTemplate(asKind<Deployment>(draft).spec?.template, undefined);
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    prepareTemplate(asKind<Deployment>(draft).spec?.template, asKind<Deployment>(old).spec?.template);
    // Annotations are copied to ReplicaSets, so the controller must notice them.
    if (!sameMeaning(draft.metadata.annotations, old.metadata.annotations, 'annotations'))
      draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate(object) {
    const made = asKind<Deployment>(object);
    return validateSpec(specOf(made), templateOptions(made.spec?.template, undefined));
  },
  validateUpdate(object, old) {
    const spec = specOf(asKind<Deployment>(object));
    const before = specOf(asKind<Deployment>(old));
    return [
      ...validateSpec(spec, templateOptions(spec.template, before.template)),
      ...immutableSelector('spec.selector', spec.selector, before.selector),
    ];
  },
  warnings(object, old) {
    if (!specDiffers(object, old)) return [];
    const name = old === undefined ? podNameWarnings(object.metadata.name) : [];
    return [...name, ...templateWarnings(asKind<Deployment>(object).spec?.template)];
  },

  subresources: {
    status: {
      prepareForUpdate(draft, old) {
        keepSpec(draft, old);
        if (old.metadata.labels === undefined) delete draft.metadata.labels;
        else draft.metadata.labels = old.metadata.labels;
      },
      validateUpdate(object, old) {
        const status = asKind<Deployment>(object).status ?? {};
        return [
          ...countersNotNegative(status, 'status', [
            'observedGeneration',
            'replicas',
            'updatedReplicas',
            'readyReplicas',
            'availableReplicas',
            'unavailableReplicas',
            'collisionCount',
          ]),
          ...notMoreThanReplicas(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
          ...notMoreAvailableThanReady(status, 'readyReplicas'),
          ...notDecremented(
            status.collisionCount,
            asKind<Deployment>(old).status?.collisionCount,
            'status.collisionCount',
          ),
        ];
      },
    },
    scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  },
  table: deploymentTable,
};
